"""Features of a pair of articles, from which the probability of "same event" is computed.

A share or a cosine enters as its square root: pairs of one event and of two differ most among the
small values, and the root of a cosine has its best threshold at nearly the same place in every
corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from itertools import accumulate, chain
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import BIGRAM
from clustering.kernels.library import addresses, load_kernels
from clustering.similarity.shared_terms import PARTS, SharedTerms, match_terms, part_sizes
from clustering.similarity.structures import article_structure, batch_structure
from clustering.similarity.tfidf import FIELDS, SUBLINEAR_TF, Vector, VectorBatch
from clustering.types import SECONDS_PER_DAY

FeatureMatrix = NDArray[np.float64]

_FOUND_FEATURES: Final = (
    "title_found_more",
    "title_found_less",
    "lead_found_more",
    "lead_found_less",
    "ten_key_words_found_less",
    "twenty_key_words_found_more",
)
TIME_FEATURES: Final = (
    "dated",
    "log_hours",
    "within_36_hours",
    "within_3_days",
    "within_7_days",
    "near_by_4_days",
    "near_by_60_days",
)
_NEAR_FIELDS: Final = ("words", "title", "lead", "rare")
"""Fields of which the similarity is also multiplied by "near_by_4_days"."""
NEAR_FEATURES: Final = tuple(f"{field}_similarity_if_near" for field in _NEAR_FIELDS)
_FEATURE_GROUPS: Final = {
    "similarities": tuple(f"{field}_similarity" for field in FIELDS),
    "found": _FOUND_FEATURES,
    "missing": ("title_missing", "names_missing", "numbers_missing"),
    "rarest": ("rarest_shared", "five_rarest_shared", "next_ten_shared"),
    "lengths": ("titles", "shorter_text", "longer_text"),
    "times": TIME_FEATURES,
    "near": NEAR_FEATURES,
}

FEATURES: Final = tuple(chain.from_iterable(_FEATURE_GROUPS.values()))
"""Names of the features of a pair, in the order of the columns."""

_COLUMNS: Final = {
    group: slice(end - len(names), end)
    for (group, names), end in zip(
        _FEATURE_GROUPS.items(), accumulate(map(len, _FEATURE_GROUPS.values())), strict=True
    )
}
"""The columns of each group of features."""

MIN_DISTINCTIVE_IDF: Final = 0.3
"""Terms of a lower idf occur in so many articles that sharing them means nothing."""

_SECONDS_PER_HOUR: Final = 3600.0
_TIME_WINDOWS_DAYS: Final = np.array([1.5, 3.0, 7.0])
_DECAY_DAYS: Final = np.array([4.0, 60.0])
"""Days in which "near_by_4_days" and "near_by_60_days" decay by e."""
_NEAR_COLUMN: Final = TIME_FEATURES.index("near_by_4_days")
_NEAR_SIMILARITIES: Final = [FIELDS.index(field) for field in _NEAR_FIELDS]
_TITLE, _NAMES, _RARE = (FIELDS.index(field) for field in ("title", "names", "rare"))


def compute_pair_features(article: Vector, others: Sequence[Vector] | VectorBatch) -> FeatureMatrix:
    """Compute the features of the pairs of one article with each of the others.

    Parameters
    ----------
    article : Vector
    others : sequence of Vector, or VectorBatch

    Returns
    -------
    ndarray of float64, shape (n_others, n_features)
        Columns as in `FEATURES`. Exchanging the two articles of a pair changes nothing.
    """
    batch = others if isinstance(others, VectorBatch) else VectorBatch.from_vectors(others)
    kernels = load_kernels()
    if kernels is None:
        return compute_pair_features_by_numpy(article, batch)
    features = np.empty((len(batch), len(FEATURES)))
    structures = byref(article_structure(article)), byref(batch_structure(batch))
    tables = addresses(SUBLINEAR_TF, features)
    kernels.compute_pair_features(*structures, *tables, len(FEATURES))
    return features


def compute_pair_features_by_numpy(article: Vector, batch: VectorBatch) -> FeatureMatrix:
    """Compute what `compute_pair_features` returns: the reference of the kernel."""
    shared = match_terms(article, batch)
    similarities = _similarities(article, batch, shared)
    times = _time_features(article, batch)
    features = np.empty((len(batch), len(FEATURES)))
    features[:, _COLUMNS["similarities"]] = similarities
    features[:, _COLUMNS["found"]], features[:, _COLUMNS["missing"]] = _parts_found(
        article, batch, shared
    )
    features[:, _COLUMNS["rarest"]] = shared.sum_rarest()
    features[:, _COLUMNS["lengths"]] = _length_features(article, batch)
    features[:, _COLUMNS["times"]] = times
    features[:, _COLUMNS["near"]] = similarities[:, _NEAR_SIMILARITIES] * times[:, [_NEAR_COLUMN]]
    return features


def find_shared_terms(first: Vector, second: Vector, max_terms: int) -> NDArray[np.int64]:
    """Find the single words that two articles share, the heaviest first.

    Parameters
    ----------
    first, second : Vector
    max_terms : int

    Returns
    -------
    ndarray of int64, shape (n_terms,)
        Positions in the terms of `first`; at most `max_terms`, above `MIN_DISTINCTIVE_IDF`.
    """
    shared = match_terms(first, VectorBatch.from_vectors([second]))
    distinctive = ((shared.common_flags & BIGRAM) == 0) & (shared.idf > MIN_DISTINCTIVE_IDF)
    positions = shared.indices[distinctive]
    order = np.argsort(-first.weights[positions], kind="stable")
    heaviest: NDArray[np.int64] = positions[order][:max_terms]
    return heaviest


def _similarities(article: Vector, batch: VectorBatch, shared: SharedTerms) -> FeatureMatrix:
    """Return the root of the cosine in each field.

    A script without capitals shows no names: rare words stand for them if an article has none.
    """
    norms = (batch.norms * article.norms).astype(np.float64)
    similarities = np.sqrt(_ratio(shared.sum_products(), norms))
    without_names = norms[:, _NAMES] == 0
    similarities[without_names, _NAMES] = similarities[without_names, _RARE]
    return similarities


def _parts_found(
    article: Vector, batch: VectorBatch, shared: SharedTerms
) -> tuple[FeatureMatrix, FeatureMatrix]:
    """Return the columns "found" and "missing": what either article has of the other's parts."""
    norms = np.concatenate([article.norms[None], batch.norms])
    key_words = np.concatenate([article.key_words[None], batch.key_words])
    found, sizes = shared.sum_found(key_words[:, :, 0]), part_sizes(norms, key_words)
    wholes = np.stack([np.broadcast_to(sizes[0], found[0].shape), sizes[1:]])
    shares = np.sqrt(np.minimum(_ratio(found, wholes), 1))
    more, less = shares.max(axis=0), shares.min(axis=0)
    missing = np.maximum(wholes - found, 0)
    title, lead, numbers, names, ten, twenty = range(len(PARTS))
    found_columns = (
        *(more[:, title], less[:, title], more[:, lead], less[:, lead]),
        *(less[:, ten], more[:, twenty]),
    )
    missing_columns = (
        missing[:, :, title].min(axis=0),
        missing[:, :, names].max(axis=0),
        missing[:, :, numbers].min(axis=0),
    )
    return np.stack(found_columns, axis=1), np.stack(missing_columns, axis=1)


