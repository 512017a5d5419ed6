"""The question about an event that falls into two blocks."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from clustering.events.block_question import find_block_pair
from clustering.events.index import EventIndex
from clustering.state.overlay import MembershipOverlay
from clustering.types import UncertainPair

WITHIN, BETWEEN = 0.96, 0.45


class Overlay:
    """An event of groups, each with a number of articles."""

    def __init__(self, sizes: dict[int, int]) -> None:
        self._sizes = sizes

    def groups(self, event: int) -> list[int]:
        assert event == 7
        return list(self._sizes)

    def members(self, group: int) -> range:
        return range(self._sizes[group])


class Index:
    """Pair probabilities of groups: odd and even ones are two blocks."""

    def __init__(self, n_comparable: int | None = None, *, is_known: bool = True) -> None:
        self._n_comparable = n_comparable
        self._is_known = is_known

    def count_comparable(self, group: int, groups: list[int]) -> int:
        assert group in groups
        return len(groups) if self._n_comparable is None else self._n_comparable

    def known_probabilities(self, groups: list[int]) -> np.ndarray | None:
        if not self._is_known:
            return None
        odd = np.array(groups) % 2
        matrix = np.where(odd[:, None] == odd, WITHIN, BETWEEN)
        np.fill_diagonal(matrix, 1.0)
        return matrix


def find(sizes: dict[int, int], index: Index) -> UncertainPair | None:
    overlay = cast("MembershipOverlay", Overlay(sizes))
    return find_block_pair(overlay, 7, cast("EventIndex", index), lambda group: 100 + group)


def test_one_article_of_each_block_is_asked_about() -> None:
    pair = find({2: 1, 4: 1, 6: 1, 3: 2, 5: 1}, Index())
    assert pair is not None
    assert {article % 2 for article in pair.articles} == {0, 1}
    assert pair.kind == "split"
    assert pair.n_moved == 3
    assert pair.probability == pytest.approx(BETWEEN)


@pytest.mark.parametrize(
    ("sizes", "index"),
    [
        ({2: 1, 4: 1, 6: 1, 8: 1}, Index()),
        ({2: 1, 4: 1, 3: 9}, Index()),
        ({2: 1, 4: 1, 3: 1, 5: 1}, Index(n_comparable=2)),
        (dict.fromkeys(range(60), 1), Index()),
        ({2: 1, 4: 1, 3: 1, 5: 1}, Index(is_known=False)),
    ],
    ids=["one block", "a single group", "two languages", "a large event", "not looked up"],
)
def test_nothing_is_asked_about(sizes: dict[int, int], index: Index) -> None:
    assert find(sizes, index) is None


def test_article_without_an_event_is_not_asked_about() -> None:
    overlay = cast("MembershipOverlay", Overlay({}))
    assert find_block_pair(overlay, None, cast("EventIndex", Index()), int) is None
