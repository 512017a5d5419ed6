"""Open applications for tests, and copy their stores."""

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


class _TemplateCache(BytecodeCache):
    """Keeps compiled templates, so that they are compiled once for all applications."""

    def __init__(self) -> None:
        self._bytecode: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._bytecode:
            bucket.bytecode_from_string(self._bytecode[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._bytecode[bucket.key] = bucket.bytecode_to_string()


_TEMPLATE_CACHE = _TemplateCache()


def make_app(store_path: Path, **settings_given: Any) -> Flask:
    """Create an application over a store, with settings other than the defaults."""
    app = create_app(settings.load(**{"db": str(store_path), **settings_given}))
    app.jinja_env.bytecode_cache = _TEMPLATE_CACHE
    return app


@contextmanager
def running_app(store_path: Path, **settings_given: Any) -> Iterator[Flask]:
    """Open an application, wait until it is ready, and close it afterwards."""
    app = make_app(store_path, **settings_given)
    try:
        assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
        yield app
    finally:
        close_app(app)


def copy_store(source: Path, target: Path) -> None:
    """Copy a closed store to a path where no store was opened yet."""
    assert not target.exists(), "the target store was opened already"
    shutil.copyfile(source, target)
