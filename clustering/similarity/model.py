"""Whether two articles report the same event.

The answer is a probability, by logistic regression over features that an editor would name. Three
small regressions share the work, by what is known of a pair: both texts and dates; texts without
dates; headlines without texts.

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
from importlib.resources import files
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.similarity.pair_features import FEATURES, FeatureMatrix, compute_pair_features
from clustering.similarity.tfidf import Vector, VectorBatch

PairKind = Literal["dated", "undated", "headlines"]
PAIR_KINDS: Final[tuple[PairKind, ...]] = ("dated", "undated", "headlines")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to the logit of "same event".

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
    """The trained judgement: features of pairs to probabilities.

    Attributes
    ----------
    weights : dict of str to ndarray of float64, shape (n_features,)
        For each of `KNOWN`.
    intercepts : dict of str to float
    """

    weights: Mapping[PairKind, FeatureMatrix]
    intercepts: Mapping[PairKind, float]

    def probabilities(
        self, article: Vector, others: Sequence[Vector] | VectorBatch
    ) -> FeatureMatrix:
        """Probability that an article reports the same event as each of the others.

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
        pile = others if isinstance(others, VectorBatch) else VectorBatch.from_vectors(others)
        return self.predict_features(
            compute_pair_features(article, pile), _pair_kind_indices(article, pile)
        )

    def predict_features(
        self, features: FeatureMatrix, kinds: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Probability of "same event" for pairs whose features are computed already.

        Parameters
        ----------
        features : ndarray of float64, shape (n_pairs, n_features)
        kinds : ndarray of int64, shape (n_pairs,)
            Which regression judges each pair: its place in `KNOWN`.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """
        weights, offsets = self._stacked_coefficients
        logits = (features * weights.take(kinds, axis=0)).sum(axis=1) + offsets.take(kinds)
        answer: NDArray[np.float64] = 1 / (1 + np.exp(-np.maximum(logits, -50)))
        return answer

    @cached_property
    def _stacked_coefficients(self) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Weights and intercepts, one row for each of `KNOWN`."""
        weights = np.stack([self.weights[kind] for kind in PAIR_KINDS])
        return weights, np.array([self.intercepts[kind] for kind in PAIR_KINDS])

    def contributions(self, first: Vector, second: Vector) -> list[Contribution]:
        """What each feature that has a weight adds for a pair, the largest amount first.

        Parameters
        ----------
        first, second : Vector

        Returns
        -------
        list of Contribution
            With the intercept of the regression, they add up to the logit of the probability.
        """
        values = compute_pair_features(first, [second])[0].tolist()
        weights = self.weights[pair_kind(first, second)].tolist()
        found = map(Contribution, FEATURES, values, weights)
        return sorted((it for it in found if it.weight), key=lambda it: -abs(it.amount))

    def to_json(self) -> str:
        """The model as a small readable document."""
        experts = {
            kind: {
                "intercept": round(self.intercepts[kind], 4),
                "weights": {
                    name: round(float(weight), 4)
                    for name, weight in zip(FEATURES, self.weights[kind], strict=True)
                    if weight
                },
            }
            for kind in PAIR_KINDS
        }
        return json.dumps(experts, indent=1) + "\n"

    @classmethod
    def from_json(cls, document: str) -> SimilarityModel:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it names a feature that is not one of `FEATURES`.
        """
        experts: dict[PairKind, dict[str, Any]] = json.loads(document)
        weights = {kind: _weight_vector(expert["weights"]) for kind, expert in experts.items()}
        return cls(weights, {kind: expert["intercept"] for kind, expert in experts.items()})


def pair_kind(first: Vector, second: Vector) -> PairKind:
    """Which of the three regressions judges a pair."""
    if not (first.words and second.words):
        return "headlines"
    if first.published is None or second.published is None:
        return "undated"
    return "dated"


def _pair_kind_indices(article: Vector, batch: VectorBatch) -> NDArray[np.int64]:
    """The same for many pairs: positions in `KNOWN`."""
    bodies = (batch.words > 0) & (article.words > 0)
    dates = ~np.isnan(batch.published) & (article.published is not None)
    dated, undated, headlines = map(PAIR_KINDS.index, ("dated", "undated", "headlines"))
    return np.where(bodies, np.where(dates, dated, undated), headlines)


def _weight_vector(weights: dict[str, float]) -> FeatureMatrix:
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise ValueError(f"the model names features that are not there: {', '.join(unknown)}")
    return np.array([weights.get(name, 0.0) for name in FEATURES])


@cache
def default_similarity() -> SimilarityModel:
    """The similarity that ships with the library."""
    return SimilarityModel.from_json((files("clustering.similarity") / "weights.json").read_text())
