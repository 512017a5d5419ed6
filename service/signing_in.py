"""The pages to sign in and out, and those for who may not see the others."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service import access, accounts, current, returning, sessions
from service.access import SIGN_IN, SIGN_OUT
from service.accounts import LONGEST_NAME
from service.problems import problem
from service.wording import counted

_LOG: Final = logging.getLogger(__name__)
_WRONG: Final = "The name or the password is wrong."
_STALE: Final = "This page was open for too long. Please type it once more."

signing_in = Blueprint("signing_in", __name__)


def ask() -> Response:
    """Lead somebody who has not signed in to where one does, and from there back."""
    if request.method in ("GET", "HEAD"):
        return redirect(f"{SIGN_IN}?{urlencode({'next': returning.here()})}", 303)
    # What was sent can't be kept for later: say so, rather than seem to have taken it.
    found = problem(401, "You are not signed in any more, so nothing was changed.")
    return _page("problem", 401, problem=found)


def refuse_strangers() -> Response:
    """Say why the pages are closed, and what opens them."""
    return _page("local-only", 403)


@signing_in.before_request
def _where_people_are_known() -> None:
    if not current.settings().users:
        raise NotFound("Nobody has to sign in here: no user is set.")


@signing_in.get(SIGN_IN.removeprefix("/admin"))
def form() -> Response:
    """Ask for name and password."""
    if access.actor().signed_in:
        return redirect(_next(), 303)
    return _form()


@signing_in.post(SIGN_IN.removeprefix("/admin"))
def sign_in() -> Response:
    """Sign somebody in who knows the password."""
    if not sessions.has_csrf_token(request):
        # Of several pages that asked at once, one has led in already.
        return redirect(_next(), 303) if access.actor().signed_in else _form(403, _STALE)
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    address = request.remote_addr or ""
    if wait := current.attempts().begin(name, address):
        return _later(int(wait) + 1)
    account = accounts.verify(current.settings().users, name, request.form.get("password", ""))
    if account is None:
        _note_failure(name, address)
        return _form(403, _WRONG)
    current.attempts().succeeded(name, address)
    sessions.begin(account)
    return redirect(_next(), 303)


@signing_in.post(SIGN_OUT.removeprefix("/admin"))
def sign_out() -> Response:
    """End the session."""
    sessions.end()
    return redirect(SIGN_IN, 303)


def _form(status: int = 200, fault: str = "") -> Response:
    return _page(
        "sign-in",
        status,
        fault=fault,
        name=request.form.get("name", ""),
        next=request.values.get("next", ""),
    )


def _later(seconds: int) -> Response:
    wait = counted(seconds, "second")
    answer = _form(429, f"There were too many failed attempts. Try again in {wait}.")
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _page(template: str, status: int, **values: object) -> Response:
    return Response(
        render_template(f"admin/{template}.html", **values), status, mimetype="text/html"
    )


def _next() -> str:
    """Where to go after signing in: a place of our own, whatever the address says."""
    return returning.own(request.values.get("next", "")) or url_for("admin.events")


def _note_failure(name: str, address: str) -> None:
    # An unknown name may be a password in the wrong field, and does not belong into a log.
    known = accounts.find(current.settings().users, name)
    whose = f"as {name!r}" if known else "under a name that nobody has"
    _LOG.warning("a sign-in %s from %s failed", whose, address)
