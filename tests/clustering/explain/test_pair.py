"""Explanations of pairs: the numbers are those of the index, the passages those of the texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import Article
from clustering.explain.explanation import Explanation
from clustering.explain.pair import explain, explain_event
from clustering.features.extract import extract_features
from clustering.features.normalize import clean
from clustering.similarity.idf import IdfSnapshot

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


def test_passages_are_found_in_any_order_and_sorted_by_length():
    sentences = FIRST.split(". ")
    reordered = f"{sentences[2]} {sentences[0]}. {OTHER} {sentences[1]}."
    passages = pair(FIRST, reordered).duplicate.passages
    assert [passage.n_words for passage in passages] == [20, 16, 9]
    assert passages[0].text == sentences[0].rstrip(".")
    for passage in passages:
        assert passage.text in FIRST
        assert FIRST.replace(",", "").split()[passage.first_start - 1] == passage.text.split()[0]


def test_verdicts_on_an_equal_and_an_unrelated_text():
    equal, unrelated = pair(FIRST, FIRST.upper()), pair(FIRST, OTHER)
    assert (equal.duplicate.verdict, equal.duplicate.same_text) == (True, True)
    assert (unrelated.duplicate.verdict, unrelated.event.verdict) == (False, False)
    assert unrelated.duplicate.rejection_reason == "too few shared"
    assert (unrelated.duplicate.passages, unrelated.duplicate.shared_group_frequency) == ((), None)


def test_reports_from_one_template_are_rejected():
    report = (
        "The port handled {} boxes in {} and {} ships called, {} more than in the year before. The"
        " harbour board meets next week to settle dues for the coming season, and hopes to have"
        " the new crane in place before the ice is gone."
    )
    first, second = (report.format(*numbers) for numbers in ((14, 2001, 7, 3), (15, 2002, 8, 4)))
    assert pair(first, second).duplicate.rejection_reason == "different case"


def test_text_in_many_groups_is_boilerplate():
    shortened = FIRST.rsplit(" ", 1)[0]
    articles = Article(1, "", FIRST, language="en"), Article(2, "", shortened, language="en")
    explanation = explain(*articles, lambda keys: np.full(len(keys), 12)).duplicate
    assert explanation.mean_shared_weight == pytest.approx(1 / 16)
    assert explanation.is_boilerplate
    assert explanation.score == explanation.containment
    assert (explanation.shared_group_frequency.min, explanation.shared_group_frequency.max) == (
        12,
        12,
    )


def test_articles_in_two_languages_are_compared_by_names_and_figures():
    first = Article(1, "", FIRST, language="en")
    explanation = explain(first, Article(2, "", FIRST, language="de")).event
    assert explanation.same_language is False
    assert explanation.pair_kind == "across_languages"
    total = explanation.intercept + sum(each.contribution for each in explanation.contributions)
    assert explanation.logit == pytest.approx(total)
    assert explanation.probability == pytest.approx(1 / (1 + np.exp(-total)))


def test_contributions_add_up_to_the_logit_of_the_probability():
    event = pair(FIRST, FIRST[:150] + OTHER).event
    total = event.intercept + sum(
        contribution.value * contribution.weight for contribution in event.contributions
    )
    assert event.probability == pytest.approx(1 / (1 + np.exp(-total)))


def test_base_rate_of_the_store_adds_to_the_logit():
    features = [extract_features(Article(key, "", FIRST * 4 + OTHER * key)) for key in (1, 2)]
    event = explain_event(*features, IdfSnapshot(base_rate_shift=1.5))
    total = event.intercept + sum(each.contribution for each in event.contributions)
    assert event.logit == pytest.approx(total + 1.5)
    assert event.probability == pytest.approx(1 / (1 + np.exp(-event.logit)))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_explained(first: str, second: str):
    explanation = pair(first, second).duplicate
    assert 0 <= explanation.score <= 1
    assert sum(passage.n_words for passage in explanation.passages) <= 3 * max(len(clean(first)), 1)
