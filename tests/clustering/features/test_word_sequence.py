"""Words of a text in order: stems, names, numbers, words of the headline, words of the terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.features.fingerprint import Fingerprint, compute_fingerprint
from clustering.features.terms import extract_terms
from clustering.features.word_sequence import MARK_BITS, NAME_MARK, NUMBER_MARK
from tests.support.story_factory import deterministic


def make(text: str, title: str = "", language: str = "en") -> Fingerprint:
    return compute_fingerprint(text, title=title, terms=extract_terms(title, text, language))


def marked(text: str, mark: int, language: str = "en") -> list[str]:
    sequence = make(text, language=language).words
    return [word for word, code in zip(text.split(), sequence.tolist(), strict=True) if code & mark]


def test_numbers_and_names_are_marked():
    text = "The mayor Ilmar Roosk of Selje paid 30 crowns to the harbour master"
    assert marked(text, NUMBER_MARK) == ["30"]
    assert marked(text, NAME_MARK) == ["Ilmar", "Roosk", "Selje"]


def test_common_nouns_are_no_names_where_all_nouns_are_capitalised():
    text = "Gestern hat die Polizei in Drenby einen Mann mit Namen Oltmer auf der Straße gefunden"
    assert marked(text, NAME_MARK, "de") == ["Drenby", "Oltmer"]


def test_rare_words_are_names_in_a_script_without_capitals():
    assert "الهمرن" in marked("وصل الوزير إلى مدينة الهمرن في يوم الأحد", NAME_MARK, "ar")
    assert "في" not in marked("وصل الوزير إلى مدينة الهمرن في يوم الأحد", NAME_MARK, "ar")


def test_inflected_forms_are_one_word_and_numbers_are_not():
    first, second, other = (
        make("harboured 1234567 x").words >> MARK_BITS,
        make("harbouring 1234568 x").words >> MARK_BITS,
        make("hospital 1 x").words >> MARK_BITS,
    )
    assert first[0] == second[0] != other[0]
    assert first[1] != second[1]


@pytest.mark.parametrize("site", [" - Vestad Tidings", " | The Vestad Tidings, news", " — Tidings"])
def test_name_of_the_site_is_no_part_of_the_headline(site: str):
    headline = "Sluice at Hammarn shut after crack"
    expected = make("Barges wait.", headline).title_words.tolist()
    assert make("Barges wait.", headline + site).title_words.tolist() == expected
    assert len(expected) == 4  # without "at" and "after"


def test_beginning_of_the_text_stands_for_a_missing_headline():
    text = "Sluice at Hammarn shut after crack was found. " + "Barges wait above the lock. " * 5
    assert make(text, "Sluice at Hammarn shut").title_words.tolist() != []
    assert {*make(text, "Sluice at Hammarn").title_words.tolist()} < {
        *make(text).title_words.tolist()
    }


@deterministic
@given(st.text(), st.text())
def test_each_term_has_a_word(title: str, text: str):
    terms = extract_terms(title, text, "en")
    assert len(compute_fingerprint(text, title=title, terms=terms).term_words) == len(terms.names)


def test_term_words_are_those_of_the_text():
    fingerprint = make("The ferry Alma ran aground off Skarn on Monday.")
    names = extract_terms("", "The ferry Alma ran aground off Skarn on Monday.", "en").names
    words = (fingerprint.words >> MARK_BITS).tolist()
    position = ["the", "ferry", "alma", "ran", "aground", "off", "skarn", "on", "monday"]
    for name, code in zip(names, fingerprint.term_words.tolist(), strict=True):
        assert words[position.index(name.partition(" ")[0])] == code


def headline_names(title: str, language: str = "en") -> list[int]:
    terms = extract_terms(title, "", language)
    return compute_fingerprint(title, title=title, terms=terms).headline_names.tolist()


def test_names_of_a_headline_that_stands_alone_are_kept():
    (name,) = headline_names("Fire destroys school in Seljedal")
    assert name & NAME_MARK
    assert name in headline_names("Seljedal school destroyed by fire, Oslo told")
    assert headline_names("Пожар уничтожил школу в Селедале", "ru")


def test_headline_that_capitalises_most_words_tells_no_names():
    assert headline_names("Fire Destroys School In Seljedal") == []
    assert headline_names("حريق يدمر مدرسة في الهمرن", "ar") == []


def test_headline_of_a_text_has_no_names_of_its_own():
    text = "The school of Seljedal burned down in the night to Monday, and nobody was hurt."
    assert not len(make(text, "Fire destroys school in Seljedal").headline_names)
