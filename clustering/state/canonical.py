"""The canonical article of a group: the one that stands for it, by a stated rule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

_SECONDS_PER_DAY: Final = 86400.0

Preference = Literal["earliest", "longest", "sources"]


class CanonicalCandidate(NamedTuple):
    """A member of a group, as the rule sees it."""

    article: int
    published: float | None
    words: int
    source: str | None
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class CanonicalRule:
    """Which article stands for a group.

    Attributes
    ----------
    prefer : {"earliest", "longest", "sources"}
        The article published first, the one with the most words, or that of the source that
        stands first in `sources`. Among equals the earliest; where dates are missing or equal,
        the one that was received first. A date without a time counts as the end of its day (in
        UTC): a copy that may have been the last of the day is not taken for the first.
    sources : tuple of str
        Names of sources as articles give them, the most trusted first; others come after these.
    """

    prefer: Preference = "earliest"
    sources: tuple[str, ...] = ()


EARLIEST: Final = CanonicalRule()
LONGEST: Final = CanonicalRule("longest")


def choose_canonical(candidates: Iterable[CanonicalCandidate], rule: CanonicalRule) -> int:
    """Choose the article that stands for a group.

    Parameters
    ----------
    candidates : iterable of CanonicalCandidate
        The members of the group; at least one.
    rule : CanonicalRule

    Returns
    -------
    int
        The key of an article.
    """
    return min(candidates, key=lambda candidate: precedence(candidate, rule)).article


def precedence(candidate: CanonicalCandidate, rule: CanonicalRule) -> tuple[int, float, int]:
    """Where the rule puts an article: the lowest of a group stands for it."""
    return (_rank(candidate, rule), _latest_time(candidate), candidate.article)


def _latest_time(candidate: CanonicalCandidate) -> float:
    """The latest time at which the article may have been published, as far as its date says."""
    if candidate.published is None:
        return math.inf
    if not candidate.date_only:
        return candidate.published
    return math.nextafter(candidate.published + _SECONDS_PER_DAY, 0.0)


def _rank(candidate: CanonicalCandidate, rule: CanonicalRule) -> int:
    """Return how far back the rule puts an article, whenever it was published."""
    if rule.prefer == "longest":
        return -candidate.words
    if rule.prefer == "sources" and candidate.source in rule.sources:
        return rule.sources.index(candidate.source) - len(rule.sources)
    return 0
