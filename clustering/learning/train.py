"""Train the similarity model: three logistic regressions from labelled pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.similarity.model import PAIR_KINDS, PairKind, SimilarityModel
from clustering.similarity.pair_features import (
    FEATURES,
    NEAR_FEATURES,
    TIME_FEATURES,
    FeatureMatrix,
)

SAME_EVENT_PRIOR: Final[Mapping[PairKind, float]] = {
    "dated": 0.1,
    "undated": 0.38,
    "headlines": 0.33,
}
"""Share of candidate pairs that each regression assumes to report the same event. It is low for
dated articles of a full news stream, and higher for articles or headlines collected by topic."""
_TEXT_FEATURES: Final = (
    *("words_similarity", "title_similarity", "lead_similarity", "names_similarity"),
    *("numbers_similarity", "rare_similarity", "title_found_less", "lead_found_more"),
    *("lead_found_less", "ten_key_words_found_less", "twenty_key_words_found_more"),
    *("title_missing", "names_missing", "numbers_missing", "rarest_shared"),
    *("shorter_text", "longer_text"),
)
KIND_FEATURES: Final[Mapping[PairKind, frozenset[str]]] = {
    "dated": frozenset((*_TEXT_FEATURES, "five_rarest_shared", *TIME_FEATURES, *NEAR_FEATURES)),
    "undated": frozenset(_TEXT_FEATURES),
    "headlines": frozenset(
        (
            *("words_similarity", "rare_similarity", "title_found_more", "title_found_less"),
            *("five_rarest_shared", "next_ten_shared", "dated", "log_hours"),
        )
    ),
}
"""The features that each regression uses: those whose weights carried over to corpora left out of
the training. Headlines have few words, and few features."""
INVERSE_REGULARIZATION: Final = 0.3
"""scikit-learn's `C`: inverse strength of the L2 regularisation."""
_MIN_STANDARD_DEVIATION: Final = 1e-9
"""A feature that varies less is constant, and gets no weight."""


class NoTrainingDataError(ValueError):
    """There are no pairs to train one of the regressions with; the message names it."""


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Labelled candidate pairs of one corpus, all of one kind.

    Attributes
    ----------
    kind : {"dated", "undated", "headlines"}
    features : ndarray of float64, shape (n_pairs, n_features)
    same : ndarray of bool, shape (n_pairs,)
        Whether both articles report one event.
    weight : float
        Weight of all these pairs together, against those of other corpora.
    """

    kind: PairKind
    features: FeatureMatrix
    same: NDArray[np.bool_]
    weight: float = 1.0

    @property
    def kind_indices(self) -> NDArray[np.int64]:
        """For each pair, the index of its kind in `PAIR_KINDS`."""
        return np.full(len(self.same), PAIR_KINDS.index(self.kind))


def train(pairs: Iterable[LabelledPairs]) -> SimilarityModel:
    """Train the three regressions; a corpus counts by its weight, whatever its size.

    Parameters
    ----------
    pairs : iterable of LabelledPairs

    Returns
    -------
    SimilarityModel

    Raises
    ------
    NoTrainingDataError
        If there are no pairs of one kind.
    """
    by_kind: dict[PairKind, list[LabelledPairs]] = {kind: [] for kind in PAIR_KINDS}
    for corpus_pairs in pairs:
        by_kind[corpus_pairs.kind].append(corpus_pairs)
    fitted = {kind: _fit_regression(kind, corpora) for kind, corpora in by_kind.items()}
    return SimilarityModel(
        {kind: weights for kind, (weights, _) in fitted.items()},
        {kind: intercept for kind, (_, intercept) in fitted.items()},
        SAME_EVENT_PRIOR,
    )


def _fit_regression(
    kind: PairKind, labelled_pairs: list[LabelledPairs]
) -> tuple[FeatureMatrix, float]:
    """Return weights, shape (n_features,), and intercept for features that are not scaled."""
    from sklearn.linear_model import LogisticRegression

    if not labelled_pairs:
        raise NoTrainingDataError(f"no labelled pairs to train {kind!r} with")
    features = np.concatenate([pairs.features for pairs in labelled_pairs])
    same = np.concatenate([pairs.same for pairs in labelled_pairs])
    sample_weights = np.concatenate([_sample_weights(pairs) for pairs in labelled_pairs])
    mean, scale = features.mean(axis=0), features.std(axis=0)
    used = (scale > _MIN_STANDARD_DEVIATION) & _allowed_features(kind)
    standardised = (features[:, used] - mean[used]) / scale[used]
    model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=5000)
    model.fit(standardised, same, sample_weight=sample_weights / sample_weights.mean())
    weights = np.zeros(len(FEATURES))
    weights[used] = model.coef_[0] / scale[used]
    return weights, float(model.intercept_[0] - weights @ np.where(used, mean, 0))


def _allowed_features(kind: PairKind) -> NDArray[np.bool_]:
    return np.array([name in KIND_FEATURES[kind] for name in FEATURES])


def _sample_weights(pairs: LabelledPairs) -> FeatureMatrix:
    """Weights that sum to the corpus's own, with the assumed share on pairs of one event."""
    share = SAME_EVENT_PRIOR[pairs.kind]
    same, n_same = pairs.same, max(int(pairs.same.sum()), 1)
    by_class = np.where(same, share / n_same, (1 - share) / max(len(same) - n_same, 1))
    weights: FeatureMatrix = pairs.weight * by_class
    return weights
