"""The review pages: what the service found, for people to read.

Each page asks the same functions as the API does (`service.browse`). A page needs no script, and
the content policy sent with it lets nothing in from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import groupby, pairwise
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as AnyResponse

from service import (
    access,
    browse,
    compared,
    current,
    dates,
    details,
    differences,
    event_page,
    ids,
    named,
    pictures,
    problems,
    queries,
    returning,
    wording,
)
from service.calibration.pages import calibration_pages
from service.choosing_pages import choosing_pages
from service.deciding_pages import deciding_pages, seen
from service.differences import Revision
from service.doubts.pages import doubt_pages
from service.event_page import DECISIONS, LONGEST_TEXT
from service.queries import EventQuery
from service.signing_in import signing_in
from service.webhooks.pages import webhook_pages

VERSIONS: Final = 20
CONTENT_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

# The pages bring their own address for styles and script: whoever may see a page may see these.
admin = Blueprint("admin", __name__, static_folder="static")
admin.register_blueprint(signing_in)
for phrase in (
    *(wording.iso, wording.minute, wording.absolute, wording.day, wording.clock),
    *(wording.relative, wording.span, wording.percent, wording.counted),
):
    admin.add_app_template_filter(phrase)
admin.add_app_template_filter(dates.moment, "posix")
admin.register_blueprint(webhook_pages)
admin.register_blueprint(deciding_pages)
admin.register_blueprint(choosing_pages)
admin.register_blueprint(doubt_pages)
admin.register_blueprint(calibration_pages)


@admin.get("", endpoint="home", strict_slashes=False)
@admin.get("/events")
def events() -> str:
    """Show events, newest first."""
    seen()
    store, asked = current.store(), _asked()
    query = queries.query(EventQuery, {**asked, "cursor": request.args.get("cursor", "")})
    filters, cursor = query.filters(), query.cursor
    page = browse.events(store, filters, cursor, query.limit)
    return render_template(
        "admin/events.html",
        days=_by_day(page.items),
        page=page,
        cursor=cursor,
        newer=cursor and browse.newer(store, filters, cursor, query.limit),
        hours=_hours(query.until),
        stats=browse.stats(store),
        asked=asked,
        token_needed=not current.settings().is_open,
    )


@admin.get("/events/<event_id>")
def event(event_id: str) -> str | AnyResponse:
    """Show one event: its course, and its articles by duplicate group."""
    seen()
    found = event_page.read(ids.decode("e", event_id) or 0)
    if found is None:
        raise NotFound("There is no such event, or all its articles were removed.")
    if isinstance(found, browse.MergedInto):
        survivor, done = ids.encode("e", found.number), request.args.get(returning.DONE)
        return redirect(url_for("admin.event", event_id=survivor, done=done), code=308)
    return event_page.show(found)


@admin.get("/articles/<id:article_id>")
def article(article_id: str) -> str:
    """Show one article: its text, where it was put and why, and its earlier versions."""
    seen()
    store = current.store()
    found = browse.article(store, article_id)
    if found is None:
        raise NotFound("There is no such article, or it was removed.")
    decisions = browse.decisions_about(store, article_id, DECISIONS)
    return render_template(
        "admin/article.html",
        article=found,
        compared=compared.compared(current.desk(), article_id),
        decisions=decisions,
        names=named.names(store, decisions),
        published=found.published_at and dates.moment(dates.parse(found.published_at)),
        revisions=_revisions(article_id),
        longest=LONGEST_TEXT,
    )


@admin.get("/<path:unknown>")
def nowhere(unknown: str) -> str:
    """Answer for every other address below the pages, in their own looks."""
    raise NotFound(f"There is no page “{unknown}” here.")


@admin.errorhandler(Exception)
def problem(error: Exception) -> AnyResponse:
    """Show what is wrong on a page that leads back; it says what the API would say."""
    found = problems.problem_of(error)
    answer = error.get_response() if isinstance(error, HTTPException) else Response()
    answer.status_code = found.status
    answer.mimetype = "text/html"
    answer.set_data(render_template("admin/problem.html", problem=found))
    return answer


@admin.after_request
def guard(response: Response) -> Response:
    """Send what keeps a page to itself: no outside content, no framing, no guessing of types."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    # What was on a page is not to be found by pressing Back after signing out.
    response.headers["Cache-Control"] = "no-store" if access.actor().signed_in else "no-cache"
    return response


@admin.app_template_filter("web")
def web(url: str | None) -> str | None:
    """Return an address if it is safe to link to: the web's, never a script."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


@admin.app_template_filter("host")
def host(url: str) -> str:
    """Return the host of an address, as a name for the link to it."""
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:  # such as a bracket that is not closed
        return url


def _revisions(article_id: str) -> list[Revision]:
    """The newest versions that were replaced, each with what the next one made of it."""
    page = browse.versions(current.store(), article_id, limit=VERSIONS)
    versions = page.items if page else ()
    return [differences.revise(old, new, LONGEST_TEXT) for new, old in pairwise(versions)]


def _asked() -> dict[str, str]:
    """The filters in the address that say something."""
    names = ("q", "since", "until", "source", "language", "min_size")
    given = {name: request.args.get(name, "").strip() for name in names}
    return {name: value for name, value in given.items() if value}


def _by_day(
    items: Sequence[browse.EventSummary],
) -> list[tuple[datetime, list[browse.EventSummary]]]:
    days = groupby(items, key=lambda item: item.last_seen.astimezone(UTC).date())
    return [(datetime.combine(day, time.min, UTC), list(members)) for day, members in days]


def _hours(until: datetime | None) -> pictures.Hours | None:
    found = details.events_per_hour(current.store(), until or datetime.now(UTC))
    return pictures.hours(found.counts, found.last.timestamp()) if found else None
