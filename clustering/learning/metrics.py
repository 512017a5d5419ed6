"""Agreement of a clustering with the labels: B-cubed, pairwise, adjusted Rand index.

Pair counts and the Rand index are scikit-learn's. B-cubed is computed here because scikit-learn
does not have it.

References
----------
Bagga, A. and Baldwin, B. (1998). Entity-based cross-document coreferencing using the vector space
model.
Amigó, E. et al. (2009). A comparison of extrinsic clustering evaluation metrics based on formal
constraints.
Hubert, L. and Arabie, P. (1985). Comparing partitions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision and recall of a clustering.

    Attributes
    ----------
    precision, recall : float
        In [0, 1].
    """

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All metrics of one clustering.

    Attributes
    ----------
    bcubed : PrecisionRecall
        Mean over articles: compares the found cluster of each article with its true one.
    pairwise : PrecisionRecall
        Over all pairs of articles in one cluster: large clusters weigh most.
    ari : float
        Adjusted Rand index: 1 for equal clusterings, about 0 for a random one.
    """

    bcubed: PrecisionRecall
    pairwise: PrecisionRecall
    ari: float


def evaluate(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> Evaluation:
    """Compare two clusterings by all metrics.

    Parameters
    ----------
    labels_true, labels_pred : sequence of hashable, shape (n_articles,)
        True and found cluster of each article. Labels need only be comparable for equality.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the two differ in length or are empty.
    """
    from sklearn.metrics import adjusted_rand_score

    by_article, by_pair = bcubed(labels_true, labels_pred), pairwise(labels_true, labels_pred)
    ari = adjusted_rand_score(_encode_labels(labels_true), _encode_labels(labels_pred))
    return Evaluation(by_article, by_pair, float(ari))


def bcubed(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> PrecisionRecall:
    """Compute B-cubed precision and recall.

    Parameters
    ----------
    labels_true, labels_pred : sequence of hashable, shape (n_articles,)
        See `evaluate`.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError
        If the two differ in length or are empty.
    """
    _check_labels(labels_true, labels_pred)
    cells = Counter(zip(labels_true, labels_pred, strict=True))
    true_sizes, predicted_sizes = Counter(labels_true), Counter(labels_pred)
    precision = sum(n * n / predicted_sizes[label] for (_, label), n in cells.items())
    recall = sum(n * n / true_sizes[label] for (label, _), n in cells.items())
    return PrecisionRecall(precision / len(labels_true), recall / len(labels_true))


def f1_of_pairs(same_true: Sequence[bool], same_found: Sequence[bool]) -> float:
    """Compute the F1 of pairs that belong together.

    Parameters
    ----------
    same_true, same_found : sequence of bool, shape (n_pairs,)
        Whether each pair belongs together, and whether it was found to.

    Returns
    -------
    float
        0 if no pair that belongs together was found.
    """
    from sklearn.metrics import f1_score

    return float(f1_score(same_true, same_found, zero_division=0.0))


def pairwise(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> PrecisionRecall:
    """Compute precision and recall of the pairs that share a cluster.

    Precision is 1 if no pair was found, and recall is 1 if there is no true pair.

    Parameters
    ----------
    labels_true, labels_pred : sequence of hashable, shape (n_articles,)
        See `evaluate`.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError
        If the two differ in length or are empty.
    """
    from sklearn.metrics.cluster import pair_confusion_matrix

    _check_labels(labels_true, labels_pred)
    # scikit-learn counts each pair twice, which cancels out in both quotients.
    (_, wrong), (missed, right) = pair_confusion_matrix(
        _encode_labels(labels_true), _encode_labels(labels_pred)
    ).tolist()
    n_found, n_true = right + wrong, right + missed
    return PrecisionRecall(right / n_found if n_found else 1.0, right / n_true if n_true else 1.0)


def _check_labels(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> None:
    if len(labels_true) != len(labels_pred):
        raise ValueError(f"{len(labels_true)} true labels but {len(labels_pred)} found ones")
    if not len(labels_true):
        raise ValueError("there is no label to compare")


def _encode_labels(labels: Sequence[Hashable]) -> list[int]:
    """Number labels by first appearance, since scikit-learn only takes labels that it can sort."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]
