"""Words of every script, folded as people search for them."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.search.words import fold, fold_words, normalise, word_spans


def words(text: str) -> list[str]:
    return fold_words(normalise(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brădețu, ŁÓDŹ; Ørsted", ["bradetu", "lodz", "orsted"]),
        ("Kızıldağ'da İSTANBUL ıssız", ["kizildag", "da", "istanbul", "issiz"]),
        ("l’écluse d'Œuilly", ["l", "ecluse", "d", "oeuilly"]),
        ("Straße ﬁnal ＡＢＣ x²", ["strasse", "final", "abc", "x2"]),
        ("Ёлка Αθήνα ΟΔΟΣ οδός", ["елка", "αθηνα", "οδοσ", "οδοσ"]),
        ("मुख्यमंत्री की बैठक", ["मुख्यमंत्री", "की", "बैठक"]),
        ("తెలుగు வானிலை", ["తెలుగు", "வானிலை"]),
        ("مُحَمَّد کتاب أحمد ٢٠٢٦", ["محمد", "كتاب", "احمد", "2026"]),
        ("שָׁלוֹם", ["שלום"]),
        ("می‌رود ملــك", ["ميرود", "ملك"]),
        ("東京で地震", ["東", "京", "で", "地", "震"]),
        ("ประเทศ", ["ป", "ร", "ะ", "เ", "ท", "ศ"]),
        ("대통령은", ["대", "통", "령", "은"]),
        ("ガ が", ["ガ", "が"]),
        ("1,500.25 e-mail a_b", ["1", "500", "25", "e", "mail", "a", "b"]),
        ("…!?  —", []),
    ],
)
def test_words_are_folded(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_composition_and_repetition_make_no_difference(text: str) -> None:
    folded = words(text)
    assert words(unicodedata.normalize("NFD", text)) == folded
    assert all(fold(word) == word for word in folded)


@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    line = normalise(text)
    places = word_spans(line)
    assert [fold(line[start:end]) for start, end in places] == fold_words(line)
    assert places == sorted(places)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
