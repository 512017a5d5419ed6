"""Errors that the user can act on, told in one line without a traceback."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from service.cli.explain import NotFoundError
from service.common.missing_extra import MissingExtraError
from service.ingest.readers import UnknownFormatError
from service.review.threshold import NoPreviousThresholdError, ThresholdChangedError
from service.settings import SettingsError
from service.store import StoreError
from service.store.failures import StoreUnavailableError

_CLEAR_ERRORS = (
    SettingsError,
    StoreError,
    UnknownFormatError,
    NotFoundError,
    MissingExtraError,
    ThresholdChangedError,
    NoPreviousThresholdError,
)


def describe(error: Exception) -> str | None:
    """Return what to tell the user.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str or None
        None if the error is a bug, whose traceback is needed.
    """
    if isinstance(error, StoreUnavailableError):
        return f"the store can't be used: {error}"
    if isinstance(error, _CLEAR_ERRORS):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, SQLAlchemyError | ModuleNotFoundError):
        reason = str(error).partition("\n")[0]
        return f"the store can't be used: {reason}"
    return None
