"""When term weights are renewed, and whose turn it is to be judged by them.

Both follow from what is on record. Groups are numbered as they are founded: how many have come
since a snapshot is told by the numbers, also where as many articles retire as come.
"""

from __future__ import annotations

from typing import Final

from clustering.similarity.idf import IdfSnapshot

MIN_SNAPSHOT_INTERVAL_GROUPS: Final = 25
"""Groups that come at least before a renewal, and before the first."""
SNAPSHOT_INTERVAL_SHARE: Final = 0.1
"""Groups that come between two renewals, as a share of those there. A word that has just come up
looks rare until the next one."""
MAX_SNAPSHOT_INTERVAL_GROUPS: Final = 2_000
RESCORED_PER_NEW_GROUP: Final = 2
"""Groups that are weighed anew along with each that comes, the newest first: what is still going
on. The others follow when something touches them, or all of them with `recluster`."""
MAX_RESCORED_PER_SNAPSHOT: Final = 2_000
"""Groups that have their turn between two renewals."""


def is_snapshot_due(idf_snapshot: IdfSnapshot, next_group: int) -> bool:
    """Whether so much has come in since a snapshot that a new one is worth its cost.

    Parameters
    ----------
    idf_snapshot : IdfSnapshot
        The snapshot in force.
    next_group : int
        The number that the next group gets.
    """
    return next_group - idf_snapshot.next_group >= _snapshot_interval(idf_snapshot)


def norms_valid_until(idf_snapshot: IdfSnapshot) -> float:
    """The number of the group with which so much has come that no length by a snapshot is good.

    Parameters
    ----------
    idf_snapshot : IdfSnapshot
    """
    return idf_snapshot.next_group + max(
        MIN_SNAPSHOT_INTERVAL_GROUPS, SNAPSHOT_INTERVAL_SHARE * idf_snapshot.n_articles
    )


def groups_to_rescore(
    idf_snapshot: IdfSnapshot, previous_next_group: int, next_group: int
) -> range:
    """The groups whose turn it is with the groups from `previous_next_group` up to `next_group`.

    Parameters
    ----------
    idf_snapshot : IdfSnapshot
        The snapshot in force.
    previous_next_group, next_group : int
        The number that the next group would have got before, and gets now.
    """
    newest, each = (
        idf_snapshot.next_group - 1,
        min(RESCORED_PER_NEW_GROUP, MAX_RESCORED_PER_SNAPSHOT / _snapshot_interval(idf_snapshot)),
    )
    first, last = (
        newest - int(each * (it - idf_snapshot.next_group))
        for it in (previous_next_group, next_group)
    )
    return range(max(first, 0), max(last, 0), -1)


def _snapshot_interval(idf_snapshot: IdfSnapshot) -> float:
    """Groups that come between a snapshot and the next one."""
    return max(
        MIN_SNAPSHOT_INTERVAL_GROUPS,
        min(SNAPSHOT_INTERVAL_SHARE * idf_snapshot.n_articles, MAX_SNAPSHOT_INTERVAL_GROUPS),
    )
