"""Applications that are opened for a while, over stores that may be copied from one another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from service import settings
from service.web import extensions
from service.web.app import close_app, create_app


class _Compiled(BytecodeCache):
    """Templates, compiled once for all the applications that tests open."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def make_app(where: Path, **given: Any) -> Flask:
    app = create_app(settings.load(**{"db": str(where), **given}))
    app.jinja_env.bytecode_cache = _COMPILED
    return app


@contextmanager
def running_app(where: Path, **given: Any) -> Iterator[Flask]:
    app = make_app(where, **given)
    try:
        assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
        yield app
    finally:
        close_app(app)


def copy_store(store: Path, where: Path) -> None:
    """Begin a store as a copy of one that is closed, before anybody opens it."""
    assert not where.exists(), "it is open already, and empty"
    shutil.copyfile(store, where)
