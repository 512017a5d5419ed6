"""How the similarity is trained: labelled pairs in, three logistic regressions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.similarity import FEATURES, KNOWN, Features, Known, Similarity

SHARE_OF_SAME: Final[Mapping[Known, float]] = {"dated": 0.12, "undated": 0.25, "headlines": 0.4}
"""How often candidates report the same event, as each regression is to expect it: few do among
dated articles of a full stream, more where somebody collected articles or headlines by topic."""
HEADLINE_FEATURES: Final = frozenset(
    (
        *("words_cosine", "pairs_cosine", "rare_cosine", "title_found_more", "title_found_less"),
        *("rarest_shared", "five_rarest_shared", "next_ten_shared", "dated", "log_hours"),
    )
)
"""Headlines say little: what is learned of their finer points does not carry to other outlets."""
PENALTY: Final = 0.3
"""Inverse strength of the regularisation."""


class UntaughtError(ValueError):
    """There is nothing to train one of the regressions with; the message names it."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labelled candidate pairs of one corpus, all of one kind of knowledge.

    Attributes
    ----------
    known : {"dated", "undated", "headlines"}
    features : ndarray of float64, shape (n_pairs, n_features)
    same : ndarray of bool, shape (n_pairs,)
    """

    known: Known
    features: Features
    same: NDArray[np.bool_]

    @property
    def regressions(self) -> NDArray[np.int64]:
        """Which regression judges each pair: its place in `KNOWN`."""
        return np.full(len(self.same), KNOWN.index(self.known))


def train(pairs: Iterable[Pairs]) -> Similarity:
    """Train the three regressions; every corpus counts alike, whatever its size.

    Parameters
    ----------
    pairs : iterable of Pairs

    Returns
    -------
    Similarity

    Raises
    ------
    UntaughtError
        If there are no pairs of one kind.
    """
    by_kind: dict[Known, list[Pairs]] = {kind: [] for kind in KNOWN}
    for corpus in pairs:
        by_kind[corpus.known].append(corpus)
    fitted = {kind: _fit(kind, corpora) for kind, corpora in by_kind.items()}
    return Similarity(
        {kind: weights for kind, (weights, _) in fitted.items()},
        {kind: intercept for kind, (_, intercept) in fitted.items()},
    )


def _fit(kind: Known, corpora: list[Pairs]) -> tuple[Features, float]:
    from sklearn.linear_model import LogisticRegression

    if not corpora:
        raise UntaughtError(f"no labelled pairs to train {kind!r} with")
    features = np.concatenate([corpus.features for corpus in corpora])
    same = np.concatenate([corpus.same for corpus in corpora])
    importance = np.concatenate([_importance(corpus) for corpus in corpora])
    mean, scale = features.mean(axis=0), features.std(axis=0)
    used = (scale > 1e-9) & _allowed(kind)
    standard = (features[:, used] - mean[used]) / scale[used]
    model = LogisticRegression(C=PENALTY, max_iter=5000)
    model.fit(standard, same, sample_weight=importance / importance.mean())
    weights = np.zeros(len(FEATURES))
    weights[used] = model.coef_[0] / scale[used]
    return weights, float(model.intercept_[0] - weights @ np.where(used, mean, 0))


def _allowed(kind: Known) -> NDArray[np.bool_]:
    if kind != "headlines":
        return np.ones(len(FEATURES), dtype=np.bool_)
    return np.array([name in HEADLINE_FEATURES for name in FEATURES])


def _importance(corpus: Pairs) -> Features:
    share = SHARE_OF_SAME[corpus.known]
    same, n_same = corpus.same, max(int(corpus.same.sum()), 1)
    return np.where(same, share / n_same, (1 - share) / max(len(same) - n_same, 1))
