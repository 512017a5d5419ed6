"""Texts that may be copies must be grouped together; those that share a few phrases need not."""

from __future__ import annotations

import numpy as np

from clustering.duplicates.separability import must_be_together


def together(shared: int, weight: float, lengths: tuple[int, int], mean: float = 1.0) -> bool:
    return bool(
        must_be_together(
            np.array([shared]), np.array([weight]), np.array([lengths]), np.array([[mean, mean]])
        )[0]
    )


def test_half_of_the_shorter_text_must_be_together() -> None:
    assert together(20, 20.0, (40, 400))
    assert together(20, 20.0, (400, 40))


def test_a_few_common_phrases_need_not_be_together() -> None:
    assert not together(2, 0.2, (300, 400))
    assert not together(3, 3.0, (2000, 4000))


def test_one_shared_shingle_is_never_enough() -> None:
    assert not together(1, 1.0, (10, 10))


def test_boilerplate_that_is_a_good_part_must_be_together() -> None:
    assert together(40, 0.1, (60, 60), mean=0.01)
