"""Clustering metrics against brute force."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from clustering.learning.metrics import PrecisionRecall, bcubed, evaluate, pairwise
from tests.support.story_factory import deterministic

LABELS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=25)


def unzip(labels: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [true for true, _ in labels], [pred for _, pred in labels]


@deterministic
@given(LABELS)
def test_bcubed_is_the_mean_over_articles(labels: list[tuple[int, int]]) -> None:
    true_labels, found_labels = unzip(labels)
    precision, recall = [], []
    for article in range(len(labels)):
        found_cluster = {
            i for i, label in enumerate(found_labels) if label == found_labels[article]
        }
        true_cluster = {i for i, label in enumerate(true_labels) if label == true_labels[article]}
        n_right = len(found_cluster & true_cluster)
        precision.append(n_right / len(found_cluster))
        recall.append(n_right / len(true_cluster))
    metrics = bcubed(true_labels, found_labels)
    assert metrics.precision == pytest.approx(sum(precision) / len(labels))
    assert metrics.recall == pytest.approx(sum(recall) / len(labels))


@deterministic
@given(LABELS)
def test_pairwise_counts_pairs(labels: list[tuple[int, int]]) -> None:
    true_labels, found_labels = unzip(labels)
    pairs = list(combinations(range(len(labels)), 2))
    true_pairs = {(a, b) for a, b in pairs if true_labels[a] == true_labels[b]}
    found_pairs = {(a, b) for a, b in pairs if found_labels[a] == found_labels[b]}
    n_right = len(true_pairs & found_pairs)
    metrics = pairwise(true_labels, found_labels)
    assert metrics.precision == (n_right / len(found_pairs) if found_pairs else 1.0)
    assert metrics.recall == (n_right / len(true_pairs) if true_pairs else 1.0)


@deterministic
@given(LABELS)
def test_ari_equals_scikit_learns_for_labels_of_any_type(labels: list[tuple[int, int]]) -> None:
    true_labels, found_labels = unzip(labels)
    mixed = [f"e{label}" if label % 2 else label for label in true_labels]
    assert evaluate(mixed, found_labels).ari == pytest.approx(
        adjusted_rand_score(true_labels, found_labels)
    )


@deterministic
@given(LABELS)
def test_swapping_labels_swaps_precision_and_recall(labels: list[tuple[int, int]]) -> None:
    true_labels, found_labels = unzip(labels)
    metrics, swapped = evaluate(true_labels, found_labels), evaluate(found_labels, true_labels)
    for pair in ((metrics.bcubed, swapped.bcubed), (metrics.pairwise, swapped.pairwise)):
        metric, mirrored = pair
        assert (metric.precision, metric.recall) == (mirrored.recall, mirrored.precision)
        assert metric.f1 == pytest.approx(mirrored.f1)
    assert metrics.ari == pytest.approx(swapped.ari)


@deterministic
@given(LABELS)
def test_only_the_true_clustering_is_perfect(labels: list[tuple[int, int]]) -> None:
    true_labels, found_labels = unzip(labels)
    perfect = evaluate(true_labels, [10 - label for label in true_labels])
    assert (perfect.bcubed.f1, perfect.pairwise.f1, perfect.ari) == (1.0, 1.0, 1.0)
    assume(len(set(labels)) > min(len(set(true_labels)), len(set(found_labels))))
    assert evaluate(true_labels, found_labels).bcubed.f1 < 1


def test_the_example_of_bagga_and_baldwin() -> None:
    """True clusters 1-5, 6-7 and 8-12; 6-12 were found as one."""
    true_labels = [1] * 5 + [2] * 2 + [3] * 5
    found_labels = [1] * 5 + [2] * 7
    metrics = bcubed(true_labels, found_labels)
    assert metrics.precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert metrics.recall == 1.0


def test_f1_is_the_harmonic_mean() -> None:
    assert PrecisionRecall(0.5, 1.0).f1 == pytest.approx(2 / 3)
    assert PrecisionRecall(0.0, 0.0).f1 == 0.0


@pytest.mark.parametrize("measure", [bcubed, pairwise, evaluate])
@pytest.mark.parametrize(
    ("true_labels", "found_labels", "message"),
    [([1, 2], [1], "2 true labels but 1"), ([], [], "no label")],
)
def test_labels_that_cannot_be_compared_are_refused(
    measure, true_labels, found_labels, message
) -> None:
    with pytest.raises(ValueError, match=message):
        measure(true_labels, found_labels)
