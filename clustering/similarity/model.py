"""The probability that two articles report the same event.

It comes from a logistic regression over features that an editor would name. There are three small
regressions, for three kinds of pairs: texts with dates, texts without dates, headlines without
texts.

scikit-learn's `LogisticRegression` fits them (`clustering.learning.train`). The prediction is three
lines of NumPy: it takes 5 µs for 30 pairs, `LogisticRegression.predict_proba` 67 µs, and it is made
once for every article, for pairs of different kinds.

References
----------
Allan, J. (ed.) (2002). Topic detection and tracking.
Miranda, S. et al. (2018). Multilingual clustering of streaming news.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.similarity.base_rate import MIN_WORDS
from clustering.similarity.logistic import sigmoid
from clustering.similarity.packaged_weights import read_weights
from clustering.similarity.pair_features import FEATURES, FeatureMatrix, compute_pair_features
from clustering.similarity.tfidf import Vector, VectorBatch

PairKind = Literal["dated", "undated", "headlines"]
PAIR_KINDS: Final[tuple[PairKind, ...]] = ("dated", "undated", "headlines")
"""The kinds of pairs, one regression each."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """The contribution of one feature to the logit of "same event".

    Attributes
    ----------
    feature : str
        One of `FEATURES`.
    value, weight : float
    """

    feature: str
    value: float
    weight: float

    @property
    def amount(self) -> float:
        """Value times weight."""
        return self.value * self.weight


@dataclass(frozen=True)
class SimilarityModel:
    """The trained regressions: features of pairs to probabilities.

    Attributes
    ----------
    weights : dict of str to ndarray of float64, shape (n_features,)
        For each of `PAIR_KINDS`.
    intercepts : dict of str to float
        For each of `PAIR_KINDS`.
    same_event_shares : dict of str to float
        For each of `PAIR_KINDS`: the share of pairs of one event that it was trained with.
    """

    weights: Mapping[PairKind, FeatureMatrix]
    intercepts: Mapping[PairKind, float]
    same_event_shares: Mapping[PairKind, float]

    def probabilities(
        self, article: Vector, others: Sequence[Vector] | VectorBatch
    ) -> FeatureMatrix:
        """Return the probability that an article reports the same event as each of the others.

        Parameters
        ----------
        article : Vector
        others : sequence of Vector, or VectorBatch

        Returns
        -------
        ndarray of float64, shape (n_others,)
        """
        if not len(others):
            return np.empty(0)
        batch = others if isinstance(others, VectorBatch) else VectorBatch.from_vectors(others)
        logits = self.logits(compute_pair_features(article, batch), pair_kinds(article, batch))
        return sigmoid(logits + base_rate_shifts(article, batch))

    def predict_features(
        self, features: FeatureMatrix, kinds: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the probability of "same event" for pairs whose features are computed already.

        It is that of a stream with the base rate of the training.

        Parameters
        ----------
        features : ndarray of float64, shape (n_pairs, n_features)
        kinds : ndarray of int64, shape (n_pairs,)
            The kind of each pair: a position in `PAIR_KINDS`.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        return sigmoid(self.logits(features, kinds))

    def logits(self, features: FeatureMatrix, kinds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the logits of `predict_features`; parameters as there.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        weights, intercepts = self._stacked_coefficients
        logits: NDArray[np.float64] = (features * weights.take(kinds, axis=0)).sum(axis=1)
        return logits + intercepts.take(kinds)

    def mean_same_event_share(self, kinds: NDArray[np.int64]) -> float:
        """Return the share of pairs of one event in training, for pairs of these kinds."""
        shares = np.array([self.same_event_shares[kind] for kind in PAIR_KINDS])
        return float(shares[kinds].mean())

    @cached_property
    def _stacked_coefficients(self) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Weights and intercepts, one row for each of `PAIR_KINDS`."""
        weights = np.stack([self.weights[kind] for kind in PAIR_KINDS])
        return weights, np.array([self.intercepts[kind] for kind in PAIR_KINDS])

    def contributions(self, first: Vector, second: Vector) -> list[Contribution]:
        """Return the contribution of each feature with a weight, the largest amount first.

        Parameters
        ----------
        first, second : Vector

        Returns
        -------
        list of Contribution
            Their amounts, the intercept of the regression and the shift by the base rate add up to
            the logit.
        """
        values = compute_pair_features(first, [second])[0].tolist()
        weights = self.weights[pair_kind(first, second)].tolist()
        contributions = map(Contribution, FEATURES, values, weights)
        return sorted(
            (contribution for contribution in contributions if contribution.weight),
            key=lambda contribution: -abs(contribution.amount),
        )

    def to_json(self) -> str:
        """Return the model as a small readable JSON document."""
        regressions = {
            kind: {
                "same_event_share": self.same_event_shares[kind],
                "intercept": round(self.intercepts[kind], 4),
                "weights": {
                    name: round(float(weight), 4)
                    for name, weight in zip(FEATURES, self.weights[kind], strict=True)
                    if weight
                },
            }
            for kind in PAIR_KINDS
        }
        return json.dumps(regressions, indent=1) + "\n"

    @classmethod
    def from_json(cls, document: str) -> SimilarityModel:
        """Read a document that `to_json` wrote.

        Raises
        ------
        ValueError
            If it names a feature that is not one of `FEATURES`.
        """
        regressions: dict[PairKind, dict[str, Any]] = json.loads(document)
        return cls(
            {kind: _weight_vector(fitted["weights"]) for kind, fitted in regressions.items()},
            {kind: fitted["intercept"] for kind, fitted in regressions.items()},
            {kind: fitted["same_event_share"] for kind, fitted in regressions.items()},
        )


def base_rate_shifts(article: Vector, batch: VectorBatch) -> NDArray[np.float64]:
    """Return how much the logit of each pair is raised: nothing if one of the texts is short.

    See `clustering.similarity.base_rate`.
    """
    is_long = (batch.words >= MIN_WORDS) & (article.words >= MIN_WORDS)
    return np.where(is_long, article.base_rate_shift, 0.0)


def pair_kind(first: Vector, second: Vector) -> PairKind:
    """Return which of the three regressions applies to a pair."""
    if not (first.words and second.words):
        return "headlines"
    if first.published is None or second.published is None:
        return "undated"
    return "dated"


def pair_kinds(article: Vector, batch: VectorBatch) -> NDArray[np.int64]:
    """Return the kinds of many pairs, as positions in `PAIR_KINDS`."""
    both_have_texts = (batch.words > 0) & (article.words > 0)
    both_have_dates = ~np.isnan(batch.published) & (article.published is not None)
    dated, undated, headlines = map(PAIR_KINDS.index, ("dated", "undated", "headlines"))
    return np.where(both_have_texts, np.where(both_have_dates, dated, undated), headlines)


def _weight_vector(weights: dict[str, float]) -> FeatureMatrix:
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise ValueError(f"the model names unknown features: {', '.join(unknown)}")
    return np.array([weights.get(name, 0.0) for name in FEATURES])


@cache
def default_similarity() -> SimilarityModel:
    """Return the trained model that ships with the library."""
    return SimilarityModel.from_json(read_weights("weights.json"))
