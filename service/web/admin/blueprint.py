"""The admin blueprint: its views, template filters, response headers and error page."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from service.common import dates, formatting
from service.web.admin.page_revision import page_revision
from service.web.admin.views import (
    access,
    articles,
    comparison,
    decisions,
    event_picker,
    events,
    review_queue,
    sources,
    storyline,
    system,
    threshold,
    webhooks,
)
from service.web.auth import authorization, login_views, policy
from service.web.http.error_page import render_error_page

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Blocks scripts, styles and images of other sites, inline scripts and styles, and framing."""

# Style sheet and script are served below /admin, under the same access rules as the pages.
admin = Blueprint("admin", __name__, static_folder="../static")
for view_module in (
    *(
        events,
        articles,
        comparison,
        event_picker,
        decisions,
        review_queue,
        sources,
        storyline,
        system,
        threshold,
        webhooks,
        access,
    ),
    login_views,
):
    admin.register_blueprint(view_module.blueprint)
for template_filter in (
    *(formatting.format_iso, formatting.format_datetime, formatting.format_date),
    *(formatting.format_relative, formatting.format_duration),
    *(formatting.format_percent, formatting.format_count),
    dates.from_timestamp,
):
    admin.add_app_template_filter(template_filter)
admin.add_app_template_global(page_revision)


@admin.get("/<path:unknown_path>")
def unknown_page(unknown_path: str) -> str:
    """Answer every other URL below /admin with the error page of the admin pages."""
    raise NotFound(f"There is no page “{unknown_path}”.")


@admin.errorhandler(Exception)
def show_error(error: Exception) -> WerkzeugResponse:
    """Show an error as a page with a link back, in the words of the API."""
    return render_error_page(error)


@admin.after_request
def set_security_headers(response: Response) -> Response:
    """Forbid content of other sites, framing, content sniffing and caching of private pages."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    # With "no-store", pressing Back after logging out does not show the page again.
    response.headers["Cache-Control"] = (
        "no-store" if authorization.current_actor().logged_in or _shows_secrets() else "no-cache"
    )
    return response


def _shows_secrets() -> bool:
    return request.blueprint in policy.ADMIN_BLUEPRINTS


@admin.app_template_filter()
def safe_web_url(url: str | None) -> str | None:
    """Return a URL that is safe to link to (http or https), else None."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


@admin.app_template_filter()
def host(url: str) -> str:
    """Return the host of a URL without "www.", as the text of a link to it."""
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:  # for example, an unclosed bracket
        return url
