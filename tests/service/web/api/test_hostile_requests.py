"""Whatever a client sends, it gets an answer that says what is wrong, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apps import running_app

LISTS = [
    *("/v1/articles", "/v1/events", "/v1/decisions", "/v1/articles/a/versions"),
    *("/v1/changes", "/feeds/events.json", "/feeds/articles.csv", "/admin/history"),
]
CURSORS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(str),
    st.sampled_from(["e1", "1.5.2", "rank:1:2", "-0", "١", "1e3", "0x10", "1\x00", "9" * 400]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = ["id", "url", "title", "text", "html", "source", "language", "published_at", "version"]
LINES = st.one_of(
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5).map(json.dumps).map(str.encode),
    VALUES.map(json.dumps).map(str.encode),
    st.binary(max_size=40),
).filter(lambda line: b"\n" not in line)


@pytest.fixture(scope="module")
def hostile_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with running_app(tmp_path_factory.mktemp("hostile") / Path("store.db")) as app:
        article = {"id": "a", "text": "Fog closed the airport at Kelvale until noon."}
        assert app.test_client().post("/v1/articles", json=article).status_code == 201
        yield app


@given(path=st.sampled_from(LISTS), cursor=CURSORS)
def test_every_cursor_is_a_page_or_an_error(hostile_app: Flask, path: str, cursor: str) -> None:
    name = "since" if path == "/v1/changes" else "cursor"
    answer = hostile_app.test_client().get(path, query_string={name: cursor})
    assert answer.status_code in (200, 422)


@settings(max_examples=60)
@given(st.lists(LINES, max_size=6))
def test_every_line_has_its_answer(hostile_app: Flask, lines: list[bytes]) -> None:
    client = hostile_app.test_client()
    answer = client.post(
        "/v1/articles/batch?dry_run=true",
        data=b"\n".join(lines),
        content_type="application/x-ndjson",
    )
    assert answer.status_code == 200
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert len(results) == sum(bool(line.strip()) for line in lines)
    assert all(result.get("status", 422) in (400, 422) for result in results)
    refused = [result["line"] for result in results if "status" in result]
    assert all(lines[number - 1].strip() for number in refused)
