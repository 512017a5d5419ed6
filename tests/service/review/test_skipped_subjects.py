"""What an editor skipped is not asked again through another pair."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import pytest

from service.review.skipped_subjects import SkippedSubjects


class Pair(NamedTuple):
    """The columns of a pair that tell what it asks."""

    first_event: int
    second_event: int
    first_group: int
    second_group: int
    kind: str = "event"


def covers(skipped: Pair, pair: Pair) -> bool:
    return SkippedSubjects([cast("Any", skipped)]).covers(cast("Any", pair))


@pytest.mark.parametrize(
    ("skipped", "pair"),
    [
        (Pair(1, 2, 10, 20), Pair(1, 2, 11, 21)),
        (Pair(1, 2, 10, 20), Pair(2, 1, 21, 11)),
        (Pair(1, 1, 10, 11), Pair(1, 1, 12, 11)),
        (Pair(1, 1, 10, 11, "merge"), Pair(1, 1, 10, 13, "split")),
        (Pair(1, 1, 10, 11, "duplicate"), Pair(1, 1, 10, 13, "duplicate")),
    ],
    ids=["two events", "the other way", "one text", "another kind", "near-duplicates"],
)
def test_same_question_is_covered(skipped: Pair, pair: Pair) -> None:
    assert covers(skipped, pair)


@pytest.mark.parametrize(
    ("skipped", "pair"),
    [
        (Pair(1, 2, 10, 20), Pair(1, 3, 10, 30)),
        (Pair(1, 2, 10, 20), Pair(1, 1, 10, 20)),
        (Pair(1, 1, 10, 11), Pair(1, 1, 12, 13)),
        (Pair(1, 1, 10, 11), Pair(1, 1, 10, 11, "duplicate")),
    ],
    ids=["another event", "merged since", "other texts of the event", "near-duplicates"],
)
def test_other_question_is_not_covered(skipped: Pair, pair: Pair) -> None:
    assert not covers(skipped, pair)
