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

from clustering.assign import default_similarity
from clustering.events import MOST_DAYS_APART
from clustering.likeness import JOIN
from clustering.model import Features
from clustering.rarity import Rarity
from clustering.roster import language_code
from clustering.terms import Terms
from clustering.vectors import Vector, vectorise

LEAST: Final = 30
"""Judgements below which nothing is said."""
LEAST_OF_EACH: Final = 5
"""So many of them at least say the one, and so many the other."""
PRIOR: Final = 50
"""The line as it comes counts for as many judgements."""
FOLDS: Final = 5
GRID: Final = tuple(hundredths / 100 for hundredths in range(20, 81))
"""Thresholds that are tried. Below, neighbours of other events would be joined."""

_SECONDS_A_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Judged:
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
class Fit:
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
    def better(self) -> bool:
        """Whether another line is better, also by judgements it was not found by.

        By more than chance has it: the gain is at least the standard error of one that is none
        (McNemar's test).
        """
        gain = self.expected - self.agreed_now
        return (
            self.enough and self.threshold != self.present and gain >= max(1, sqrt(self.at_stake))
        )


def fit(judged: Sequence[Judged], present: float) -> Fit:
    """Find the line that judgements agree with.

    Parameters
    ----------
    judged : sequence of Judged
    present : float
        The present line.

    Returns
    -------
    Fit
    """
    same = sum(one.same for one in judged)
    enough = len(judged) >= LEAST and LEAST_OF_EACH <= same <= len(judged) - LEAST_OF_EACH
    threshold = drawn(judged) if enough else present
    held_out = list(_held_out(judged))
    return Fit(
        len(judged),
        same,
        present,
        best(judged) if enough else present,
        threshold,
        agreement(judged, present),
        agreement(judged, threshold),
        sum((one.probability >= line) == one.same for one, line in held_out),
        sum((one.probability >= line) != (one.probability >= present) for one, line in held_out),
        enough,
    )


def agreement(judged: Sequence[Judged], threshold: float) -> int:
    """How many judgements a threshold agrees with."""
    return sum((one.probability >= threshold) == one.same for one in judged)


def best(judged: Sequence[Judged]) -> float:
    """The threshold that most agree with: the middle of the run nearest to the line as it comes."""
    agreed = [agreement(judged, threshold) for threshold in GRID]
    most = max(agreed)
    if agreement(judged, JOIN) >= most:
        return JOIN
    runs: list[list[float]] = [[]]
    for threshold, count in zip(GRID, agreed, strict=True):
        if count == most:
            runs[-1].append(threshold)
        elif runs[-1]:
            runs.append([])
    middles = [run[len(run) // 2] for run in runs if run]
    return min(middles, key=lambda middle: (abs(middle - JOIN), middle))


def drawn(judged: Sequence[Judged]) -> float:
    """The best threshold, drawn towards the line as it comes."""
    share = len(judged) / (len(judged) + PRIOR)
    return round(JOIN + (best(judged) - JOIN) * share, 2)


def probability(one: Features, other: Features, rarity: Rarity) -> float | None:
    """The probability that two articles report the same event; None if they are never compared."""
    codes = language_code(one.language), language_code(other.language)
    if (codes[0] != codes[1] and 0 not in codes) or _days(one, other) > MOST_DAYS_APART:
        return None
    first, second = _vector(one, rarity), _vector(other, rarity)
    return float(default_similarity().probabilities(first, [second])[0])


def _held_out(judged: Sequence[Judged]) -> Iterator[tuple[Judged, float]]:
    """Judgements, each with a line drawn without it; all of one decision are held out together."""
    decisions = sorted({one.decision for one in judged})
    fold_of = {decision: at % FOLDS for at, decision in enumerate(decisions)}
    for fold in range(FOLDS):
        line = drawn([one for one in judged if fold_of[one.decision] != fold])
        yield from ((one, line) for one in judged if fold_of[one.decision] == fold)


def _days(one: Features, other: Features) -> float:
    """Days between two articles; 0 where a date is not known."""
    if one.published is None or other.published is None:
        return 0.0
    return abs(one.published - other.published) / _SECONDS_A_DAY


def _vector(features: Features, rarity: Rarity) -> Vector:
    terms = Terms.from_bytes(features.terms)
    return vectorise(terms, rarity, features.published, features.words)
