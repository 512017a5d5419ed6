"""How the similarity is trained: labelled pairs in, three logistic regressions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.similarity.model import PAIR_KINDS, PairKind, SimilarityModel
from clustering.similarity.pair_features import FEATURES, FeatureMatrix

SAME_EVENT_PRIOR: Final[Mapping[PairKind, float]] = {
    "dated": 0.12,
    "undated": 0.25,
    "headlines": 0.4,
}
"""How often candidates report the same event, as each regression is to expect it: few do among
dated articles of a full stream, more where somebody collected articles or headlines by topic."""
HEADLINE_FEATURES: Final = frozenset(
    (
        *("words_cosine", "pairs_cosine", "rare_cosine", "title_found_more", "title_found_less"),
        *("rarest_shared", "five_rarest_shared", "next_ten_shared", "dated", "log_hours"),
    )
)
"""Headlines say little: what is learned of their finer points does not carry to other outlets."""
INVERSE_REGULARIZATION: Final = 0.3
"""Inverse strength of the regularisation."""


class NoTrainingDataError(ValueError):
    """There is nothing to train one of the regressions with; the message names it."""


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Labelled candidate pairs of one corpus, all of one kind of knowledge.

    Attributes
    ----------
    kind : {"dated", "undated", "headlines"}
    features : ndarray of float64, shape (n_pairs, n_features)
    same : ndarray of bool, shape (n_pairs,)
    """

    kind: PairKind
    features: FeatureMatrix
    same: NDArray[np.bool_]

    @property
    def kind_indices(self) -> NDArray[np.int64]:
        """Which regression judges each pair: its place in `KNOWN`."""
        return np.full(len(self.same), PAIR_KINDS.index(self.kind))


def train(pairs: Iterable[LabelledPairs]) -> SimilarityModel:
    """Train the three regressions; every corpus counts alike, whatever its size.

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
    for corpus in pairs:
        by_kind[corpus.kind].append(corpus)
    fitted = {kind: _fit_regression(kind, corpora) for kind, corpora in by_kind.items()}
    return SimilarityModel(
        {kind: weights for kind, (weights, _) in fitted.items()},
        {kind: intercept for kind, (_, intercept) in fitted.items()},
    )


def _fit_regression(
    kind: PairKind, labelled_pairs: list[LabelledPairs]
) -> tuple[FeatureMatrix, float]:
    from sklearn.linear_model import LogisticRegression

    if not labelled_pairs:
        raise NoTrainingDataError(f"no labelled pairs to train {kind!r} with")
    features = np.concatenate([corpus.features for corpus in labelled_pairs])
    same = np.concatenate([corpus.same for corpus in labelled_pairs])
    importance = np.concatenate([_sample_weights(corpus) for corpus in labelled_pairs])
    mean, scale = features.mean(axis=0), features.std(axis=0)
    used = (scale > 1e-9) & _allowed_features(kind)
    standard = (features[:, used] - mean[used]) / scale[used]
    model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=5000)
    model.fit(standard, same, sample_weight=importance / importance.mean())
    weights = np.zeros(len(FEATURES))
    weights[used] = model.coef_[0] / scale[used]
    return weights, float(model.intercept_[0] - weights @ np.where(used, mean, 0))


def _allowed_features(kind: PairKind) -> NDArray[np.bool_]:
    if kind != "headlines":
        return np.ones(len(FEATURES), dtype=np.bool_)
    return np.array([name in HEADLINE_FEATURES for name in FEATURES])


def _sample_weights(pairs: LabelledPairs) -> FeatureMatrix:
    share = SAME_EVENT_PRIOR[pairs.kind]
    same, n_same = pairs.same, max(int(pairs.same.sum()), 1)
    return np.where(same, share / n_same, (1 - share) / max(len(same) - n_same, 1))
