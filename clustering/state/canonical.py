"""The rule that chooses the canonical article of a group."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

_SECONDS_PER_DAY: Final = 86400.0

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
        to the one received first. A date without a time counts as the end of its day in UTC.
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
    return min(candidates, key=lambda candidate: precedence(candidate, rule)).article


def precedence(candidate: CanonicalCandidate, rule: CanonicalRule) -> tuple[int, float, int]:
    """Return the sort key of an article; the lowest of a group is canonical."""
    return (_rank(candidate, rule), _latest_time(candidate), candidate.article)


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
