"""The pages to log in and out, and the page shown when only this machine has access."""

from __future__ import annotations

import logging
import time
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized
from werkzeug.wrappers import Response

from service.common import accounts
from service.common.accounts import Account
from service.common.formatting import format_count
from service.web import extensions
from service.web.admin.presenters import display_names
from service.web.admin.presenters.display_names import DisplayNames
from service.web.auth import audit, authorization, interrupted_forms, sessions, throttling
from service.web.auth.actors import Actor
from service.web.auth.authorization import LOGIN_PATH, LOGOUT_PATH
from service.web.auth.interrupted_forms import InterruptedForm
from service.web.http import redirects
from service.web.http.error_page import render_error_page

_LOG: Final = logging.getLogger(__name__)
_WRONG_CREDENTIALS: Final = "The name or the password is wrong."
_SESSION_ENDED: Final = (
    "Your session has ended. Log in again: what you were sending is kept, and shown to you first."
)
_NOT_LOGGED_IN: Final = "You are no longer logged in, so nothing was changed."
_EXPIRED_FORM: Final = "This page was open for too long. Please type it once more."

blueprint = Blueprint("auth", __name__)


def redirect_to_login() -> Response:
    """Send a visitor without a session to the login form, which leads back afterwards."""
    if request.method in ("GET", "HEAD"):
        return redirect(f"{LOGIN_PATH}?{urlencode({'next': redirects.current_url()})}", 303)
    if not authorization.is_of_own_origin(request):
        # No login form: its cookie would replace the session, which is not sent across sites.
        return render_error_page(Unauthorized(_NOT_LOGGED_IN))
    kept_form = interrupted_forms.from_refused_request()
    return _render_login_form(401, _SESSION_ENDED if kept_form else _NOT_LOGGED_IN, kept_form)


def show_local_only() -> Response:
    """Explain why the pages are closed, and how to open them."""
    return _render_page("auth/local_only.html", 403)


@blueprint.before_request
def _require_users() -> None:
    if not extensions.credentials().have_users():
        raise NotFound("No login is needed here: there are no users.")


@blueprint.get(LOGIN_PATH.removeprefix("/admin"))
def login_form() -> Response:
    """Show the login form."""
    if authorization.current_actor().logged_in:
        return redirect(_next_url(), 303)
    return _render_login_form()


@blueprint.post(LOGIN_PATH.removeprefix("/admin"))
@throttling.limit_failures
def login() -> Response:
    """Log in with name and password."""
    try:
        authorization.check_csrf_token()
    except Forbidden:
        # If several pages led to the form, one of them may have logged in already.
        return (
            redirect(_next_url(), 303)
            if authorization.current_actor().logged_in
            else _render_login_form(403, _EXPIRED_FORM)
        )
    name, address = throttling.attempted_name(), request.remote_addr or ""
    account = extensions.credentials().find_account(name)
    if accounts.authenticate(account, request.form.get("password", "")) is None or account is None:
        throttling.count_failure()
        _log_failure(account, address)
        return _render_login_form(403, _WRONG_CREDENTIALS)
    return _show_next_page(sessions.start_session(account), address)


@blueprint.errorhandler(RateLimitExceeded)
def too_many_attempts(_: RateLimitExceeded) -> Response:
    """Ask to wait, after too many failed logins."""
    limit = throttling.limiter.current_limit
    seconds = max(1, int((limit.reset_at if limit else 0) - time.time()))
    wait = format_count(seconds, "second")
    response = _render_login_form(429, f"There were too many failed attempts. Try again in {wait}.")
    response.headers["Retry-After"] = str(seconds)
    return response


@blueprint.post(LOGOUT_PATH.removeprefix("/admin"))
def logout() -> Response:
    """End the session."""
    sessions.end_session()
    return redirect(LOGIN_PATH, 303)


def _render_login_form(
    status: int = 200, error_message: str = "", kept_form: InterruptedForm | None = None
) -> Response:
    return _render_page(
        "auth/login.html",
        status,
        error=error_message,
        name=request.form.get("name", "") if kept_form is None else "",
        next=request.values.get("next", ""),
        kept_form=kept_form or interrupted_forms.from_login_form(),
        kept_prefix=interrupted_forms.FIELD_PREFIX,
        kept_path_field=interrupted_forms.PATH_FIELD,
    )


def _render_kept_form(kept_form: InterruptedForm, actor: Actor) -> Response:
    """Show what was being sent when the session ended, to be sent or left."""
    fields = dict(kept_form.fields)
    return _render_page(
        "auth/interrupted_form.html",
        200,
        form=kept_form,
        actor=actor,
        display_names=_name_objects(kept_form),
        return_url=redirects.local_url_or_none(fields.get("back", ""))
        or url_for("admin.events.list_events"),
    )


def _name_objects(kept_form: InterruptedForm) -> DisplayNames:
    fields = kept_form.fields
    return display_names.find_names(
        extensions.store(),
        [value for name, value in fields if name in ("event_id", "event_ids")],
        [value for name, value in fields if name in ("article_id", "article_ids")],
    )


def _render_page(template: str, status: int, **context: object) -> Response:
    return Response(render_template(template, **context), status, mimetype="text/html")


def _next_url() -> str:
    """Return the page to show after the login; it is always one of this service."""
    return redirects.local_url_or_none(request.values.get("next", "")) or url_for(
        "admin.events.list_events"
    )


def _show_next_page(actor: Actor, address: str) -> Response:
    audit.record(actor.name, "logged in", address)
    kept_form = interrupted_forms.from_login_form()
    return redirect(_next_url(), 303) if kept_form is None else _render_kept_form(kept_form, actor)


def _log_failure(account: Account | None, address: str) -> None:
    # An unknown name may be a password typed into the wrong field, which must not be logged.
    user = f"as {account.name!r}" if account else "under an unknown name"
    _LOG.warning("a login %s from %s failed", user, address)
