"""The NumPy kernels of the live path compute what scikit-learn computes.

docs/how-it-works.md states this. That signatures equal datasketch's is tested in
tests/clustering/features/test_minhash.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import cosine_similarity

from clustering.events.linkage import average_linkage
from clustering.features.terms import BIGRAM, extract_terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import PAIR_KINDS, default_similarity
from clustering.similarity.pair_features import FEATURES, compute_pair_features
from clustering.similarity.tfidf import Vector, vectorise
from tests.support.story_factory import StoryFactory


@pytest.fixture(scope="module")
def vectors() -> list[Vector]:
    texts = [StoryFactory(seed % 5).text(12 + seed) for seed in range(10)]
    return [vectorise(extract_terms("", text, "en"), IdfSnapshot(), 0.0, 200) for text in texts]


def word_counts(vectors: list[Vector]) -> tuple[csr_array, np.ndarray]:
    """Counts of single words, a row for each article, and the IDF of each word."""
    idf_of: dict[int, float] = {}
    entries = []
    for row, vector in enumerate(vectors):
        words = vector.field_flags & BIGRAM == 0
        idf_of.update(zip(vector.term_ids[words].tolist(), vector.idf[words].tolist(), strict=True))
        counts = zip(vector.term_ids[words].tolist(), vector.counts[words].tolist(), strict=True)
        entries += [(row, term_id, count) for term_id, count in counts]
    column_of = {term_id: column for column, term_id in enumerate(idf_of)}
    rows, term_ids, counts = zip(*entries, strict=True)
    columns = [column_of[term_id] for term_id in term_ids]
    shape = len(vectors), len(idf_of)
    return csr_array((counts, (rows, columns)), shape=shape, dtype=float), np.array(
        [*idf_of.values()]
    )


def test_tfidf_cosines_equal_those_of_tfidf_transformer(vectors):
    counts, idf = word_counts(vectors)
    transformer = TfidfTransformer(sublinear_tf=True).fit(counts)
    transformer.idf_ = idf
    expected = cosine_similarity(transformer.transform(counts))
    column = FEATURES.index("words_similarity")  # the root of the cosine
    roots = [compute_pair_features(vector, vectors)[:, column] for vector in vectors]
    np.testing.assert_allclose(np.square(roots), expected, atol=1e-6)


def test_pair_probabilities_equal_predict_proba(vectors):
    model = default_similarity()
    features = compute_pair_features(vectors[0], vectors)
    for index, kind in enumerate(PAIR_KINDS):
        regression = LogisticRegression()
        regression.classes_ = np.array([0, 1])
        regression.coef_ = model.weights[kind][np.newaxis]
        regression.intercept_ = np.array([model.intercepts[kind]])
        probabilities = model.predict_features(features, np.full(len(features), index))
        expected = regression.predict_proba(features)[:, 1]
        np.testing.assert_allclose(probabilities, expected, atol=1e-12)


@pytest.mark.parametrize("n_groups", [2, 3, 10, 40])
def test_average_linkage_equals_agglomerative_clustering(n_groups):
    noise = np.random.default_rng(n_groups).random((n_groups, n_groups))
    probabilities = (noise + noise.T) / 2
    np.fill_diagonal(probabilities, 1.0)
    expected = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - 0.42
    ).fit_predict(1 - probabilities)
    assert adjusted_rand_score(expected, average_linkage(probabilities, 0.42)) == 1.0
