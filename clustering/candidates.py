"""What a live article is compared with: those that were accepted, and those that fell short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clustering.duplicates import DuplicateIndex
from clustering.events import EventIndex
from clustering.roster import Roster
from clustering.verification import Comparison

MOST: Final = 20
"""Of each kind, the best."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article that stands for another group, and how likely it reports the same event.

    Attributes
    ----------
    article, event : int
    probability : float
    """

    article: int
    event: int
    probability: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one article is compared with, the best first.

    Attributes
    ----------
    reprints : tuple of (int, Comparison)
        Articles it may be a reprint of, with how much they share.
    neighbours : tuple of Neighbour
        Articles it may share an event with.
    n_neighbours : int
        How many of those there are in all.
    join : float
        The line: mean probability that makes one event.
    """

    reprints: tuple[tuple[int, Comparison], ...]
    neighbours: tuple[Neighbour, ...]
    n_neighbours: int
    join: float


def candidates(
    roster: Roster, duplicates: DuplicateIndex, events: EventIndex, article: int
) -> Candidates:
    """Look for what a live article is compared with, as things are now.

    Parameters
    ----------
    roster : Roster
    duplicates : DuplicateIndex
    events : EventIndex
    article : int

    Raises
    ------
    KeyError
        If it is not among the live ones.
    """
    slot = roster.slot_of[article]
    compared = duplicates.compared_with(slot).items()
    reprints = sorted(compared, key=lambda it: (-it[1].score, it[0]))
    found = events.likelihoods(roster.group(slot)).items()
    near = sorted(found, key=lambda it: (-it[1], it[0]))
    return Candidates(
        tuple((roster.article(other), comparison) for other, comparison in reprints[:MOST]),
        tuple(
            Neighbour(roster.article(other), roster.event[roster.group(other)], probability)
            for other, probability in near[:MOST]
        ),
        len(near),
        events.join,
    )
