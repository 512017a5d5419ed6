"""Probability matrix: the same-event probability of each pair of some articles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.features.language import are_comparable, language_code
from clustering.similarity.cross_language import CrossLanguageModel, compare_articles
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import SimilarityModel
from clustering.similarity.tfidf import VectorBatch, vectorise_features
from clustering.types import Features


def pairwise_probabilities(
    features: Sequence[Features],
    idf_snapshot: IdfSnapshot,
    similarity: SimilarityModel,
    cross_language: CrossLanguageModel | None = None,
) -> NDArray[np.float64]:
    """Compare every article with every other one.

    Parameters
    ----------
    features : sequence of Features
        At least one.
    idf_snapshot : IdfSnapshot
    similarity : SimilarityModel
    cross_language : CrossLanguageModel, optional
        For articles in two different languages; without it, their probability is 0.

    Returns
    -------
    ndarray of float64, shape (n_articles, n_articles)
        Symmetric; 1 on the diagonal.
    """
    vectors = [vectorise_features(article, idf_snapshot) for article in features]
    batch = VectorBatch.from_vectors(vectors)
    matrix = np.stack([similarity.probabilities(vector, batch) for vector in vectors])
    codes = np.array([language_code(article.language) for article in features])
    comparable = are_comparable(codes[:, None], codes)
    matrix = np.where(comparable, (matrix + matrix.T) / 2, 0.0)
    np.fill_diagonal(matrix, 1.0)
    if cross_language is not None:
        for first, second in np.argwhere(np.triu(~comparable)).tolist():
            pair = compare_articles(features[first], features[second])
            matrix[first, second] = matrix[second, first] = cross_language.probabilities(pair)[0]
    return matrix
