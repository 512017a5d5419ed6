"""Articles without a date do not bridge reports of different times."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering.events.linkage import average_linkage
from clustering.events.undated import MAX_GAP_DAYS, anchor_undated
from tests.support.story_factory import deterministic

DAY = 86400.0
MARCH, JUNE = 0.0, 101 * DAY


def symmetric(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


def cluster(matrix: np.ndarray, published: list[float]) -> list[int]:
    limited = anchor_undated(matrix, np.array(published))
    return average_linkage(limited, 0.42).tolist()


def test_undated_report_joins_its_likeliest_neighbour_alone() -> None:
    matrix = symmetric([[1, 0.1, 0.9], [0.1, 1, 0.8], [0.9, 0.8, 1]])
    march, june, undated = cluster(matrix, [MARCH, JUNE, np.nan])
    assert march == undated != june


def test_two_undated_reports_do_not_bridge_either() -> None:
    matrix = symmetric(
        [[1, 0.1, 0.9, 0.8], [0.1, 1, 0.8, 0.9], [0.9, 0.8, 1, 0.9], [0.8, 0.9, 0.9, 1]]
    )
    march, june, first, second = cluster(matrix, [MARCH, JUNE, np.nan, np.nan])
    assert march == first
    assert june == second
    assert march != june


def test_undated_report_joins_all_reports_of_a_week() -> None:
    matrix = symmetric([[1, 0.3, 0.9], [0.3, 1, 0.8], [0.9, 0.8, 1]])
    assert len(set(cluster(matrix, [0.0, MAX_GAP_DAYS * DAY, np.nan]))) == 1


@deterministic
@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_probabilities_are_only_lowered_whatever_the_order(size: int, chance) -> None:
    generator = np.random.default_rng(chance.randrange(1000))
    matrix = generator.random((size, size))
    matrix = (matrix + matrix.T) / 2
    published = np.where(
        generator.random(size) < 0.4, np.nan, generator.integers(0, 99, size) * DAY
    )
    limited = anchor_undated(matrix, published)
    assert (limited <= matrix).all()
    assert (limited == limited.T).all()
    order = generator.permutation(size)
    reordered = anchor_undated(matrix[np.ix_(order, order)], published[order])
    assert (reordered == limited[np.ix_(order, order)]).all()
