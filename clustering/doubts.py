"""What a judgement was least sure of, and which of it is worth asking people.

Of every group that is judged two neighbours come into question: the least probable inside its
event, and the most probable outside. A pair is a doubt where its probability is near the line, or
speaks against where the two are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log2
from typing import Final

from clustering.draft import Draft
from clustering.events import Neighbourhood
from clustering.model import Doubt

WIDTH: Final = 0.25
"""So far from the line a pair is still a doubt, on the side that speaks for where it is."""
HALVING: Final = 0.1
"""A doubt is worth half as much when it is so much farther from the line."""
DAYS: Final = 3.0
"""And when its news is so much older."""

_SECONDS_A_DAY: Final = 86400.0


def doubts(
    draft: Draft,
    near: Iterable[Neighbourhood],
    article_of: Callable[[int], int],
    join: float,
) -> tuple[Doubt, ...]:
    """Find the doubts of a judgement.

    Parameters
    ----------
    draft : Draft
        With the events as they were judged.
    near : iterable of Neighbourhood
        Of the groups that were judged.
    article_of : callable
        Gives the article whose text stands for a group.
    join : float
        The line.

    Returns
    -------
    tuple of Doubt
    """
    found: dict[tuple[int, int], Doubt] = {}
    for one in near:
        for other, probability in _nearest_to_the_line(draft, one):
            if margin(probability, join, together=_together(draft, one.group, other)) <= WIDTH:
                first, second = sorted((article_of(one.group), article_of(other)))
                found[first, second] = Doubt((first, second), probability)
    return tuple(found.values())


def margin(probability: float, join: float, *, together: bool) -> float:
    """How far a probability is from the line; negative if it speaks against where the two are."""
    return probability - join if together else join - probability


def worth(
    probability: float, join: float, *, together: bool, moving: int, published: float
) -> float:
    """How useful it is to ask about a pair: larger is more, the difference of two is in doublings.

    It doubles with every tenth that the pair is nearer to the line, or beyond it, with twice as
    many articles that the other answer would move, and with three days that it is younger.

    Parameters
    ----------
    probability, join : float
    together : bool
        Whether the two are in one event at present.
    moving : int
        Articles that leave their event if the answer is the other one.
    published : float
        POSIX seconds, of the younger article.
    """
    age = published / (DAYS * _SECONDS_A_DAY)
    return log2(1 + moving) + age - margin(probability, join, together=together) / HALVING


def _nearest_to_the_line(draft: Draft, one: Neighbourhood) -> Iterable[tuple[int, float]]:
    """The least probable neighbour in the event, and the most probable elsewhere."""
    ranked = sorted(one.probabilities.items(), key=lambda it: (it[1], it[0]))
    inside = [it for it in ranked if _together(draft, one.group, it[0])]
    outside = [it for it in ranked if not _together(draft, one.group, it[0])]
    return (*inside[:1], *outside[-1:])


def _together(draft: Draft, group: int, other: int) -> bool:
    return draft.event(group) == draft.event(other)
