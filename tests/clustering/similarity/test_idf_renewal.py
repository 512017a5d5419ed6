from __future__ import annotations

from itertools import pairwise

from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.idf_renewal import (
    MAX_RESCORED_PER_SNAPSHOT,
    MAX_SNAPSHOT_INTERVAL_GROUPS,
    RESCORED_PER_NEW_GROUP,
    groups_to_rescore,
    is_snapshot_due,
)


def snapshot_groups(groups: int, n_live: int) -> list[int]:
    """Return the groups at which a store with at most `n_live` articles takes a snapshot."""
    snapshot, at_groups = IdfSnapshot(), []
    for group in range(1, groups + 1):
        if is_snapshot_due(snapshot, group + 1):
            snapshot = IdfSnapshot(min(group, n_live), next_group=group + 1)
            at_groups.append(group)
    return at_groups


def test_snapshot_is_due_after_25_groups_then_after_a_tenth_more() -> None:
    due = snapshot_groups(400, n_live=10**6)
    assert due[:10] == list(range(25, 251, 25))
    assert due[10:] == [275, 303, 334, 368]


def test_interval_is_at_most_2000_groups() -> None:
    due = snapshot_groups(60_000, n_live=10**6)
    assert max(after - before for before, after in pairwise(due)) == MAX_SNAPSHOT_INTERVAL_GROUPS


def test_snapshot_is_due_if_as_many_articles_retire_as_arrive() -> None:
    assert snapshot_groups(1500, n_live=1000)[-3:] == [1260, 1360, 1460]


def test_snapshot_without_next_group_is_replaced_soon() -> None:
    assert is_snapshot_due(IdfSnapshot(n_articles=5000), next_group=9000)


def test_newest_groups_are_rescored_first_and_none_twice() -> None:
    snapshot = IdfSnapshot(n_articles=100, next_group=101)
    due = [
        group
        for number in range(101, 111)
        for group in groups_to_rescore(snapshot, number, number + 1)
    ]
    assert due == list(range(100, 100 - 10 * RESCORED_PER_NEW_GROUP, -1))


def test_rescored_groups_per_snapshot_are_bounded() -> None:
    snapshot = IdfSnapshot(n_articles=10**6, next_group=10**6 + 1)
    numbers = range(snapshot.next_group, snapshot.next_group + MAX_SNAPSHOT_INTERVAL_GROUPS)
    due = [group for number in numbers for group in groups_to_rescore(snapshot, number, number + 1)]
    assert due == list(range(10**6, 10**6 - MAX_RESCORED_PER_SNAPSHOT, -1))


def test_no_group_is_rescored_without_a_new_one_and_group_1_is_last() -> None:
    snapshot = IdfSnapshot(n_articles=3, next_group=4)
    assert not groups_to_rescore(snapshot, 5, 5)
    due = [
        group for number in range(4, 9) for group in groups_to_rescore(snapshot, number, number + 1)
    ]
    assert due == [3, 2, 1]
