"""Differences between the versions of an article."""

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


def get_page(client: FlaskClient) -> str:
    response = client.get("/admin/articles/a")
    assert response.status_code == 200
    return response.text


def contents_of(html: str, tag: str) -> list[str]:
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return [content.strip() for content in contents]


def test_page_marks_removed_and_added_words(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    for text in (
        "Four people were hurt in the fire.",
        "Six people were badly hurt in the fire.",
        "Six people were badly hurt in the fire, police said.",
    ):
        article_recorder.record(RecordedArticle("a", 1, 1, text=text))
    html = get_page(client)
    assert contents_of(html, "del") == ["fire.", "Four"]
    assert contents_of(html, "ins") == ["fire, police said.", "Six", "badly"]
    assert html.index("Changes in version 3") < html.index("Changes in version 2")


def test_page_marks_changes_of_title_and_other_fields(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour shut", source="Echo"))
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour open", source="Post"))
    html = get_page(client)
    assert contents_of(html, "del") == ["shut", "Echo"]
    assert contents_of(html, "ins") == ["open", "Post"]


@pytest.mark.parametrize("field", ["title", "text", "source", "url"])
def test_markup_in_a_changed_field_is_escaped(
    client: FlaskClient, article_recorder: ArticleRecorder, field: str
) -> None:
    markup = '<script>alert(1)</script> <img src=x onerror="alert(2)"> </del></ins>'
    article_recorder.record(RecordedArticle("a", 1, 1, **{field: f"before {markup}"}))
    article_recorder.record(RecordedArticle("a", 1, 1, **{field: f"{markup} after"}))
    html = get_page(client)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("<del>") == html.count("</del>") > 0
    assert html.count("<ins>") == html.count("</ins>") > 0
    assert "&lt;script&gt;" in html


def test_first_version_has_no_earlier_versions(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(RecordedArticle("a", 1, 1))
    assert "Earlier versions" not in get_page(client)


texts = st.lists(st.sampled_from(["a", "b", "c ", "d\n", "é"])).map(" ".join)


@given(texts, texts)
def test_segments_contain_both_texts(before: str, after: str) -> None:
    segments = list(diff_words(before, after))
    new = "".join(segment.text for segment in segments if segment.kind != "removed")
    old = "".join(segment.text for segment in segments if segment.kind != "added")
    assert (old.split(), new.split()) == (before.split(), after.split())


def test_long_unchanged_stretch_is_omitted() -> None:
    same = " ".join(map(str, range(500)))
    segments = list(elide_unchanged(diff_words(f"{same} old {same}", f"{same} new {same}")))
    assert [segment.kind for segment in segments] == [
        "same", "omitted", "same", "removed", "added", "same", "omitted", "same",
    ]  # fmt: skip
    assert max(len(segment.text) for segment in segments if segment.kind == "same") < 80


def test_texts_too_long_to_align_are_shown_one_after_the_other() -> None:
    before, after = (
        " ".join(f"{n}{letter}" for n in range(MAX_WORDS_COMPARED + 1)) for letter in "ab"
    )
    assert [segment.kind for segment in diff_words(before, after)] == ["removed", "added"]
