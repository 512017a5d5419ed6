"""Renewal of the IDF: when a new snapshot is due, and which groups are re-scored with it.

`service.engine.transaction` takes the snapshot and logs it, the `EventIndex` re-scores the groups.
Both follow from stored numbers. Groups are numbered in the order of their creation, so that the
numbers tell how many were created since a snapshot, even if as many articles retire as arrive.
"""

from __future__ import annotations

from typing import Final

from clustering.similarity.idf import IdfSnapshot

MIN_SNAPSHOT_INTERVAL_GROUPS: Final = 25
"""Minimum number of new groups between two snapshots, and before the first."""
SNAPSHOT_INTERVAL_SHARE: Final = 0.1
"""New groups between two snapshots, as a share of the articles in the last one. A word that has
just come into use looks rare until the next snapshot."""
MAX_SNAPSHOT_INTERVAL_GROUPS: Final = 2_000
"""Maximum number of new groups between two snapshots; bounds how old term weights get."""
RESCORED_PER_NEW_GROUP: Final = 2
"""Groups re-scored for each new one, the newest first, since their events are still developing. The
others are re-scored when an article changes them, or all of them by `recluster`."""
MAX_RESCORED_PER_SNAPSHOT: Final = 2_000
"""Maximum number of groups re-scored between two snapshots; bounds the work."""


def is_snapshot_due(idf_snapshot: IdfSnapshot, next_group: int) -> bool:
    """Tell whether enough groups were created since a snapshot to take a new one.

    Parameters
    ----------
    idf_snapshot : IdfSnapshot
        The snapshot in force.
    next_group : int
        The number of the next new group.
    """
    return next_group - idf_snapshot.next_group >= _snapshot_interval(idf_snapshot)


def norms_valid_until(idf_snapshot: IdfSnapshot) -> float:
    """Return the first group number at which norms of this snapshot must be recomputed.

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
    """Return the groups to re-score when numbers up to `next_group` are assigned, newest first.

    Parameters
    ----------
    idf_snapshot : IdfSnapshot
        The snapshot in force.
    previous_next_group, next_group : int
        The number of the next new group, before and now.

    Returns
    -------
    range
        Descending, of groups older than the snapshot; without those re-scored for earlier numbers.
    """
    newest = idf_snapshot.next_group - 1
    rescored_per_group = min(
        RESCORED_PER_NEW_GROUP, MAX_RESCORED_PER_SNAPSHOT / _snapshot_interval(idf_snapshot)
    )
    first, last = (
        newest - int(rescored_per_group * (number - idf_snapshot.next_group))
        for number in (previous_next_group, next_group)
    )
    return range(max(first, 0), max(last, 0), -1)


def _snapshot_interval(idf_snapshot: IdfSnapshot) -> float:
    """Return how many groups are created between a snapshot and the next one."""
    return max(
        MIN_SNAPSHOT_INTERVAL_GROUPS,
        min(SNAPSHOT_INTERVAL_SHARE * idf_snapshot.n_articles, MAX_SNAPSHOT_INTERVAL_GROUPS),
    )
