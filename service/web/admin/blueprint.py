"""Admin blueprint: filters, CSP, error page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as AnyResponse

from service.common import dates, formatting
from service.web.admin.page_revision import page_revision
from service.web.admin.views import (
    decisions,
    event_picker,
    events,
    review_queue,
    threshold,
    webhooks,
)
from service.web.auth import authorization, login_views
from service.web.http import errors

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


# The pages bring their own address for styles and script: whoever may see a page may see these.
admin = Blueprint("admin", __name__, static_folder="../static")
for view in (events, event_picker, decisions, review_queue, threshold, webhooks, login_views):
    admin.register_blueprint(view.blueprint)
for formatter in (
    *(
        formatting.format_iso,
        formatting.format_minute,
        formatting.format_datetime,
        formatting.format_day,
        formatting.format_time,
    ),
    *(
        formatting.format_relative,
        formatting.format_duration,
        formatting.format_percent,
        formatting.format_count,
    ),
):
    admin.add_app_template_filter(formatter)
admin.add_app_template_filter(dates.from_timestamp, "posix")
admin.add_app_template_global(page_revision)


@admin.get("/<path:unknown>")
def unknown_page(unknown: str) -> str:
    """Answer for every other address below the pages, in their own looks."""
    raise NotFound(f"There is no page “{unknown}” here.")


@admin.errorhandler(Exception)
def render_problem(error: Exception) -> AnyResponse:
    """Show what is wrong on a page that leads back; it says what the API would say."""
    found = errors.problem_from_exception(error)
    answer = error.get_response() if isinstance(error, HTTPException) else Response()
    answer.status_code = found.status
    answer.mimetype = "text/html"
    answer.set_data(render_template("admin/error.html", problem=found))
    return answer


@admin.after_request
def set_security_headers(response: Response) -> Response:
    """Send what keeps a page to itself: no outside content, no framing, no guessing of types."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    # What was on a page is not to be found by pressing Back after signing out.
    response.headers["Cache-Control"] = (
        "no-store" if authorization.current_actor().logged_in else "no-cache"
    )
    return response


@admin.app_template_filter("web")
def safe_web_url(url: str | None) -> str | None:
    """Return an address if it is safe to link to: the web's, never a script."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


@admin.app_template_filter("host")
def host(url: str) -> str:
    """Return the host of an address, as a name for the link to it."""
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:  # such as a bracket that is not closed
        return url
