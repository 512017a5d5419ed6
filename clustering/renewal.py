"""When term weights are renewed, and whose turn it is to be judged by them.

Both follow from what is on record. Groups are numbered as they are founded: how many have come
since a snapshot is told by the numbers, also where as many articles retire as come.
"""

from __future__ import annotations

from typing import Final

from clustering.rarity import Rarity

LEAST_PAUSE: Final = 25
"""Groups that come at least before a renewal, and before the first."""
PAUSE: Final = 0.1
"""Groups that come between two renewals, as a share of those there. A word that has just come up
looks rare until the next one."""
MOST_PAUSED: Final = 2_000
TURNS: Final = 2
"""Groups that are weighed anew along with each that comes, the newest first: what is still going
on. The others follow when something touches them, or all of them with `recluster`."""
MOST_TURNS: Final = 2_000
"""Groups that have their turn between two renewals."""


def is_due(rarity: Rarity, next_group: int) -> bool:
    """Whether so much has come in since a snapshot that a new one is worth its cost.

    Parameters
    ----------
    rarity : Rarity
        The snapshot in force.
    next_group : int
        The number that the next group gets.
    """
    return next_group - rarity.next_group >= _pause(rarity)


def good_until(rarity: Rarity) -> float:
    """The number of the group with which so much has come that no length by a snapshot is good.

    Parameters
    ----------
    rarity : Rarity
    """
    return rarity.next_group + max(LEAST_PAUSE, PAUSE * rarity.n_articles)


def turns(rarity: Rarity, before: int, after: int) -> range:
    """The groups whose turn it is with the groups from `before` up to `after`.

    Parameters
    ----------
    rarity : Rarity
        The snapshot in force.
    before, after : int
        The number that the next group would have got before, and gets now.
    """
    newest, each = rarity.next_group - 1, min(TURNS, MOST_TURNS / _pause(rarity))
    first, last = (newest - int(each * (it - rarity.next_group)) for it in (before, after))
    return range(max(first, 0), max(last, 0), -1)


def _pause(rarity: Rarity) -> float:
    """Groups that come between a snapshot and the next one."""
    return max(LEAST_PAUSE, min(PAUSE * rarity.n_articles, MOST_PAUSED))
