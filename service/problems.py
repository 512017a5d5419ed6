"""The one shape of every error (RFC 9457, ``application/problem+json``)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Flask, Response
from pydantic import TypeAdapter
from werkzeug.exceptions import HTTPException

from service.asked import InvalidDecisionError
from service.browse import BadCursorError, ChangeView
from service.desk import NotReadyError
from service.review import ConflictError, NoSuchDecisionError
from service.shown import DESCRIBED
from service.stale import StaleDecisionError
from service.store import StoreBusyError
from service.submission import Fault, InvalidArticleError

_LOG: Final = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2

EXPLANATIONS: Final = {
    400: "The request could not be read: its body is not JSON, or not UTF-8, or it is not HTTP.",
    401: "The service is open to bearer tokens and to who signed in only, and neither was shown; or"
    " a webhook is not signed with the secret that both sides should know.",
    403: "It is for editors, and a reader asked; or a page of another site sent it.",
    404: "There is nothing of that name.",
    409: "A decision can't be made as things are: others stand against it, and `decisions` names"
    " them; or what it is about has changed since `seen`, and `changes` says how.",
    405: "The address exists, but not with this method.",
    413: "The body is larger than the service takes.",
    415: "The body is of a kind that this call does not read.",
    422: "The request could be read, but what it says can't be used; `errors` says where and why.",
    431: "The address and the headers together are larger than the service takes.",
    500: "Something went wrong inside; it was logged.",
    503: "The index is still being loaded from the store, or another process is writing to it."
    " Try again after `Retry-After` seconds.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong with a request, or with one line of a batch."""

    __pydantic_config__ = DESCRIBED

    type: str
    """Address of the explanation."""
    title: str
    status: int
    detail: str
    errors: tuple[Fault, ...] = ()
    """What is wrong with which field; empty where no single field is to blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProblem(Problem):
    """A line of a batch that was not taken; the lines around it were."""

    __pydantic_config__ = DESCRIBED

    line: int
    """Counted from 1, blank lines included; in an array, the place of the article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictProblem(Problem):
    """Why a decision can't be made."""

    __pydantic_config__ = DESCRIBED

    decision_id: str | None
    """The newest decision that stands against it; null if it is only out of date."""
    decisions: tuple[str, ...]
    """All that stand against it together, the newest first: one of them has to be taken back."""
    changes: tuple[ChangeView, ...]
    """What has changed since it was looked at; a hundred changes at most."""


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, *errors: Fault) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


_PROBLEM: Final = TypeAdapter[Problem](ConflictProblem | Problem)


def problem_of(error: Exception) -> Problem:
    """Say what an exception means to the client."""
    if isinstance(error, ProblemError):
        return problem(error.status, error.detail, error.errors)
    if isinstance(error, InvalidArticleError):
        return problem(422, "the article can't be taken", error.faults)
    if isinstance(error, InvalidDecisionError):
        return problem(422, str(error), error.faults)
    if isinstance(error, ConflictError):
        return _conflict(str(error), decisions=error.decisions)
    if isinstance(error, StaleDecisionError):
        return _conflict(str(error), changes=error.changes)
    if isinstance(error, NoSuchDecisionError):
        return problem(404, "no such decision")
    if isinstance(error, BadCursorError):
        return problem(422, str(error), (Fault("cursor", str(error)),))
    if isinstance(error, NotReadyError):
        return problem(503, "the index is still being loaded")
    if isinstance(error, StoreBusyError):
        return problem(503, str(error))
    if isinstance(error, HTTPException) and error.code is not None:
        return problem(error.code, error.description or "")
    _LOG.error("a request failed", exc_info=error)
    return problem(500, "something went wrong inside; it was logged")


def on_line(found: Problem, line: int) -> LineProblem:
    """Say in which line of a batch a problem is."""
    return LineProblem(
        type=found.type,
        title=found.title,
        status=found.status,
        detail=found.detail,
        errors=found.errors,
        line=line,
    )


def install(app: Flask) -> None:
    """Answer every error of an application in the one shape."""
    app.register_error_handler(Exception, respond)


def dump(shown: Problem) -> bytes:
    """Return a problem as it is sent."""
    return _PROBLEM.dump_json(shown)


def problem(status: int, detail: str, errors: tuple[Fault, ...] = ()) -> Problem:
    """Describe what went wrong."""
    return Problem(
        type=f"/docs#problem-{status}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors,
    )


def _conflict(
    detail: str, decisions: tuple[str, ...] = (), changes: tuple[ChangeView, ...] = ()
) -> ConflictProblem:
    plain = problem(409, detail)
    return ConflictProblem(
        type=plain.type,
        title=plain.title,
        status=plain.status,
        detail=plain.detail,
        decision_id=decisions[0] if decisions else None,
        decisions=decisions,
        changes=changes,
    )


def respond(error: Exception) -> Response:
    """Answer a request that ended in an exception."""
    found = problem_of(error)
    response = Response(dump(found), found.status, content_type=MEDIA_TYPE)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in ("Allow", "WWW-Authenticate", "Location"):
                response.headers.add(name, value)
    if found.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
