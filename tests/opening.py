"""Applications that are opened for a while, over stores that may be copied from one another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from service import current, settings
from service.app import close, create_app


@contextmanager
def opened(where: Path, **given: Any) -> Iterator[Flask]:
    app = create_app(settings.load(db=str(where), **given))
    try:
        assert app.extensions[current.DESK].wait_ready(60)
        yield app
    finally:
        close(app)


def copy(store: Path, where: Path) -> None:
    """Begin a store as a copy of one that is closed, before anybody opens it."""
    assert not where.exists(), "it is open already, and empty"
    shutil.copyfile(store, where)
