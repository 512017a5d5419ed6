"""RFC 9457 problem schemas and ProblemError."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic import TypeAdapter

from service.common.schema import DOCSTRING_CONFIG
from service.common.validation import FieldError
from service.queries import ChangeView

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


STATUS_DESCRIPTIONS: Final = {
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

    __pydantic_config__ = DOCSTRING_CONFIG

    type: str
    """Address of the explanation."""
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    """What is wrong with which field; empty where no single field is to blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProblem(Problem):
    """A line of a batch that was not taken; the lines around it were."""

    __pydantic_config__ = DOCSTRING_CONFIG

    line: int
    """Counted from 1, blank lines included; in an array, the place of the article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictProblem(Problem):
    """Why a decision can't be made."""

    __pydantic_config__ = DOCSTRING_CONFIG

    decision_id: str | None
    """The newest decision that stands against it; null if it is only out of date."""
    decisions: tuple[str, ...]
    """All that stand against it together, the newest first: one of them has to be taken back."""
    changes: tuple[ChangeView, ...]
    """What has changed since it was looked at; a hundred changes at most."""


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, *errors: FieldError) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


_PROBLEM_ADAPTER: Final = TypeAdapter[Problem](ConflictProblem | Problem)


def with_line_number(problem: Problem, line: int) -> LineProblem:
    """Say in which line of a batch a problem is."""
    return LineProblem(
        type=problem.type,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        errors=problem.errors,
        line=line,
    )


def dump_problem(problem: Problem) -> bytes:
    """Return a problem as it is sent."""
    return _PROBLEM_ADAPTER.dump_json(problem)


def make_problem(status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> Problem:
    """Describe what went wrong."""
    return Problem(
        type=f"/docs#problem-{status}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors,
    )
