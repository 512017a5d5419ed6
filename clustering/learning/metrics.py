"""How well a clustering agrees with the truth: B-cubed, pairwise, adjusted Rand index.

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
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """How much of what was found is right, and how much of what is right was found.

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
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one clustering.

    Attributes
    ----------
    bcubed : PrecisionRecall
        Averaged over articles: who is in an article's cluster, and who should be.
    pairwise : PrecisionRecall
        Over all pairs of articles in one cluster: large clusters weigh most.
    ari : float
        Adjusted Rand index: 1 for equal clusterings, about 0 for chance.
    """

    bcubed: PrecisionRecall
    pairwise: PrecisionRecall
    ari: float


def evaluate(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> Evaluation:
    """Compare two clusterings by all measures.

    Parameters
    ----------
    labels_true, labels_pred : sequence of hashable
        The true and the found cluster of each article; only which ones are equal matters.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the two differ in length or are empty.
    """
    from sklearn.metrics import adjusted_rand_score

    of_articles, of_pairs = bcubed(labels_true, labels_pred), pairwise(labels_true, labels_pred)
    ari = adjusted_rand_score(_encode_labels(labels_true), _encode_labels(labels_pred))
    return Evaluation(of_articles, of_pairs, float(ari))


def bcubed(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> PrecisionRecall:
    """B-cubed precision and recall.

    Parameters
    ----------
    labels_true, labels_pred : sequence of hashable
        See `evaluate`.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError
        If the two differ in length or are empty.
    """
    cells, rows, columns = _contingency_table(labels_true, labels_pred)
    precision = sum(n * n / columns[column] for (_, column), n in cells.items())
    recall = sum(n * n / rows[row] for (row, _), n in cells.items())
    return PrecisionRecall(precision / len(labels_true), recall / len(labels_true))


def pairwise(labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]) -> PrecisionRecall:
    """Precision and recall of the pairs that share a cluster.

    Where no pair was found nothing is wrong (precision 1); where there is none, nothing was
    missed (recall 1).

    Parameters
    ----------
    labels_true, labels_pred : sequence of hashable
        See `evaluate`.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError
        If the two differ in length or are empty.
    """
    cells, rows, columns = _contingency_table(labels_true, labels_pred)
    right = _count_pairs(cells.values())
    claimed, true = _count_pairs(columns.values()), _count_pairs(rows.values())
    return PrecisionRecall(right / claimed if claimed else 1.0, right / true if true else 1.0)


def _contingency_table(
    labels_true: Sequence[Hashable], labels_pred: Sequence[Hashable]
) -> tuple[Counter[tuple[Hashable, Hashable]], Counter[Hashable], Counter[Hashable]]:
    """Count the articles of each pair of clusters, each true one and each found one."""
    if len(labels_true) != len(labels_pred):
        raise ValueError(f"{len(labels_true)} true labels but {len(labels_pred)} found ones")
    if not len(labels_true):
        raise ValueError("there is no label to compare")
    return (
        Counter(zip(labels_true, labels_pred, strict=True)),
        Counter(labels_true),
        Counter(labels_pred),
    )


def _count_pairs(sizes: Iterable[int]) -> int:
    return sum(comb(size, 2) for size in sizes)


def _encode_labels(labels: Sequence[Hashable]) -> list[int]:
    """Number labels by first appearance: scikit-learn takes only what can be sorted."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]
