"""Slices overlap, and an event at an edge is joined again."""

from __future__ import annotations

from typing import Any

import pytest

from clustering.types import SECONDS_PER_DAY

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_group_near_an_edge_is_seen_by_both_slices(spark: Any) -> None:
    from service.archive.events import place_in_slices

    days = [(1, 0.0), (2, 99.0), (3, 100.0), (4, 104.0), (5, 200.0), (6, None)]
    rows = [(group, None if day is None else day * SECONDS_PER_DAY) for group, day in days]
    frame = spark.createDataFrame(rows, "group long, published double")
    placed = place_in_slices(frame, [100 * SECONDS_PER_DAY], overlap_days=3).collect()
    found = {(row["group"], row["slice"], row["is_own"]) for row in placed}
    assert found == {
        (1, 0, True),
        (2, 0, True),
        (2, 1, False),
        (3, 1, True),
        (3, 0, False),
        (4, 1, True),
        (5, 1, True),
        (6, 1, True),
    }


def test_event_that_no_slice_sees_whole_is_joined(spark: Any) -> None:
    from service.archive.events import number_events

    groups = spark.createDataFrame([(number,) for number in range(1, 7)], "group long")
    links = spark.createDataFrame([(1, 2), (3, 2), (3, 4)], "first long, second long")
    numbered = {row["group"]: row["event"] for row in number_events(groups, links).collect()}
    assert numbered == {1: 1, 2: 1, 3: 1, 4: 1, 5: 5, 6: 6}
