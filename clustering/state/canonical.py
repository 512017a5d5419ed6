"""The rule that chooses the canonical article of a group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

_SECONDS_PER_DAY: Final = 86400.0
_MAX_LEAD_SECONDS: Final = 300 * _SECONDS_PER_DAY
"""Longest plausible lead of an article over the others of its group. A wrong year is a year off,
less the weeks in which the copies appeared."""
_PAIR: Final = 2

Preference = Literal["earliest", "longest", "sources"]


class CanonicalCandidate(NamedTuple):
    """The fields of an article that the canonical rule compares."""

    article: int
    published: float | None
    words: int
    source: str | None
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class CanonicalRule:
    """Chooses the canonical article of a group.

    Attributes
    ----------
    prefer : {"earliest", "longest", "sources"}
        Prefer the article published first, the one with the most words, or the one whose source
        comes first in `sources`. Ties go to the earliest article; if dates are missing or equal,
        to the one received first. A date without a time counts as the end of its day in UTC. A date
        300 days before the median of the group counts as missing; of two that far apart, both do,
        since either may be wrong.
    sources : tuple of str
        Names of sources as articles give them, the most trusted first; all others come after.
    """

    prefer: Preference = "earliest"
    sources: tuple[str, ...] = ()


EARLIEST: Final = CanonicalRule()
LONGEST: Final = CanonicalRule("longest")


def choose_canonical(candidates: Iterable[CanonicalCandidate], rule: CanonicalRule) -> int:
    """Choose the canonical article of a group.

    Parameters
    ----------
    candidates : iterable of CanonicalCandidate
        The members of the group; at least one.
    rule : CanonicalRule

    Returns
    -------
    int
        The key of the canonical article.
    """
    members = _without_doubtful_dates(list(candidates))
    return min(members, key=lambda candidate: precedence(candidate, rule)).article


def precedence(candidate: CanonicalCandidate, rule: CanonicalRule) -> tuple[int, float, int]:
    """Return the sort key of an article among others whose dates are not doubted."""
    return (_rank(candidate, rule), _latest_time(candidate), candidate.article)


def _without_doubtful_dates(candidates: Sequence[CanonicalCandidate]) -> list[CanonicalCandidate]:
    """Remove dates so long before the others that they are hardly those of the same report."""
    earliest = _earliest_plausible(candidates)
    return [
        candidate._replace(published=None)
        if candidate.published is not None and candidate.published < earliest
        else candidate
        for candidate in candidates
    ]


def _earliest_plausible(candidates: Sequence[CanonicalCandidate]) -> float:
    times = sorted(c.published for c in candidates if c.published is not None)
    if not times or times[-1] - times[0] <= _MAX_LEAD_SECONDS:
        return -math.inf
    if len(times) == _PAIR:
        return math.inf
    return times[len(times) // 2] - _MAX_LEAD_SECONDS


def _latest_time(candidate: CanonicalCandidate) -> float:
    """The latest time at which the article may have been published, as far as its date says."""
    if candidate.published is None:
        return math.inf
    if not candidate.date_only:
        return candidate.published
    return math.nextafter(candidate.published + _SECONDS_PER_DAY, 0.0)


def _rank(candidate: CanonicalCandidate, rule: CanonicalRule) -> int:
    """Return the preference of an article regardless of its date, lower for preferred ones."""
    if rule.prefer == "longest":
        return -candidate.words
    if rule.prefer == "sources" and candidate.source in rule.sources:
        return rule.sources.index(candidate.source) - len(rule.sources)
    return 0
