"""Average-link clusters, with what is to be held together and what is to be kept apart.

References
----------
Sokal, R. R. and Michener, C. D. (1958). Average linkage.
Davidson, I. and Ravi, S. S. (2005). Agglomerative hierarchical clustering with constraints.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD

_CANNOT_LINK_PROBABILITY = -1.0

Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]


def average_linkage(
    probabilities: Probabilities, event_threshold: float = DEFAULT_EVENT_THRESHOLD
) -> Labels:
    """Average-link clusters of a matrix of probabilities.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, n)
        Symmetric.
    event_threshold : float
        Clusters are joined while the mean probability between them is at least this.

    Returns
    -------
    ndarray of int64, shape (n,)
        Cluster numbers, from 1.
    """
    if len(probabilities) < 3:  # most are so small: the line between two alone decides
        apart = np.triu(probabilities < event_threshold, 1).any()
        return np.arange(len(probabilities)) * apart + 1
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    distances = 1 - probabilities
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="average")
    return _cut_tree(tree, 1 - event_threshold)


def _cut_tree(tree: NDArray[np.float64], max_distance: float) -> Labels:
    """The clusters of a tree whose parts are no farther from one another.

    As `scipy.cluster.hierarchy.fcluster` has them, which looks the tree over first: in small
    trees that takes longer than all the rest.
    """
    size = len(tree) + 1
    inside = {at: [at] for at in range(size)}
    for joined, (one, other, distance) in enumerate(tree[:, :3].tolist(), start=size):
        if distance > max_distance:
            break
        inside[joined] = inside.pop(int(one)) + inside.pop(int(other))
    labels = np.empty(size, dtype=np.int64)
    for label, places in enumerate(inside.values(), start=1):
        labels[places] = label
    return labels


def constrained_average_linkage(
    probabilities: Probabilities,
    nodes: Sequence[Sequence[int]],
    cannot_link: NDArray[np.bool_],
    event_threshold: float = DEFAULT_EVENT_THRESHOLD,
) -> Labels:
    """Average-link clusters of nodes, some of which must not meet.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, n)
        Symmetric.
    nodes : sequence of sequence of int
        Positions that are one from the beginning; each is in one node.
    cannot_link : ndarray of bool, shape (n_nodes, n_nodes)
        Symmetric: nodes that are in different clusters, however probable.
    event_threshold : float

    Returns
    -------
    ndarray of int64, shape (n,)
        Cluster numbers, from 1.
    """
    label = np.arange(len(nodes))
    inside = np.zeros((len(nodes), len(probabilities)))
    for at, node in enumerate(nodes):
        inside[at, list(node)] = 1.0
    sums, sizes = inside @ probabilities @ inside.T, inside.sum(axis=1)
    barred = cannot_link | np.eye(len(nodes), dtype=np.bool_)
    means = np.where(barred, _CANNOT_LINK_PROBABILITY, sums / np.outer(sizes, sizes))
    while means.size and means.max() >= event_threshold:
        kept, lost = sorted(int(at) for at in np.unravel_index(means.argmax(), means.shape))
        label[label == lost] = kept
        sums[kept] += sums[lost]
        sums[:, kept] += sums[:, lost]
        sizes[kept] += sizes[lost]
        barred[kept] |= barred[lost]
        barred[:, kept] |= barred[:, lost]
        row = np.where(barred[kept], _CANNOT_LINK_PROBABILITY, sums[kept] / (sizes[kept] * sizes))
        row[means[kept] == _CANNOT_LINK_PROBABILITY] = _CANNOT_LINK_PROBABILITY
        means[kept], means[:, kept] = row, row
        means[lost] = means[:, lost] = _CANNOT_LINK_PROBABILITY
    found: Labels = (inside.T @ (label + 1)).astype(np.int64)
    return found
