"""The one shape of every error (RFC 9457, ``application/problem+json``)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from service.common.validation import FieldError
from service.engine.writer import NotReadyError
from service.ingest.submission import InvalidArticleError
from service.queries import BadCursorError, ChangeView
from service.review.concurrency import StaleDecisionError
from service.review.decisions import ConflictError, NoSuchDecisionError
from service.review.requests import InvalidDecisionError
from service.store import StoreBusyError
from service.web.http.problems import (
    PROBLEM_MEDIA_TYPE,
    ConflictProblem,
    Problem,
    ProblemError,
    dump_problem,
    make_problem,
)
from service.webhooks.subscriptions import InvalidWebhookError

_LOG: Final = logging.getLogger(__name__)

RETRY_AFTER_SECONDS: Final = 2


def problem_from_exception(error: Exception) -> Problem:
    """Say what an exception means to the client."""
    if isinstance(error, ProblemError):
        return make_problem(error.status, error.detail, error.errors)
    if isinstance(error, InvalidArticleError):
        return make_problem(422, "the article can't be taken", error.field_errors)
    if isinstance(error, (InvalidDecisionError, InvalidWebhookError)):
        return make_problem(422, str(error), error.field_errors)
    if isinstance(error, ConflictError):
        return _conflict_problem(str(error), decisions=error.decisions)
    if isinstance(error, StaleDecisionError):
        return _conflict_problem(str(error), changes=error.changes)
    if isinstance(error, NoSuchDecisionError):
        return make_problem(404, "no such decision")
    if isinstance(error, BadCursorError):
        return make_problem(422, str(error), (FieldError("cursor", str(error)),))
    if isinstance(error, NotReadyError):
        return make_problem(503, "the index is still being loaded")
    if isinstance(error, StoreBusyError):
        return make_problem(503, str(error))
    if isinstance(error, HTTPException) and error.code is not None:
        return make_problem(error.code, error.description or "")
    _LOG.error("a request failed", exc_info=error)
    return make_problem(500, "something went wrong inside; it was logged")


def register_error_handlers(app: Flask) -> None:
    """Answer every error of an application in the one shape."""
    app.register_error_handler(Exception, problem_response)


def _conflict_problem(
    detail: str, decisions: tuple[str, ...] = (), changes: tuple[ChangeView, ...] = ()
) -> ConflictProblem:
    plain = make_problem(409, detail)
    return ConflictProblem(
        type=plain.type,
        title=plain.title,
        status=plain.status,
        detail=plain.detail,
        decision_id=decisions[0] if decisions else None,
        decisions=decisions,
        changes=changes,
    )


def problem_response(error: Exception) -> Response:
    """Answer a request that ended in an exception."""
    found = problem_from_exception(error)
    response = Response(dump_problem(found), found.status, content_type=PROBLEM_MEDIA_TYPE)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in ("Allow", "WWW-Authenticate", "Location"):
                response.headers.add(name, value)
    if found.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
