"""Languages: which are compared, and the code of an undetermined one."""

from __future__ import annotations

import numpy as np
import pytest

from clustering.features.language import (
    UNDETERMINED,
    UNDETERMINED_CODE,
    are_comparable,
    detect_language,
    language_code,
)


@pytest.mark.parametrize(
    ("first", "second", "comparable"),
    [("en", "en", True), ("en", "EN", True), ("en", "de", False), ("en", "und", True)],
)
def test_equal_and_undetermined_languages_are_comparable(
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
    assert detect_language("…") == UNDETERMINED
    assert language_code(UNDETERMINED) == UNDETERMINED_CODE