def _length_features(article: Vector, batch: VectorBatch) -> FeatureMatrix:
    """Return how many of the two have a title, and the logarithms of the words of their texts."""
    lengths = np.log1p(np.stack([np.full(len(batch), article.words), batch.words]))
    titles = (batch.norms[:, _TITLE] > 0) + float(article.norms[_TITLE] > 0)
    return np.stack([titles, lengths.min(axis=0), lengths.max(axis=0)], axis=1)


def _ratio(numerator: FeatureMatrix, denominator: FeatureMatrix) -> FeatureMatrix:
    """Divide; 0 where the denominator is 0."""
    ratio: FeatureMatrix = np.divide(
        numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0
    )
    return ratio


def _time_features(article: Vector, batch: VectorBatch) -> FeatureMatrix:
    """Return the columns of `TIME_FEATURES`."""
    seconds = np.abs(batch.published - (nan if article.published is None else article.published))
    is_known = ~np.isnan(seconds)
    days = np.where(is_known, seconds, inf) / SECONDS_PER_DAY
    times = np.empty((len(batch), len(TIME_FEATURES)))
    times[:, 0] = is_known
    times[:, 1] = np.log1p(np.where(is_known, seconds, 0) / _SECONDS_PER_HOUR)
    times[:, 2:5] = days[:, None] < _TIME_WINDOWS_DAYS
    times[:, 5:] = np.exp(-days[:, None] / _DECAY_DAYS)
    return times
