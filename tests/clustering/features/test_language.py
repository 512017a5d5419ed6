"""Languages: which are compared, and the code of an undetermined one."""

from __future__ import annotations

import numpy as np
import pytest

from clustering.features.language import (
    UNDETERMINED,
    UNDETERMINED_CODE,
    are_comparable,
    are_related,
    canonical_code,
    detect_language,
    language_code,
)


@pytest.mark.parametrize(
    ("first", "second", "comparable"),
    [
        *(("en", "en", True), ("en", "EN", True), ("en", "de", False), ("en", "und", True)),
        *(("no", "nn", True), ("da", "nb", True), ("hr", "sr", True), ("id", "ms", True)),
        *(("fil", "fi", False), ("ast", "as", False), ("es", "pt", False), ("no", "sv", False)),
    ],
)
def test_equal_related_and_undetermined_languages_are_comparable(
    first: str, second: str, comparable: bool
) -> None:
    codes = language_code(first), language_code(second)
    assert bool(are_comparable(*codes)) == bool(are_comparable(*codes[::-1])) == comparable


def test_codes_are_broadcast() -> None:
    codes = np.array([language_code(language) for language in ("en", "de", UNDETERMINED)])
    assert are_comparable(codes[:, None], codes).tolist() == [
        [True, False, True],
        [False, True, True],
        [True, True, True],
    ]


def test_text_without_words_has_no_language() -> None:
    assert detect_language("…") == (UNDETERMINED, UNDETERMINED)
    assert language_code(UNDETERMINED) == UNDETERMINED_CODE


@pytest.mark.parametrize("language", ["en", "fil", "x", "é", "zzz", "klingon"])
def test_number_of_a_language_has_16_bits_and_is_not_that_of_an_unknown_one(language: str) -> None:
    assert UNDETERMINED_CODE < language_code(language) < 1 << 16


@pytest.mark.parametrize(
    ("tag", "code"), [("nb-NO", "no"), ("tl", "fil"), ("sh", "sr"), ("en_US", "en"), ("FR", "fr")]
)
def test_language_has_one_code(tag: str, code: str) -> None:
    assert canonical_code(tag) == code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Požar je u utorak ujutro uništio skladište, rekla je načelnica općine.", "hr"),
        ("En brann ødela lageret tirsdag morgen, sier ordføreren i kommunen.", "no"),
        ("Kebakaran menghanguskan gudang kapas pada Selasa pagi, kata bupati.", "id"),
        ("Olovo nelze najít, řekl starosta obce v úterý ráno novinářům.", "cs"),
    ],
)
def test_probability_divided_between_related_languages_counts_for_all(
    text: str, language: str
) -> None:
    assert are_related(detect_language(text).code, language)


def test_headline_is_likely_in_a_language_before_it_is_sure() -> None:
    assert detect_language("Fire destroys warehouse in Tolland") == (UNDETERMINED, "en")
