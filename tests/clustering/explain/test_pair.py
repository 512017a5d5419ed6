"""Explanations: the numbers are those of the judgement, the passages those of the texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import Article
from clustering.explain.pair import explain
from clustering.explain.report import Explanation
from clustering.features.normalize import clean

FIRST = (
    "The ferry to Skellan was cancelled again on Monday after its bow door jammed, the third time"
    " in a week. Island shops said bread had run out by noon. The operator Brae Lines promised a"
    " replacement vessel from Thursday and apologised to 400 stranded passengers."
)
OTHER = (
    "A bakery in Dunmarrow has won the national prize for rye loaf with a recipe from 1911."
    " The judges praised a dark crust and a long sour finish."
)


def pair(first: str, second: str, **fields: str) -> Explanation:
    return explain(
        Article(1, "", first, language="en", **fields), Article(2, "", second, language="en")
    )


def test_passages_are_found_in_any_order_the_longest_first():
    one, two, three = FIRST.split(". ")
    passages = pair(FIRST, f"{three} {one}. {OTHER} {two}.").duplicate.passages
    assert [passage.n_words for passage in passages] == [20, 16, 9]
    assert passages[0].text == one.rstrip(".")
    for passage in passages:
        assert passage.text in FIRST
        assert FIRST.replace(",", "").split()[passage.first_start - 1] == passage.text.split()[0]


def test_verdicts_of_an_equal_a_stranger_and_another_address():
    equal, stranger = pair(FIRST, FIRST.upper()), pair(FIRST, OTHER)
    assert (equal.duplicate.verdict, equal.duplicate.same_text) == (True, True)
    assert (stranger.duplicate.verdict, stranger.event.verdict) == (False, False)
    assert stranger.duplicate.rejection_reason == "too few shared"
    assert (stranger.duplicate.passages, stranger.duplicate.shared_group_frequency) == ((), None)


def test_brief_reports_with_other_figures():
    report = (
        "The port handled {} boxes in {} and {} ships called, {} more than in the year before. The"
        " harbour board meets next week to settle dues for the coming season, and hopes to have"
        " the new crane in place before the ice is gone."
    )
    first, second = (report.format(*it) for it in ((14, 2001, 7, 3), (15, 2002, 8, 4)))
    assert pair(first, second).duplicate.rejection_reason == "different numbers"


def test_what_many_stories_carry_weighs_less():
    most = FIRST.rsplit(" ", 1)[0]
    articles = Article(1, "", FIRST, language="en"), Article(2, "", most, language="en")
    known = explain(*articles, lambda keys: np.full(len(keys), 12)).duplicate
    assert known.mean_shared_weight == pytest.approx(1 / 16)
    assert known.is_boilerplate
    assert known.score == known.containment
    assert (known.shared_group_frequency.min, known.shared_group_frequency.max) == (12, 12)


def test_articles_in_two_languages_are_no_event():
    first = Article(1, "", FIRST, language="en")
    found = explain(first, Article(2, "", FIRST, language="de")).event
    assert (found.same_language, found.verdict) == (False, False)
    assert found.pair_kind == "undated"


def test_the_sum_of_contributions_is_the_logit_of_the_probability():
    event = pair(FIRST, FIRST[:150] + OTHER).event
    total = event.intercept + sum(it.value * it.weight for it in event.contributions)
    assert event.probability == pytest.approx(1 / (1 + np.exp(-total)))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_explained(first: str, second: str):
    found = pair(first, second).duplicate
    assert 0 <= found.score <= 1
    assert sum(passage.n_words for passage in found.passages) <= 3 * max(len(clean(first)), 1)
