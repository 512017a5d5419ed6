"""Fixtures of all tests: applications over a store, and made-up articles."""

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
from service.common import outbound
from service.engine.writer import IndexWriter
from service.ingest.starter_corpus import load_starter_corpus
from service.store import Store
from service.web import extensions
from service.web.app import close_app
from tests.support.apps import copy_store, make_app, running_app
from tests.support.syllables import SYLLABLES

# No deadline: the machine may be busy, so the time of an example means nothing.
hypothesis.settings.register_profile("storyfold", deadline=None)
hypothesis.settings.load_profile("storyfold")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Remove settings from the environment of the machine that runs the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
            monkeypatch.delenv(name)
        # Events must not change while a test compares them; the tests of this start it themselves.
        monkeypatch.setenv("STORYFOLD_RECLUSTER_IDLE_SECONDS", "0")
        # Encoders are switched on by the tests that need them: the others would wait for vectors.
        monkeypatch.setenv("STORYFOLD_EMBEDDINGS", "off")
        # Receivers of webhooks and servers of feeds run on this machine.
        monkeypatch.setenv("STORYFOLD_PRIVATE_NETWORKS", "127.0.0.0/8, ::1")
        outbound.allow_networks(settings.load().private_networks)
        yield


@pytest.fixture
def open_app(tmp_path: Any) -> Iterator[Callable[..., Flask]]:
    """Return a function that opens an application over one store; all are closed at the end.

    To open the store again is a restart.
    """
    apps: list[Flask] = []

    def open_application(*, wait: bool = True, **settings_given: Any) -> Flask:
        app = make_app(tmp_path / "store.db", **settings_given)
        apps.append(app)
        if wait:
            assert app.extensions[extensions.INDEX_WRITER].wait_ready(60)
        return app

    yield open_application
    for app in apps:
        close_app(app)


@pytest.fixture(scope="session")
def starter_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a store with the starter corpus; copy it before opening it."""
    path = tmp_path_factory.mktemp("starter") / "store.db"
    with running_app(path) as app:
        load_starter_corpus(app.extensions[extensions.INDEX_WRITER])
    return path


@pytest.fixture
def with_starter_corpus(starter_store: Path, tmp_path: Path) -> None:
    """Fill the store of the test with the starter corpus."""
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
    """Return a function that makes an article; two numbers give articles with no common word."""

    def make(number: int, **fields: Any) -> dict[str, Any]:
        generator = random.Random(number)
        words = ["".join(generator.choices(SYLLABLES, k=4)) for _ in range(120)]
        title = " ".join(words[:6]).capitalize()
        sentences = (" ".join(words[start : start + 12]) for start in range(0, 120, 12))
        text = ". ".join(sentence.capitalize() for sentence in sentences)
        return {"id": f"story-{number}", "title": title, "text": text, **fields}

    return make
