"""Fit the event threshold to editors' decisions about pairs of articles.

The best threshold is the one that agrees with most judged pairs: pairs of one event at or above
it, others below. The estimate is then shrunk towards the default threshold, more strongly the
fewer judgements there are. (Shrinking towards the current threshold would move it a little
further each time the same judgements are applied.) Cross-validation measures how much
better it is than the current one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from clustering.events.candidates import MAX_DAYS_APART
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.features.language import are_comparable, language_code
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import default_similarity
from clustering.similarity.tfidf import vectorise_features
from clustering.types import SECONDS_PER_DAY, Features

MIN_JUDGED_PAIRS: Final = 30
"""Judged pairs below which no threshold is proposed."""
MIN_JUDGED_PAIRS_PER_CLASS: Final = 5
"""Judged pairs of one event, and of different events, below which no threshold is proposed."""
PRIOR_PAIRS: Final = 50
"""Weight of the default threshold, in judged pairs."""
N_FOLDS: Final = 5
"""Folds of the cross-validation."""
THRESHOLD_GRID: Final = tuple(hundredths / 100 for hundredths in range(20, 81))
"""Thresholds that are tried. Below 0.2, articles of different events would be joined."""


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two articles that a decision puts into one event or keeps apart.

    Attributes
    ----------
    decision : int
        Number of the decision.
    probability : float
        Pair probability: that the two report the same event.
    same : bool
        Whether they do, by the decision.
    """

    decision: int
    probability: float
    same: bool


@dataclass(frozen=True, slots=True)
class ThresholdFit:
    """The threshold that fits the judged pairs, and how well.

    Attributes
    ----------
    judgements, same : int
        Number of judged pairs, and of those that are of the same event.
    present : float
        The current threshold.
    best : float
        The threshold that agrees with most judged pairs.
    threshold : float
        The same, shrunk towards the default threshold.
    agreed_now, agreed : int
        Judged pairs that agree with the current threshold, and with `threshold`.
    expected : int
        Judged pairs that agree with a threshold fitted without them.
    at_stake : int
        Judged pairs on which that threshold and the current one differ.
    enough : bool
        Whether there are enough judged pairs to propose a threshold.
    """

    judgements: int
    same: int
    present: float
    best: float
    threshold: float
    agreed_now: int
    agreed: int
    expected: int
    at_stake: int
    enough: bool

    @property
    def is_better(self) -> bool:
        """Whether the fitted threshold is better than the current one, cross-validated.

        The gain must be at least its standard error if there were no difference (McNemar's test).
        """
        gain = self.expected - self.agreed_now
        return (
            self.enough and self.threshold != self.present and gain >= max(1, sqrt(self.at_stake))
        )


def fit_threshold(judged_pairs: Sequence[JudgedPair], current_threshold: float) -> ThresholdFit:
    """Find the threshold that agrees with most judged pairs.

    Parameters
    ----------
    judged_pairs : sequence of JudgedPair
    current_threshold : float

    Returns
    -------
    ThresholdFit
        With the current threshold if there are too few judged pairs.
    """
    n_same = sum(pair.same for pair in judged_pairs)
    n_different = len(judged_pairs) - n_same
    enough = (
        len(judged_pairs) >= MIN_JUDGED_PAIRS
        and min(n_same, n_different) >= MIN_JUDGED_PAIRS_PER_CLASS
    )
    threshold = shrunk_threshold(judged_pairs) if enough else current_threshold
    held_out = list(_cross_validated_thresholds(judged_pairs))
    return ThresholdFit(
        judgements=len(judged_pairs),
        same=n_same,
        present=current_threshold,
        best=best_threshold(judged_pairs) if enough else current_threshold,
        threshold=threshold,
        agreed_now=count_agreeing(judged_pairs, current_threshold),
        agreed=count_agreeing(judged_pairs, threshold),
        expected=sum((pair.probability >= fitted) == pair.same for pair, fitted in held_out),
        at_stake=sum(
            (pair.probability >= fitted) != (pair.probability >= current_threshold)
            for pair, fitted in held_out
        ),
        enough=enough,
    )


def count_agreeing(judged_pairs: Sequence[JudgedPair], threshold: float) -> int:
    """Count the judged pairs that agree with a threshold."""
    return sum((pair.probability >= threshold) == pair.same for pair in judged_pairs)


def best_threshold(judged_pairs: Sequence[JudgedPair]) -> float:
    """Return the threshold that agrees with most judged pairs.

    Several runs of thresholds may be equally good: then the middle of the run that is nearest to
    the default, or the default itself if it is as good.
    """
    agreeing = [count_agreeing(judged_pairs, threshold) for threshold in THRESHOLD_GRID]
    max_agreeing = max(agreeing)
    if count_agreeing(judged_pairs, DEFAULT_EVENT_THRESHOLD) >= max_agreeing:
        return DEFAULT_EVENT_THRESHOLD
    runs: list[list[float]] = [[]]
    for threshold, count in zip(THRESHOLD_GRID, agreeing, strict=True):
        if count == max_agreeing:
            runs[-1].append(threshold)
        elif runs[-1]:
            runs.append([])
    middles = [run[len(run) // 2] for run in runs if run]
    return min(middles, key=lambda middle: (abs(middle - DEFAULT_EVENT_THRESHOLD), middle))


def shrunk_threshold(judged_pairs: Sequence[JudgedPair]) -> float:
    """Return the best threshold, shrunk towards the default one."""
    weight = len(judged_pairs) / (len(judged_pairs) + PRIOR_PAIRS)
    return round(
        DEFAULT_EVENT_THRESHOLD + (best_threshold(judged_pairs) - DEFAULT_EVENT_THRESHOLD) * weight,
        2,
    )


def pair_probability(
    first_features: Features, second_features: Features, idf_snapshot: IdfSnapshot
) -> float | None:
    """Return the probability that two articles report the same event.

    Parameters
    ----------
    first_features, second_features : Features
    idf_snapshot : IdfSnapshot
        The term weights.

    Returns
    -------
    float or None
        None if two such articles are never compared: in two languages, or too many days apart.
    """
    codes = language_code(first_features.language), language_code(second_features.language)
    if not are_comparable(*codes):
        return None
    if _days_apart(first_features, second_features) > MAX_DAYS_APART:
        return None
    first = vectorise_features(first_features, idf_snapshot)
    second = vectorise_features(second_features, idf_snapshot)
    return float(default_similarity().probabilities(first, [second])[0])


def _cross_validated_thresholds(
    judged_pairs: Sequence[JudgedPair],
) -> Iterator[tuple[JudgedPair, float]]:
    """Yield each judged pair with a threshold fitted without it.

    All pairs of one decision are held out together, since they are not independent.
    """
    decisions = sorted({pair.decision for pair in judged_pairs})
    fold_of = {decision: number % N_FOLDS for number, decision in enumerate(decisions)}
    for fold in range(N_FOLDS):
        fitted = shrunk_threshold([pair for pair in judged_pairs if fold_of[pair.decision] != fold])
        yield from ((pair, fitted) for pair in judged_pairs if fold_of[pair.decision] == fold)


def _days_apart(first: Features, second: Features) -> float:
    """Return the days between two articles; 0 if a date is unknown."""
    if first.published is None or second.published is None:
        return 0.0
    return abs(first.published - second.published) / SECONDS_PER_DAY
