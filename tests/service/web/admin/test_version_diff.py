"""The history of an article: what changed from version to version."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.web.admin.presenters.version_diff import (
    MAX_WORDS_COMPARED,
    diff_words,
    elide_unchanged,
)
from tests.support.stored_articles import ArticleRecorder, RecordedArticle


def page(client: FlaskClient) -> str:
    reply = client.get("/admin/articles/a")
    assert reply.status_code == 200
    return reply.text


def marked(html: str, tag: str) -> list[str]:
    return [found.strip() for found in re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)]


def test_words_that_went_and_came(client: FlaskClient, article_recorder: ArticleRecorder) -> None:
    article_recorder.record(RecordedArticle("a", 1, 1, text="Four people were hurt in the fire."))
    article_recorder.record(
        RecordedArticle("a", 1, 1, text="Six people were badly hurt in the fire.")
    )
    article_recorder.record(
        RecordedArticle("a", 1, 1, text="Six people were badly hurt in the fire, police said.")
    )
    html = page(client)
    assert marked(html, "del") == ["fire.", "Four"]
    assert marked(html, "ins") == ["fire, police said.", "Six", "badly"]
    assert html.index("What version 3 changed") < html.index("What version 2 changed")


def test_a_title_and_other_fields(client: FlaskClient, article_recorder: ArticleRecorder) -> None:
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour shut", source="Echo"))
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour open", source="Post"))
    html = page(client)
    assert marked(html, "del") == ["shut", "Echo"]
    assert marked(html, "ins") == ["open", "Post"]


@pytest.mark.parametrize("field", ["title", "text", "source", "url"])
def test_markup_in_what_changed_stays_text(
    client: FlaskClient, article_recorder: ArticleRecorder, field: str
) -> None:
    evil = '<script>alert(1)</script> <img src=x onerror="alert(2)"> </del></ins>'
    article_recorder.record(RecordedArticle("a", 1, 1, **{field: f"before {evil}"}))
    article_recorder.record(RecordedArticle("a", 1, 1, **{field: f"{evil} after"}))
    html = page(client)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("<del>") == html.count("</del>") > 0
    assert html.count("<ins>") == html.count("</ins>") > 0
    assert "&lt;script&gt;" in html


def test_the_first_version_has_no_history(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(RecordedArticle("a", 1, 1))
    assert "Earlier versions" not in page(client)


words = st.lists(st.sampled_from(["a", "b", "c ", "d\n", "é"])).map(" ".join)


@given(words, words)
def test_without_the_new_it_is_the_old_and_without_the_gone_the_new(
    before: str, after: str
) -> None:
    pieces = list(diff_words(before, after))
    new = "".join(it.text for it in pieces if it.kind != "gone")
    old = "".join(it.text for it in pieces if it.kind != "new")
    assert (old.split(), new.split()) == (before.split(), after.split())


def test_a_long_stretch_that_stayed_is_left_out() -> None:
    same = " ".join(map(str, range(500)))
    pieces = list(elide_unchanged(diff_words(f"{same} old {same}", f"{same} new {same}")))
    assert [piece.kind for piece in pieces] == [
        "same", "left out", "same", "gone", "new", "same", "left out", "same",
    ]  # fmt: skip
    assert max(len(piece.text) for piece in pieces if piece.kind == "same") < 80


def test_texts_too_different_to_be_aligned_are_shown_one_after_the_other() -> None:
    before, after = (
        " ".join(f"{n}{letter}" for n in range(MAX_WORDS_COMPARED + 1)) for letter in "ab"
    )
    assert [piece.kind for piece in diff_words(before, after)] == ["gone", "new"]
