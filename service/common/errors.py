"""Errors by what they mean to a caller, without reference to HTTP.

Every layer derives its errors from these classes, and the web layer maps the classes to status
codes. It therefore does not need to know the modules that raise them.
"""

from __future__ import annotations

from typing import Any

from service.common.validation import FieldError


class ServiceError(Exception):
    """An error that a caller of the service can act on."""

    summary: str = ""
    """What to tell the caller; empty if the message of the exception says it."""


class InvalidInputError(ServiceError, ValueError):
    """The input is invalid."""

    field_errors: tuple[FieldError, ...] = ()
    """The invalid fields and the reasons."""


class NotFoundError(ServiceError, LookupError):
    """The requested object does not exist."""


class StateConflictError(ServiceError):
    """The request contradicts the current state of the store."""

    decisions: tuple[str, ...] = ()
    """Ids of the decisions that the request contradicts, newest first."""
    changes: tuple[Any, ...] = ()
    """Entries of the change log that the caller has not seen, oldest first."""


class UnavailableError(ServiceError, RuntimeError):
    """The service cannot do this now; the caller should try again soon."""
