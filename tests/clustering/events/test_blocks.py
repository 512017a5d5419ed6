"""Two blocks of an event, found in the matrix of its pair probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.events.blocks import find_blocks
from clustering.events.linkage import average_linkage
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD, NEIGHBOUR_THRESHOLD


def matrix(labels: str, within: float = 0.96, between: float = 0.45) -> np.ndarray:
    """Pair probabilities of groups, one for each letter; equal letters are one block."""
    letters = np.array([*labels])
    probabilities = np.where(letters[:, None] == letters[None, :], within, between)
    np.fill_diagonal(probabilities, 1.0)
    return probabilities


def blocks(probabilities: np.ndarray) -> tuple[list[int], list[int]] | None:
    found = find_blocks(probabilities)
    return found and (found.larger.tolist(), found.smaller.tolist())


def test_blocks_of_one_event_are_found() -> None:
    probabilities = matrix("aaabbb")
    assert len(set(average_linkage(probabilities, DEFAULT_EVENT_THRESHOLD))) == 1
    assert blocks(probabilities) == ([0, 1, 2], [3, 4, 5])
    assert blocks(matrix("abab")) == ([0, 2], [1, 3])
    assert blocks(matrix("abbab")) == ([1, 2, 4], [0, 3])


def test_few_likely_pairs_across_do_not_hide_the_blocks() -> None:
    probabilities = matrix("aaabbb", between=0.2)
    probabilities[2, 3] = probabilities[3, 2] = 0.9
    found = find_blocks(probabilities)
    assert found is not None
    assert 0.2 < found.between < 0.4


@pytest.mark.parametrize(
    "probabilities",
    [
        matrix("aaaa"),
        matrix("aaab"),
        matrix("aabb", between=0.7),
        matrix("aabb", within=0.85),
        matrix("aabbcc"),
        matrix("ab"),
        matrix("aab"),
        matrix("a"),
    ],
    ids=["one block", "a single", "linked", "loose", "three blocks", "pair", "three", "one"],
)
def test_nothing_else_is_found(probabilities: np.ndarray) -> None:
    assert blocks(probabilities) is None


@given(
    sizes=st.tuples(st.integers(2, 6), st.integers(2, 6)),
    within=st.floats(0.93, 1.0),
    between=st.floats(0.0, 0.6),
    order=st.randoms(use_true_random=False),
)
def test_blocks_do_not_depend_on_the_order(sizes, within, between, order) -> None:
    letters = [*("a" * sizes[0] + "b" * sizes[1])]
    order.shuffle(letters)
    found = find_blocks(matrix("".join(letters), within, between))
    assert found is not None
    assert len({letters[position] for position in found.larger}) == 1
    assert len({letters[position] for position in found.smaller}) == 1
    assert len(found.larger) == max(sizes)


def test_pairs_that_are_no_neighbours_count_as_if_on_the_threshold() -> None:
    floor = find_blocks(matrix("aabb", between=NEIGHBOUR_THRESHOLD))
    zero = find_blocks(matrix("aabb", between=0.0))
    assert floor is not None
    assert zero is not None
    assert floor.between == zero.between == pytest.approx(NEIGHBOUR_THRESHOLD)
