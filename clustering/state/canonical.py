"""The canonical article of a group: the one that stands for it, by a stated rule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Preference = Literal["earliest", "longest", "sources"]


class CanonicalCandidate(NamedTuple):
    """A member of a group, as the rule sees it."""

    article: int
    published: float | None
    words: int
    source: str | None


@dataclass(frozen=True, slots=True)
class CanonicalRule:
    """Which article stands for a group.

    Attributes
    ----------
    prefer : {"earliest", "longest", "sources"}
        The article published first, the one with the most words, or that of the source that
        stands first in `sources`. Among equals the earliest; where dates are missing or equal,
        the one that was received first.
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
    published = math.inf if candidate.published is None else candidate.published
    return (_rank(candidate, rule), published, candidate.article)


def _rank(candidate: CanonicalCandidate, rule: CanonicalRule) -> int:
    """Return how far back the rule puts an article, whenever it was published."""
    if rule.prefer == "longest":
        return -candidate.words
    if rule.prefer == "sources" and candidate.source in rule.sources:
        return rule.sources.index(candidate.source) - len(rule.sources)
    return 0
