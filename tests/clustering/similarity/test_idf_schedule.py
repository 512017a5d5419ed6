from __future__ import annotations

from itertools import pairwise

from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.idf_schedule import (
    MAX_RESCORED_PER_SNAPSHOT,
    MAX_SNAPSHOT_INTERVAL_GROUPS,
    RESCORED_PER_NEW_GROUP,
    groups_to_rescore,
    is_snapshot_due,
)


def renewals(groups: int, live: int) -> list[int]:
    """The groups with which a store renews that never holds more than some."""
    current, renewed = IdfSnapshot(), []
    for founded in range(1, groups + 1):
        if is_snapshot_due(current, founded + 1):
            current = IdfSnapshot(min(founded, live), next_group=founded + 1)
            renewed.append(founded)
    return renewed


def test_after_25_groups_and_then_with_every_tenth_part_more() -> None:
    found = renewals(400, live=10**6)
    assert found[:10] == list(range(25, 251, 25))
    assert found[10:] == [275, 303, 334, 368]


def test_never_later_than_2000_groups_after_the_one_before() -> None:
    found = renewals(60_000, live=10**6)
    assert max(b - a for a, b in pairwise(found)) == MAX_SNAPSHOT_INTERVAL_GROUPS


def test_also_where_as_many_retire_as_come() -> None:
    assert renewals(1500, live=1000)[-3:] == [1260, 1360, 1460]


def test_a_snapshot_without_numbers_is_soon_replaced() -> None:
    assert is_snapshot_due(IdfSnapshot(n_articles=5000), next_group=9000)


def test_the_newest_groups_have_their_turn_first_and_none_twice() -> None:
    snapshot = IdfSnapshot(n_articles=100, next_group=101)
    found = [group for at in range(101, 111) for group in groups_to_rescore(snapshot, at, at + 1)]
    assert found == list(range(100, 100 - 10 * RESCORED_PER_NEW_GROUP, -1))


def test_in_a_large_store_no_more_have_their_turn_than_is_bound() -> None:
    snapshot = IdfSnapshot(n_articles=10**6, next_group=10**6 + 1)
    comes = range(snapshot.next_group, snapshot.next_group + MAX_SNAPSHOT_INTERVAL_GROUPS)
    found = [group for at in comes for group in groups_to_rescore(snapshot, at, at + 1)]
    assert found == list(range(10**6, 10**6 - MAX_RESCORED_PER_SNAPSHOT, -1))


def test_a_copy_gives_nobody_a_turn_and_the_oldest_are_the_end() -> None:
    snapshot = IdfSnapshot(n_articles=3, next_group=4)
    assert not groups_to_rescore(snapshot, 5, 5)
    found = [group for at in range(4, 9) for group in groups_to_rescore(snapshot, at, at + 1)]
    assert found == [3, 2, 1]
