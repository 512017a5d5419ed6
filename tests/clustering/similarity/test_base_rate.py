"""The base rate of a stream, estimated from pairs without labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.similarity.base_rate import MAX_SHIFT, SHIFT_STEP, estimate_shift
from clustering.similarity.idf import IdfSnapshot
from tests.support.story_factory import deterministic

TRAINED_SHARE = 0.13


def draw_logits(share: float, count: int = 4000) -> np.ndarray:
    """Logits of pairs, `share` of one event, by a regression trained with `TRAINED_SHARE`.

    The evidence is normal with unit variance and means 2 apart, so the exact logit is known.
    """
    generator = np.random.default_rng(1)
    same = generator.random(count) < share
    evidence = generator.standard_normal(count) + np.where(same, 2.0, -2.0)
    return 4 * evidence + np.log(TRAINED_SHARE / (1 - TRAINED_SHARE))


@pytest.mark.parametrize("share", [0.2, 0.35, 0.5])
def test_higher_base_rate_is_found(share: float) -> None:
    expected = np.log(share / (1 - share)) - np.log(TRAINED_SHARE / (1 - TRAINED_SHARE))
    shift = estimate_shift(draw_logits(share), TRAINED_SHARE)
    assert shift == pytest.approx(min(expected, MAX_SHIFT), abs=SHIFT_STEP)


@pytest.mark.parametrize("share", [0.01, TRAINED_SHARE])
def test_lower_base_rate_is_not_followed(share: float) -> None:
    assert estimate_shift(draw_logits(share), TRAINED_SHARE) == 0


def test_few_pairs_shift_little() -> None:
    many, few = (estimate_shift(draw_logits(0.5, count), TRAINED_SHARE) for count in (4000, 20))
    assert few < many / 2


@deterministic
@given(st.lists(st.floats(-40, 40), max_size=30), st.floats(0.05, 0.6))
def test_shift_is_a_bounded_multiple_of_the_step(logits: list[float], share: float) -> None:
    shift = estimate_shift(np.array(logits), share)
    assert 0 <= shift <= MAX_SHIFT
    assert shift % SHIFT_STEP == 0


def test_snapshot_keeps_the_shift() -> None:
    packed = IdfSnapshot(7, next_group=9, base_rate_shift=1.25).to_bytes()
    restored = IdfSnapshot.from_bytes(packed)
    assert (restored.next_group, restored.base_rate_shift) == (9, 1.25)


def test_snapshot_of_an_older_version_has_no_shift() -> None:
    packed = IdfSnapshot(7, next_group=9).to_bytes()
    assert IdfSnapshot.from_bytes(packed[:-8]).base_rate_shift == 0
    assert IdfSnapshot.from_bytes(packed[:-16]).next_group == 1
