"""Likely missed near-duplicates, which people are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE, Comparison
from clustering.duplicates.near_misses import find_near_miss
from clustering.types import UncertainPair


@dataclass
class Groups:
    """The groups of slots; the article in slot 5 is number 105."""

    group_of: dict[int, int]

    def group(self, slot: int) -> int:
        return self.group_of[slot]

    def article(self, slot: int) -> int:
        return 100 + slot


def near_miss(scores: dict[int, float], groups: dict[int, int]) -> UncertainPair | None:
    overlay: Any = Groups({5: 1, **groups})
    comparisons = {slot: Comparison(0.2, score, score) for slot, score in scores.items()}
    return find_near_miss(overlay, 5, {**comparisons, 9: REJECTED_BY_SAMPLE})


def test_text_just_below_the_threshold_is_asked_about() -> None:
    found = near_miss({2: 0.31, 3: 0.34}, {2: 2, 3: 3, 9: 9})
    assert found == UncertainPair((103, 105), 0.34, "duplicate")


def test_near_duplicates_and_unlike_texts_are_not() -> None:
    assert near_miss({2: 0.34, 3: 0.1}, {2: 1, 3: 3, 9: 9}) is None
    assert near_miss({}, {9: 9}) is None
