"""The shapes of errors (RFC 9457), and the exception that carries one."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic import TypeAdapter

from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.validation import FieldError
from service.queries import ChangeView

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

STATUS_DESCRIPTIONS: Final = {
    400: "The request cannot be read: it is not HTTP, or its body is not JSON in UTF-8.",
    401: "Authentication required: send a bearer token or log in. If there are no tokens and users"
    " yet, only the machine of the service has access. For the Miniflux webhook: the"
    " signature does not match the configured secret.",
    403: "Not allowed: the token lacks the scope, or the user the role, that the request needs; or"
    " it was sent by a page of another site.",
    404: "There is no object with this id, or no such address.",
    409: "The decision is not possible now. One of its events is locked; or it has been undone"
    " already; or it contradicts earlier decisions. In these cases `decisions` lists the decisions"
    " concerned. Or its events or articles have changed since `seen`, and `changes` lists"
    " how.",
    405: "The address exists, but does not support this method; the header `Allow` and `detail`"
    " name those that it supports.",
    413: "The body is larger than the service accepts, as sent or after decompression, or a batch"
    " has too many lines or too long a line.",
    415: "This operation does not read bodies of this media type or content encoding.",
    422: "The request is readable but invalid; `errors` lists the fields and the reasons.",
    431: "The request line and headers together are larger than the service accepts.",
    500: "Internal error; the details are in the service's log.",
    503: "The index is still being loaded from the store, another process is writing to the store,"
    " or too many requests are waiting. Try again after `Retry-After` seconds.",
}
"""What each status means, in the order of the documentation page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error of a request, or of one line of a batch."""

    __pydantic_config__ = DOCSTRING_CONFIG

    type: str
    """Address of the explanation."""
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    """The invalid fields and the reasons; empty if the error concerns no single field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProblem(Problem):
    """The error of one line of a batch; it does not affect the other lines."""

    __pydantic_config__ = DOCSTRING_CONFIG

    line: int
    """Line number, counted from 1 and including blank lines; in an array, the position of the
    article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictProblem(Problem):
    """Why a decision is not possible now."""

    __pydantic_config__ = DOCSTRING_CONFIG

    decision_id: str | None
    """The newest decision that it contradicts; null if it only relies on outdated data."""
    decisions: tuple[str, ...]
    """All decisions that it contradicts together, newest first. Undo one of them to make it
    possible."""
    changes: tuple[ChangeView, ...]
    """Changes since `seen`; at most 100."""


class ProblemError(Exception):
    """Ends a request with a problem.

    Parameters
    ----------
    status : int
    detail : str
    *errors : FieldError
        The invalid fields, if any.
    """

    def __init__(self, status: int, detail: str, *errors: FieldError) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


_PROBLEM_ADAPTER: Final = TypeAdapter[Problem](ConflictProblem | Problem)


def make_problem(status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> Problem:
    """Return a problem with the type and title of its status."""
    return Problem(
        type=f"/docs#problem-{status}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors,
    )


def make_conflict_problem(
    detail: str, decisions: tuple[str, ...], changes: tuple[ChangeView, ...]
) -> ConflictProblem:
    """Return the problem of a decision that contradicts others or relies on outdated data."""
    problem = make_problem(409, detail)
    return ConflictProblem(
        type=problem.type,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        decision_id=decisions[0] if decisions else None,
        decisions=decisions,
        changes=changes,
    )


def with_line_number(problem: Problem, line: int) -> LineProblem:
    """Return the problem with its line of a batch."""
    return LineProblem(
        type=problem.type,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        errors=problem.errors,
        line=line,
    )


def dump_problem(problem: Problem) -> bytes:
    """Return a problem as JSON."""
    return _PROBLEM_ADAPTER.dump_json(problem)
