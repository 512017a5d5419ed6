"""How likely each two of some articles report the same event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.features.language import language_code
from clustering.features.terms import Terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import SimilarityModel
from clustering.similarity.tfidf import VectorBatch, vectorise
from clustering.types import Features


def pairwise_probabilities(
    features: Sequence[Features], idf_snapshot: IdfSnapshot, similarity: SimilarityModel
) -> NDArray[np.float64]:
    """Compare articles, each with each.

    Parameters
    ----------
    features : sequence of Features
        At least one.
    idf_snapshot : IdfSnapshot
    similarity : SimilarityModel

    Returns
    -------
    ndarray of float64, shape (n_articles, n_articles)
        Symmetric; 1 on the diagonal, and 0 where two languages make a pair incomparable.
    """
    vectors = [
        vectorise(Terms.from_bytes(it.terms), idf_snapshot, it.published, it.words)
        for it in features
    ]
    pile = VectorBatch.from_vectors(vectors)
    matrix = np.stack([similarity.probabilities(vector, pile) for vector in vectors])
    codes = np.array([language_code(it.language) for it in features])
    comparable = (codes[:, None] == codes) | (codes[:, None] == 0) | (codes == 0)
    matrix = np.where(comparable, (matrix + matrix.T) / 2, 0.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix
