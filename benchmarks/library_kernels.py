"""The kernels and functions of the live path beside the library calls that they replace.

Processor time of one process, the median of rounds. Inputs are random, of the sizes that the
service meets: 500 shingles in a text, 25 candidates of an article, 20 groups in a component. That
both sides give the same results is tested, here only their speed and memory are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import process_time

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity

from benchmarks.index_memory import resident_bytes
from benchmarks.output import Row, options, show
from clustering.events.linkage import average_linkage
from clustering.features.minhash import (
    BANDS,
    PERMUTATIONS,
    ROWS_PER_BAND,
    SCHEME,
    SEED,
    compute_signature,
    hash_bands,
)
from clustering.features.terms import extract_terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import default_similarity
from clustering.similarity.pair_features import FEATURES, compute_pair_features
from clustering.similarity.tfidf import VectorBatch, vectorise
from clustering.state.inverted_index import InvertedIndex

SHINGLES = 500
CANDIDATES = 25
WORDS = 300
VOCABULARY = 5_000
GROUPS = 20
SIGNATURES = 50_000
THRESHOLD = 0.42
ROUNDS, CALLS = 5, 100


def microseconds(call: Callable[[], object]) -> float:
    """Median time of one call over the rounds."""
    call()
    return median(_time(call) for _ in range(ROUNDS))


def _time(call: Callable[[], object]) -> float:
    started = process_time()
    for _ in range(CALLS):
        call()
    return (process_time() - started) / CALLS * 1e6


def _minhash(hashes: list[int]) -> MinHash:
    minhash = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME, hashfunc=lambda value: value)
    minhash.update_batch(hashes)
    return minhash


def signatures(random: np.random.Generator) -> Row:
    """One MinHash signature of shingle hashes."""
    hashes = random.integers(1 << 32, size=SHINGLES, dtype=np.uint32)
    kernel = microseconds(partial(compute_signature, hashes))
    return _row(
        "signature of 500 hashes, µs", kernel, microseconds(partial(_minhash, hashes.tolist()))
    )


def bands(random: np.random.Generator) -> Row:
    """Memory of the LSH bands of one article."""
    random_hashes = random.integers(1 << 32, size=(SIGNATURES, PERMUTATIONS), dtype=np.uint32)
    before = resident_bytes()
    index = InvertedIndex()
    for slot, signature in enumerate(random_hashes):
        index.add(hash_bands(signature), slot)
    kernel, before = resident_bytes() - before, resident_bytes()
    lsh = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS_PER_BAND))
    for slot, signature in enumerate(random_hashes):
        lsh.insert(
            slot,
            MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME, hashvalues=signature),
        )
    return _row(
        "LSH bands, bytes an article", kernel / SIGNATURES, (resident_bytes() - before) / SIGNATURES
    )


def pair_features(random: np.random.Generator) -> Row:
    """All features of an article's pairs beside one of the seven cosines among them."""
    texts = [
        " ".join(f"w{n}" for n in random.zipf(1.3, WORDS) % VOCABULARY)
        for _ in range(CANDIDATES + 1)
    ]
    snapshot = IdfSnapshot()
    article, *others = (
        vectorise(extract_terms("", text, "en"), snapshot, 0.0, WORDS) for text in texts
    )
    kernel = microseconds(partial(compute_pair_features, article, VectorBatch.from_vectors(others)))
    counts = csr_array(random.poisson(0.03, (CANDIDATES + 1, VOCABULARY)).astype(np.float64))
    transformer = TfidfTransformer(sublinear_tf=True).fit(counts)
    rows = transformer.transform(counts)

    def one_cosine() -> object:
        return cosine_similarity(transformer.transform(counts[:1]), rows[1:])

    name = f"{len(FEATURES)} features of 25 pairs; one cosine, µs"
    return _row(name, kernel, microseconds(one_cosine))


def probabilities(random: np.random.Generator) -> Row:
    """Probabilities of pairs by logistic regression."""
    model, kinds = default_similarity(), np.zeros(CANDIDATES, dtype=np.int64)
    features = random.random((CANDIDATES, len(FEATURES)))
    regression = LogisticRegression()
    regression.classes_, regression.coef_ = np.array([0, 1]), model.weights["dated"][np.newaxis]
    regression.intercept_ = np.array([model.intercepts["dated"]])
    kernel = microseconds(partial(model.predict_features, features, kinds))
    return _row(
        "25 probabilities, µs", kernel, microseconds(partial(regression.predict_proba, features))
    )


def linkage(random: np.random.Generator) -> Row:
    """Average linkage of one component."""
    noise = random.random((GROUPS, GROUPS))
    matrix: NDArray[np.float64] = (noise + noise.T) / 2
    np.fill_diagonal(matrix, 1.0)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - THRESHOLD
    )
    kernel = microseconds(partial(average_linkage, matrix, THRESHOLD))
    return _row(
        "average linkage of 20 groups, µs",
        kernel,
        microseconds(partial(clustering.fit_predict, 1 - matrix)),
    )


def _row(name: str, kernel: float, library: float) -> Row:
    return {
        "kernel": name,
        "storyfold": round(kernel, 1),
        "library": round(library, 1),
        "ratio": library / kernel,
    }


def measure() -> Iterator[Row]:
    for benchmark in (signatures, bands, pair_features, probabilities, linkage):
        yield benchmark(np.random.default_rng(1))


def main() -> None:
    args = options(__doc__, data=False).parse_args()
    show(measure(), args.json)


if __name__ == "__main__":
    main()
