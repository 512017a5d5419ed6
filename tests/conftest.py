from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import settings
from service.engine.writer import IndexWriter
from service.ingest.starter_corpus import load_starter_corpus
from service.store import Store
from service.web import extensions
from service.web.app import close_app
from tests.support.apps import copy_store, make_app, running_app

_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "ke",
    "li",
    "mo",
    "nu",
    "pa",
    "re",
    "si",
    "to",
    "vu",
    "wa",
    "xe",
    "yi",
    "zo",
]


# The machine may be busy: how long an example takes says nothing.
hypothesis.settings.register_profile("storyfold", deadline=None)
hypothesis.settings.load_profile("storyfold")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Settings of the machine the tests run on are not those of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
            monkeypatch.delenv(name)
        yield


@pytest.fixture
def open_app(tmp_path: Any) -> Iterator[Callable[..., Flask]]:
    """Make applications over one store (opened again, it is a restart); closed at the end."""
    opened: list[Flask] = []

    def open_one(*, wait: bool = True, **given: Any) -> Flask:
        app = make_app(tmp_path / "store.db", **given)
        opened.append(app)
        if wait:
            assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
        return app

    yield open_one
    for app in opened:
        close_app(app)


@pytest.fixture(scope="session")
def starter_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has taken in the starter corpus; to be copied, not to be opened."""
    where = tmp_path_factory.mktemp("starter") / "store.db"
    with running_app(where) as app:
        load_starter_corpus(app.extensions[extensions.INDEX_WRITER])
    return where


@pytest.fixture
def with_starter_corpus(starter_store: Path, tmp_path: Path) -> None:
    """Let the store of the test begin with the starter corpus."""
    copy_store(starter_store, tmp_path / "store.db")


@pytest.fixture
def app(open_app: Callable[..., Flask]) -> Flask:
    return open_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def store(app: Flask) -> Store:
    return app.extensions[extensions.STORE]


@pytest.fixture
def index_writer(app: Flask) -> IndexWriter:
    return app.extensions[extensions.INDEX_WRITER]


@pytest.fixture
def make_article() -> Callable[..., dict[str, Any]]:
    """Make an article about nothing that any other number's article is about."""

    def make(number: int, **fields: Any) -> dict[str, Any]:
        draw = random.Random(number)
        words = ["".join(draw.choices(_SYLLABLES, k=4)) for _ in range(120)]
        title = " ".join(words[:6]).capitalize()
        text = ". ".join(" ".join(words[at : at + 12]).capitalize() for at in range(0, 120, 12))
        return {"id": f"story-{number}", "title": title, "text": text, **fields}

    return make
