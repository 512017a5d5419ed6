"""Packed frequencies against a dictionary of the same words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clustering.features.packed_frequencies import PackedFrequencies
from tests.support.story_factory import deterministic

LEVELS = st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=5)


@deterministic
@given(LEVELS, st.text(max_size=3))
def test_frequencies_are_those_of_a_dictionary(levels: list[list[str]], other: str) -> None:
    frequencies = [(10.0 ** -(level + 1), words) for level, words in enumerate(levels)]
    expected: dict[str, float] = {}
    for frequency, words in frequencies:
        for word in words:
            expected.setdefault(word, frequency)
    packed = PackedFrequencies(frequencies)
    for word in [*expected, other]:
        assert packed.get(word, 0.0) == expected.get(word, 0.0)
    assert packed.nbytes == 10 * len(expected)
