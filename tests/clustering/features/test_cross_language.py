"""Cross-language keys: names sound alike in every script, and the heaviest keys are kept."""

from __future__ import annotations

import numpy as np
import pytest

from clustering.features.cross_language import (
    MAX_KEYS,
    are_numbers,
    consonants,
    extract_keys,
    hashes,
    script_code,
    weights,
)
from clustering.features.terms import Terms, extract_terms


def keys_of(text: str, language: str) -> set[int]:
    return {*hashes(extract_keys(extract_terms("", text, language))).tolist()}


@pytest.mark.parametrize(
    "spellings",
    [
        ("merkel", "меркель", "ميركل", "Μέρκελ"),
        ("macedonia", "македония", "makedonien"),
        ("shevchenko", "шевченко", "schewtschenko"),
        ("putin", "путин", "poutine", "putín"),
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({consonants(spelling) for spelling in spellings}) == 1


def test_names_and_figures_are_shared_across_languages() -> None:
    english = keys_of("The minister Orlova said in Tarvo that 4,217 tonnes were sold.", "en")
    russian = keys_of("Министр Орлова сказала в Тарво, что продано 4217 тонн.", "ru")
    assert len(english & russian) >= 3


def test_unrelated_sentences_share_few_keys() -> None:
    english = keys_of("Snow closes the mountain pass near Ostwick for two days.", "en")
    german = keys_of("Der Stadtrat von Lemmik streitet über die neue Brücke.", "de")
    assert len(english & german) <= 1


def test_keeps_the_heaviest_keys_each_once() -> None:
    text = " ".join(f"Word{letter}{number}ngk" for number in range(40) for letter in "bdrs")
    keys = extract_keys(extract_terms("", text, "en"))
    assert len(keys) <= MAX_KEYS
    assert len(np.unique(hashes(keys))) == len(keys)
    assert (np.diff(weights(keys)) <= 0).all()


def test_marks_figures() -> None:
    keys = extract_keys(extract_terms("", "Lemmik 4217", "en"))
    assert sorted(are_numbers(keys).tolist()) == [False, True]


def test_article_without_words_has_no_keys() -> None:
    assert not len(extract_keys(extract_terms("", "", "en")))


@pytest.mark.parametrize(
    ("text", "same_script"),
    [("The bridge of Tarvo", True), ("Мост через реку", False), ("渡轮搁浅", False), ("", False)],
)
def test_script_tells_languages_apart(text: str, same_script: bool) -> None:
    english = script_code(extract_terms("", "Snow closes the pass", "en"))
    assert (script_code(extract_terms("", text, "und")) == english) is same_script


def test_keys_are_the_same_after_the_terms_were_stored() -> None:
    terms = extract_terms("Orlova visits Tarvo", "The minister Orlova went to Tarvo by rail.", "en")
    stored = Terms.from_bytes(terms.to_bytes())
    assert extract_keys(stored).tolist() == extract_keys(terms).tolist()
