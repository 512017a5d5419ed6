"""Where to draw the line between one event and two, by what people said of pairs of articles.

The threshold is looked for that most judgements agree with: pairs of one event at it or above,
others below. It is then drawn towards the line as it comes, the more the fewer judgements there
are; not towards the present one, or it would creep on each time the same judgements are applied.
What it is worth is told by judgements it was not found by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from clustering.events.candidates import MAX_DAYS_APART
from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
from clustering.features.language import language_code
from clustering.features.terms import Terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import default_similarity
from clustering.similarity.tfidf import Vector, vectorise
from clustering.types import Features

MIN_JUDGED_PAIRS: Final = 30
"""Judgements below which nothing is said."""
MIN_JUDGED_PAIRS_PER_CLASS: Final = 5
"""So many of them at least say the one, and so many the other."""
PRIOR_PAIRS: Final = 50
"""The line as it comes counts for as many judgements."""
N_FOLDS: Final = 5
THRESHOLD_GRID: Final = tuple(hundredths / 100 for hundredths in range(20, 81))
"""Thresholds that are tried. Below, neighbours of other events would be joined."""

_SECONDS_PER_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """Two articles of which people said whether they report the same event.

    Attributes
    ----------
    decision : int
        The one that says so.
    probability : float
        Of "same event", as the two are compared.
    same : bool
    """

    decision: int
    probability: float
    same: bool


@dataclass(frozen=True, slots=True)
class ThresholdFit:
    """What judgements say of the line.

    Attributes
    ----------
    judgements, same : int
        How many there are, and how many of them say "same event".
    present : float
        The present line.
    best : float
        The threshold that most judgements agree with.
    threshold : float
        The same, drawn towards the line as it comes.
    agreed_now, agreed : int
        Judgements that agree with the present line, and with `threshold`.
    expected : int
        Judgements that agree with a threshold that was found without them.
    at_stake : int
        Judgements about which such a threshold and the present line say different things.
    enough : bool
        Whether there are enough judgements to say anything.
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
        """Whether another line is better, also by judgements it was not found by.

        By more than chance has it: the gain is at least the standard error of one that is none
        (McNemar's test).
        """
        gain = self.expected - self.agreed_now
        return (
            self.enough and self.threshold != self.present and gain >= max(1, sqrt(self.at_stake))
        )


def fit_threshold(judged_pairs: Sequence[JudgedPair], current_threshold: float) -> ThresholdFit:
    """Find the line that judgements agree with.

    Parameters
    ----------
    judged_pairs : sequence of JudgedPair
    current_threshold : float
        The present line.

    Returns
    -------
    ThresholdFit
    """
    same = sum(one.same for one in judged_pairs)
    enough = (
        len(judged_pairs) >= MIN_JUDGED_PAIRS
        and MIN_JUDGED_PAIRS_PER_CLASS <= same <= len(judged_pairs) - MIN_JUDGED_PAIRS_PER_CLASS
    )
    threshold = shrunk_threshold(judged_pairs) if enough else current_threshold
    held_out = list(_cross_validated_thresholds(judged_pairs))
    return ThresholdFit(
        len(judged_pairs),
        same,
        current_threshold,
        best_threshold(judged_pairs) if enough else current_threshold,
        threshold,
        count_agreeing(judged_pairs, current_threshold),
        count_agreeing(judged_pairs, threshold),
        sum((one.probability >= line) == one.same for one, line in held_out),
        sum(
            (one.probability >= line) != (one.probability >= current_threshold)
            for one, line in held_out
        ),
        enough,
    )


def count_agreeing(judged_pairs: Sequence[JudgedPair], threshold: float) -> int:
    """How many judgements a threshold agrees with."""
    return sum((one.probability >= threshold) == one.same for one in judged_pairs)


def best_threshold(judged_pairs: Sequence[JudgedPair]) -> float:
    """The threshold that most agree with: the middle of the run nearest to the line as it comes."""
    agreed = [count_agreeing(judged_pairs, threshold) for threshold in THRESHOLD_GRID]
    most = max(agreed)
    if count_agreeing(judged_pairs, DEFAULT_EVENT_THRESHOLD) >= most:
        return DEFAULT_EVENT_THRESHOLD
    runs: list[list[float]] = [[]]
    for threshold, count in zip(THRESHOLD_GRID, agreed, strict=True):
        if count == most:
            runs[-1].append(threshold)
        elif runs[-1]:
            runs.append([])
    middles = [run[len(run) // 2] for run in runs if run]
    return min(middles, key=lambda middle: (abs(middle - DEFAULT_EVENT_THRESHOLD), middle))


def shrunk_threshold(judged_pairs: Sequence[JudgedPair]) -> float:
    """The best threshold, drawn towards the line as it comes."""
    share = len(judged_pairs) / (len(judged_pairs) + PRIOR_PAIRS)
    return round(
        DEFAULT_EVENT_THRESHOLD + (best_threshold(judged_pairs) - DEFAULT_EVENT_THRESHOLD) * share,
        2,
    )


def pair_probability(
    first_features: Features, second_features: Features, idf_snapshot: IdfSnapshot
) -> float | None:
    """The probability that two articles report the same event; None if they are never compared."""
    codes = language_code(first_features.language), language_code(second_features.language)
    if (codes[0] != codes[1] and 0 not in codes) or _days_apart(
        first_features, second_features
    ) > MAX_DAYS_APART:
        return None
    first, second = (
        _vectorise(first_features, idf_snapshot),
        _vectorise(second_features, idf_snapshot),
    )
    return float(default_similarity().probabilities(first, [second])[0])


def _cross_validated_thresholds(
    judged_pairs: Sequence[JudgedPair],
) -> Iterator[tuple[JudgedPair, float]]:
    """Judgements, each with a line drawn without it; all of one decision are held out together."""
    decisions = sorted({one.decision for one in judged_pairs})
    fold_of = {decision: at % N_FOLDS for at, decision in enumerate(decisions)}
    for fold in range(N_FOLDS):
        line = shrunk_threshold([one for one in judged_pairs if fold_of[one.decision] != fold])
        yield from ((one, line) for one in judged_pairs if fold_of[one.decision] == fold)


def _days_apart(first: Features, second: Features) -> float:
    """Days between two articles; 0 where a date is not known."""
    if first.published is None or second.published is None:
        return 0.0
    return abs(first.published - second.published) / _SECONDS_PER_DAY


def _vectorise(features: Features, idf_snapshot: IdfSnapshot) -> Vector:
    terms = Terms.from_bytes(features.terms)
    return vectorise(terms, idf_snapshot, features.published, features.words)
