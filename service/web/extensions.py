"""Typed access to the services of the running application, kept in `app.extensions`."""

from __future__ import annotations

from typing import Final, cast

from flask import current_app
from flask_wtf import CSRFProtect

from service.engine.writer import IndexWriter
from service.review.threshold.background_job import BackgroundJob
from service.settings import Settings
from service.store import Store
from service.web.auth.credentials import Credentials
from service.web.http.long_polling import LongPollSlots
from service.web.http.metrics import Metrics

SETTINGS: Final = "storyfold.settings"
STORE: Final = "storyfold.store"
INDEX_WRITER: Final = "storyfold.index_writer"
METRICS: Final = "storyfold.metrics"
CREDENTIALS: Final = "storyfold.credentials"
CSRF: Final = "storyfold.csrf"
LONG_POLL_SLOTS: Final = "storyfold.long_poll_slots"
WEBHOOK_DISPATCHER: Final = "storyfold.webhook_dispatcher"
BACKGROUND_JOB: Final = "storyfold.background_job"


def settings() -> Settings:
    """Return the application's settings."""
    return cast(Settings, current_app.extensions[SETTINGS])


def store() -> Store:
    """Return the application's store."""
    return cast(Store, current_app.extensions[STORE])


def index_writer() -> IndexWriter:
    """Return the application's index writer."""
    return cast(IndexWriter, current_app.extensions[INDEX_WRITER])


def metrics() -> Metrics:
    """Return the application's metrics."""
    return cast(Metrics, current_app.extensions[METRICS])


def credentials() -> Credentials:
    """Return the tokens and users of the application."""
    return cast(Credentials, current_app.extensions[CREDENTIALS])


def csrf() -> CSRFProtect:
    """Return what checks the CSRF tokens of the application."""
    return cast(CSRFProtect, current_app.extensions[CSRF])


def long_poll_slots() -> LongPollSlots:
    """Return what limits long polls to the application."""
    return cast(LongPollSlots, current_app.extensions[LONG_POLL_SLOTS])


def background_job() -> BackgroundJob:
    """Return the application's background job."""
    return cast(BackgroundJob, current_app.extensions[BACKGROUND_JOB])
