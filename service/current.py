"""What the running request's application was wired with."""

from __future__ import annotations

from typing import cast

from flask import current_app

from service.attempts import Attempts
from service.calibration.job import Job
from service.desk import Desk
from service.metrics import Metrics
from service.settings import Settings
from service.store import Store
from service.waiting import Waiting

SETTINGS, STORE, DESK, METRICS, ATTEMPTS, WAITING, COURIER, CALIBRATING = (
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


def desk() -> Desk:
    """Return the application's desk."""
    return cast(Desk, current_app.extensions[DESK])


def metrics() -> Metrics:
    """Return the application's metrics."""
    return cast(Metrics, current_app.extensions[METRICS])


def attempts() -> Attempts:
    """Return the application's memory of attempts to sign in."""
    return cast(Attempts, current_app.extensions[ATTEMPTS])


def waiting() -> Waiting:
    """Return the bench of the application's requests that wait."""
    return cast(Waiting, current_app.extensions[WAITING])


def calibrating() -> Job:
    """Return the application's work on the line."""
    return cast(Job, current_app.extensions[CALIBRATING])
