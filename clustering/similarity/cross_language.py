"""The probability that two articles in different languages report the same event.

It comes from a logistic regression over what the two share of their cross-language keys, how far
apart they were published and, if both have one, the cosine of their sentence vectors. There are two
regressions: for pairs with sentence vectors and for pairs without.

References
----------
Pouliquen, B., Steinberger, R. and Deguernel, O. (2008). Story tracking: linking similar news over
time and across languages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.cross_language import (
    Keys,
    are_numbers,
    extract_keys,
    hashes,
    weights,
)
from clustering.features.terms import Terms
from clustering.similarity.logistic import sigmoid
from clustering.similarity.packaged_weights import read_weights
from clustering.types import SECONDS_PER_DAY, Features

FEATURES: Final = (
    "weighted_keys_cosine",
    "keys_cosine",
    "numbers_cosine",
    "days_beyond_three",
    "sentence_cosine",
)
"""Names of the features of a pair, in the order of the columns."""
MAX_NEAR_DAYS: Final = 3.0
"""Days between two reports up to which the distance in time says nothing."""

FeatureMatrix = NDArray[np.float64]


@dataclass(frozen=True)
class CrossLanguageModel:
    """The trained regressions.

    Attributes
    ----------
    with_keys, with_vectors : dict of str to float
        Weights by name of the feature, and the "intercept"; for pairs without and with sentence
        vectors.
    """

    with_keys: Mapping[str, float]
    with_vectors: Mapping[str, float]

    def probabilities(self, features: FeatureMatrix) -> NDArray[np.float64]:
        """Return the probability of "same event" for some pairs.

        Parameters
        ----------
        features : ndarray of float64, shape (n_pairs, n_features)
            Columns as in `FEATURES`. The sentence cosine is NaN for pairs without vectors.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        has_vectors = ~np.isnan(features[:, -1])
        by_keys = _logits(np.nan_to_num(features), self.with_keys)
        by_vectors = _logits(np.nan_to_num(features), self.with_vectors)
        return sigmoid(np.where(has_vectors, by_vectors, by_keys))

    def regression(self, features: FeatureMatrix) -> Mapping[str, float]:
        """Return the regression that applies to one pair, features of shape (n_features,)."""
        return self.with_keys if np.isnan(features[-1]) else self.with_vectors

    def to_json(self) -> str:
        """Return the model as a small readable JSON document."""
        regressions = {"with_keys": self.with_keys, "with_vectors": self.with_vectors}
        rounded = {
            name: {feature: round(weight, 4) for feature, weight in fitted.items()}
            for name, fitted in regressions.items()
        }
        return json.dumps(rounded, indent=1) + "\n"

    @classmethod
    def from_json(cls, document: str) -> CrossLanguageModel:
        """Read a document that `to_json` wrote.

        Raises
        ------
        ValueError
            If it names a feature that is not one of `FEATURES`.
        """
        regressions: dict[str, dict[str, float]] = json.loads(document)
        unknown = {name for fitted in regressions.values() for name in fitted} - {
            *FEATURES,
            "intercept",
        }
        if unknown:
            raise ValueError(f"the model names unknown features: {', '.join(sorted(unknown))}")
        return cls(regressions["with_keys"], regressions["with_vectors"])


def compute_features(
    keys: Keys,
    other_keys: Keys,
    seconds_apart: NDArray[np.float64],
    cosines: NDArray[np.float64],
) -> FeatureMatrix:
    """Compute the features of the pairs of one article with each of the others.

    Parameters
    ----------
    keys : ndarray of uint32, shape (n_keys,)
        As `extract_keys` returns them, followed by any number of zeros.
    other_keys : ndarray of uint32, shape (n_others, n_keys)
        The same of the other articles, one row each.
    seconds_apart : ndarray of float64, shape (n_others,)
        Time between the publications; NaN if it is not known.
    cosines : ndarray of float64, shape (n_others,)
        Of the sentence vectors; NaN if one of the two has none.

    Returns
    -------
    ndarray of float64, shape (n_others, n_features)
        Columns as in `FEATURES`. Exchanging the two articles of a pair changes nothing.
    """
    shared = (hashes(other_keys)[:, :, None] == hashes(keys)) & (keys > 0)
    number, other_number = are_numbers(keys), are_numbers(other_keys)
    word, other_word = (keys > 0) & ~number, (other_keys > 0) & ~other_number
    products = weights(other_keys)[:, :, None] * weights(keys) * (shared & word)
    squared_norms = (weights(other_keys) ** 2).sum(axis=1) * (weights(keys) ** 2).sum()
    features = np.empty((len(other_keys), len(FEATURES)))
    features[:, 0] = _ratio(products.sum(axis=(1, 2)), squared_norms)
    features[:, 1] = _overlap(shared & word, word, other_word)
    features[:, 2] = _overlap(shared & number, number, other_number)
    days = np.abs(np.nan_to_num(seconds_apart)) / SECONDS_PER_DAY
    features[:, 3] = np.maximum(days - MAX_NEAR_DAYS, 0)
    features[:, 4] = cosines
    return features


def compare_articles(first: Features, second: Features) -> FeatureMatrix:
    """Compute the features of one pair of articles.

    Parameters
    ----------
    first, second : Features

    Returns
    -------
    ndarray of float64, shape (1, n_features)
        Columns as in `FEATURES`.
    """
    keys, other_keys = (
        extract_keys(Terms.from_bytes(article.terms)) for article in (first, second)
    )
    are_dated = first.published is not None and second.published is not None
    seconds = (first.published or 0.0) - (second.published or 0.0) if are_dated else np.nan
    return compute_features(keys, other_keys[None, :], np.array([seconds]), np.array([np.nan]))


def _overlap(
    shared: NDArray[np.bool_], mask: NDArray[np.bool_], other_mask: NDArray[np.bool_]
) -> FeatureMatrix:
    """Return the cosine of two sets: shared members over the geometric mean of the sizes."""
    squared_sizes = mask.sum() * other_mask.sum(axis=1)
    return _ratio(shared.sum(axis=(1, 2)).astype(np.float64), squared_sizes.astype(np.float64))


def _ratio(numerator: FeatureMatrix, squared_denominator: FeatureMatrix) -> FeatureMatrix:
    ratio: FeatureMatrix = numerator / np.sqrt(np.maximum(squared_denominator, 1.0))
    return ratio


def _logits(features: FeatureMatrix, fitted: Mapping[str, float]) -> FeatureMatrix:
    coefficients = np.array([fitted.get(name, 0.0) for name in FEATURES])
    logits: FeatureMatrix = np.clip(features @ coefficients + fitted["intercept"], -50, 50)
    return logits


@cache
def default_cross_language_model() -> CrossLanguageModel:
    """Return the trained model that ships with the library."""
    return CrossLanguageModel.from_json(read_weights("cross_language_weights.json"))
