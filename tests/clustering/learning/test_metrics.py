"""Figures against brute force."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from clustering.learning.metrics import PrecisionRecall, bcubed, evaluate, pairwise
from tests.support.story_factory import deterministic

LABELS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=25)


def split(labels: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [gold for gold, _ in labels], [found for _, found in labels]


@deterministic
@given(LABELS)
def test_bcubed_is_the_mean_over_articles(labels: list[tuple[int, int]]) -> None:
    gold, found = split(labels)
    precision, recall = [], []
    for mine in range(len(labels)):
        beside = {at for at, label in enumerate(found) if label == found[mine]}
        should = {at for at, label in enumerate(gold) if label == gold[mine]}
        precision.append(len(beside & should) / len(beside))
        recall.append(len(beside & should) / len(should))
    figures = bcubed(gold, found)
    assert figures.precision == pytest.approx(sum(precision) / len(labels))
    assert figures.recall == pytest.approx(sum(recall) / len(labels))


@deterministic
@given(LABELS)
def test_pairwise_counts_pairs(labels: list[tuple[int, int]]) -> None:
    gold, found = split(labels)
    pairs = list(combinations(range(len(labels)), 2))
    true = {(a, b) for a, b in pairs if gold[a] == gold[b]}
    claimed = {(a, b) for a, b in pairs if found[a] == found[b]}
    figures = pairwise(gold, found)
    assert figures.precision == (len(true & claimed) / len(claimed) if claimed else 1.0)
    assert figures.recall == (len(true & claimed) / len(true) if true else 1.0)


@deterministic
@given(LABELS)
def test_ari_is_scikit_learns_for_labels_of_any_kind(labels: list[tuple[int, int]]) -> None:
    gold, found = split(labels)
    mixed = [f"e{label}" if label % 2 else label for label in gold]
    assert evaluate(mixed, found).ari == pytest.approx(adjusted_rand_score(gold, found))


@deterministic
@given(LABELS)
def test_the_two_sides_mirror_each_other(labels: list[tuple[int, int]]) -> None:
    gold, found = split(labels)
    here, there = evaluate(gold, found), evaluate(found, gold)
    for one, other in ((here.bcubed, there.bcubed), (here.pairwise, there.pairwise)):
        assert (one.precision, one.recall) == (other.recall, other.precision)
        assert one.f1 == pytest.approx(other.f1)
    assert here.ari == pytest.approx(there.ari)


@deterministic
@given(LABELS)
def test_only_the_truth_is_perfect(labels: list[tuple[int, int]]) -> None:
    gold, found = split(labels)
    perfect = evaluate(gold, [10 - label for label in gold])
    assert (perfect.bcubed.f1, perfect.pairwise.f1, perfect.ari) == (1.0, 1.0, 1.0)
    assume(len(set(labels)) > min(len(set(gold)), len(set(found))))
    assert evaluate(gold, found).bcubed.f1 < 1


def test_the_example_of_bagga_and_baldwin() -> None:
    """1-5 | 6 7 | 8-12, where 6-12 were found as one."""
    gold = [1] * 5 + [2] * 2 + [3] * 5
    found = [1] * 5 + [2] * 7
    figures = bcubed(gold, found)
    assert figures.precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert figures.recall == 1.0


def test_f1_is_the_harmonic_mean() -> None:
    assert PrecisionRecall(0.5, 1.0).f1 == pytest.approx(2 / 3)
    assert PrecisionRecall(0.0, 0.0).f1 == 0.0


@pytest.mark.parametrize("measure", [bcubed, pairwise, evaluate])
@pytest.mark.parametrize(
    ("gold", "found", "says"), [([1, 2], [1], "2 true labels but 1"), ([], [], "no label")]
)
def test_what_cannot_be_compared_is_refused(measure, gold, found, says) -> None:
    with pytest.raises(ValueError, match=says):
        measure(gold, found)
