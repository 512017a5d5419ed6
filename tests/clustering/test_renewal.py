from __future__ import annotations

from itertools import pairwise

from clustering.rarity import Rarity
from clustering.renewal import MOST_PAUSED, MOST_TURNS, TURNS, is_due, turns


def renewals(groups: int, live: int) -> list[int]:
    """The groups with which a store renews that never holds more than some."""
    current, renewed = Rarity(), []
    for founded in range(1, groups + 1):
        if is_due(current, founded + 1):
            current = Rarity(min(founded, live), next_group=founded + 1)
            renewed.append(founded)
    return renewed


def test_after_25_groups_and_then_with_every_tenth_part_more() -> None:
    found = renewals(400, live=10**6)
    assert found[:10] == list(range(25, 251, 25))
    assert found[10:] == [275, 303, 334, 368]


def test_never_later_than_2000_groups_after_the_one_before() -> None:
    found = renewals(60_000, live=10**6)
    assert max(b - a for a, b in pairwise(found)) == MOST_PAUSED


def test_also_where_as_many_retire_as_come() -> None:
    assert renewals(1500, live=1000)[-3:] == [1260, 1360, 1460]


def test_a_snapshot_without_numbers_is_soon_replaced() -> None:
    assert is_due(Rarity(n_articles=5000), next_group=9000)


def test_the_newest_groups_have_their_turn_first_and_none_twice() -> None:
    snapshot = Rarity(n_articles=100, next_group=101)
    found = [group for at in range(101, 111) for group in turns(snapshot, at, at + 1)]
    assert found == list(range(100, 100 - 10 * TURNS, -1))


def test_in_a_large_store_no_more_have_their_turn_than_is_bound() -> None:
    snapshot = Rarity(n_articles=10**6, next_group=10**6 + 1)
    comes = range(snapshot.next_group, snapshot.next_group + MOST_PAUSED)
    found = [group for at in comes for group in turns(snapshot, at, at + 1)]
    assert found == list(range(10**6, 10**6 - MOST_TURNS, -1))


def test_a_copy_gives_nobody_a_turn_and_the_oldest_are_the_end() -> None:
    snapshot = Rarity(n_articles=3, next_group=4)
    assert not turns(snapshot, 5, 5)
    found = [group for at in range(4, 9) for group in turns(snapshot, at, at + 1)]
    assert found == [3, 2, 1]
