"""Map every exception to the one shape of errors (RFC 9457, ``application/problem+json``)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.common.errors import (
    InvalidInputError,
    NotFoundError,
    ServiceError,
    StateConflictError,
    UnavailableError,
)
from service.web.http.problems import (
    PROBLEM_MEDIA_TYPE,
    Problem,
    ProblemError,
    dump_problem,
    make_conflict_problem,
    make_problem,
)

_LOG: Final = logging.getLogger(__name__)
_STATUSES: Final[tuple[tuple[type[ServiceError], int], ...]] = (
    (InvalidInputError, 422),
    (NotFoundError, 404),
    (UnavailableError, 503),
)
_FORWARDED_HEADERS: Final = frozenset({"Allow", "WWW-Authenticate", "Location"})
"""Headers of Werkzeug's exceptions that the response keeps."""

RETRY_AFTER_SECONDS: Final = 2
"""`Retry-After` of every 503: the index is usually loaded, or the other writer done, by then."""


def problem_from_exception(error: Exception) -> Problem:
    """Describe an exception for the client; log it if it is unexpected."""
    if isinstance(error, ProblemError):
        return make_problem(error.status, error.detail, error.errors)
    if isinstance(error, StateConflictError):
        return make_conflict_problem(str(error), error.decisions, error.changes)
    for error_class, status in _STATUSES:
        if isinstance(error, error_class):
            field_errors = error.field_errors if isinstance(error, InvalidInputError) else ()
            return make_problem(status, error.summary or str(error), field_errors)
    if isinstance(error, MethodNotAllowed):
        return make_problem(405, f"this address supports {_list_methods(error)} only")
    if isinstance(error, HTTPException) and error.code is not None:
        return make_problem(error.code, error.description or "")
    _LOG.error("a request failed", exc_info=error)
    return make_problem(500, "internal error; the details are in the service's log")


def _list_methods(error: MethodNotAllowed) -> str:
    return ", ".join(sorted(error.valid_methods or ()))


def register_error_handlers(app: Flask) -> None:
    """Answer every exception of an application with a problem."""
    app.register_error_handler(Exception, problem_response)


def problem_response(error: Exception) -> Response:
    """Return the response to a request that ended in an exception."""
    problem = problem_from_exception(error)
    response = Response(dump_problem(problem), problem.status, content_type=PROBLEM_MEDIA_TYPE)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in _FORWARDED_HEADERS:
                response.headers.add(name, value)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
