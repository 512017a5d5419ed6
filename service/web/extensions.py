"""What the running request's application was wired with."""

from __future__ import annotations

from typing import cast

from flask import current_app

from service.engine.writer import IndexWriter
from service.review.threshold.background_job import BackgroundJob
from service.settings import Settings
from service.store import Store
from service.web.http.login_throttle import LoginThrottle
from service.web.http.long_polling import LongPollSlots
from service.web.http.metrics import Metrics

(
    SETTINGS,
    STORE,
    INDEX_WRITER,
    METRICS,
    LOGIN_THROTTLE,
    LONG_POLL_SLOTS,
    WEBHOOK_DISPATCHER,
    BACKGROUND_JOB,
) = (
    f"storyfold.{part}"
    for part in (
        *("settings", "store", "desk", "metrics", "attempts", "waiting", "courier"),
        "calibrating",
    )
)


def settings() -> Settings:
    """Return the application's settings."""
    return cast(Settings, current_app.extensions[SETTINGS])


def store() -> Store:
    """Return the application's store."""
    return cast(Store, current_app.extensions[STORE])


def index_writer() -> IndexWriter:
    """Return the application's desk."""
    return cast(IndexWriter, current_app.extensions[INDEX_WRITER])


def metrics() -> Metrics:
    """Return the application's metrics."""
    return cast(Metrics, current_app.extensions[METRICS])


def login_throttle() -> LoginThrottle:
    """Return the application's memory of attempts to sign in."""
    return cast(LoginThrottle, current_app.extensions[LOGIN_THROTTLE])


def long_poll_slots() -> LongPollSlots:
    """Return the bench of the application's requests that wait."""
    return cast(LongPollSlots, current_app.extensions[LONG_POLL_SLOTS])


def background_job() -> BackgroundJob:
    """Return the application's work on the line."""
    return cast(BackgroundJob, current_app.extensions[BACKGROUND_JOB])
