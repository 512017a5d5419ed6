"""The rule that chooses the canonical article of a group."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clustering.pipeline.batch import Batch, assign
from clustering.state.canonical import CanonicalCandidate, CanonicalRule, choose_canonical
from tests.support.story_factory import StoryFactory, make_article

EARLIEST = CanonicalRule()
LONGEST = CanonicalRule("longest")
TRUSTED = CanonicalRule("sources", ("Talmar Wire", "Meridian World"))


DAY = 86400.0
YEAR = 365 * DAY


def candidate(
    key: int,
    published: float | None = None,
    words: int = 100,
    source: str | None = None,
    *,
    date_only: bool = False,
) -> CanonicalCandidate:
    return CanonicalCandidate(key, published, words, source, date_only)


@pytest.mark.parametrize(
    ("rule", "candidates", "chosen"),
    [
        (EARLIEST, [candidate(1, 20.0), candidate(2, 10.0, words=5)], 2),
        (EARLIEST, [candidate(1), candidate(2, 10.0)], 2),
        (EARLIEST, [candidate(2, 10.0), candidate(1, 10.0)], 1),
        (EARLIEST, [candidate(2), candidate(1)], 1),
        (EARLIEST, [candidate(1, DAY, date_only=True), candidate(2, 2 * DAY - 1)], 2),
        (EARLIEST, [candidate(1, DAY, date_only=True), candidate(2, 2 * DAY)], 1),
        (EARLIEST, [candidate(2, DAY, date_only=True), candidate(1)], 2),
        (EARLIEST, [candidate(2, DAY, date_only=True), candidate(1, DAY, date_only=True)], 1),
        (EARLIEST, [candidate(1, DAY), candidate(2, DAY + 1)], 1),
        # One of three has a wrong year: it counts as undated, wherever it comes.
        (EARLIEST, [candidate(1, DAY), candidate(3, YEAR + DAY), candidate(2, YEAR + 2 * DAY)], 3),
        (EARLIEST, [candidate(3, 0.0), candidate(2, 50 * YEAR), candidate(1, 50 * YEAR + 1)], 2),
        (EARLIEST, [candidate(3, DAY), candidate(2, 2 * YEAR), candidate(1)], 1),
        (EARLIEST, [candidate(3, DAY), candidate(1, 299 * DAY), candidate(2, 300 * DAY)], 3),
        # Of two, nobody can say which is wrong.
        (EARLIEST, [candidate(2, DAY), candidate(1, DAY + YEAR)], 1),
        (EARLIEST, [candidate(1, DAY), candidate(2, DAY + YEAR)], 1),
        (LONGEST, [candidate(1, 0.0), candidate(3, YEAR), candidate(2, YEAR + 1)], 3),
        (LONGEST, [candidate(1, DAY, date_only=True), candidate(2, DAY + 5)], 2),
        (LONGEST, [candidate(1, 10.0, 100), candidate(2, 20.0, 101)], 2),
        (LONGEST, [candidate(1, 20.0, 100), candidate(2, 10.0, 100)], 2),
        (TRUSTED, [candidate(1, 1.0), candidate(2, 2.0, source="Meridian World")], 2),
        (
            TRUSTED,
            [
                candidate(1, 1.0, source="Meridian World"),
                candidate(2, 3.0, source="Talmar Wire"),
                candidate(3, 2.0, source="Talmar Wire"),
            ],
            3,
        ),
        (TRUSTED, [candidate(1, 2.0, source="Echo"), candidate(2, 1.0)], 2),
        (TRUSTED, [candidate(1, 2.0, source="talmar wire"), candidate(2, 1.0)], 2),
    ],
)
def test_rule_chooses_the_canonical_article(
    rule: CanonicalRule, candidates: Sequence[CanonicalCandidate], chosen: int
) -> None:
    assert choose_canonical(candidates, rule) == chosen
    assert choose_canonical(candidates[::-1], rule) == chosen


@pytest.mark.parametrize(("rule", "chosen"), [(EARLIEST, 1), (LONGEST, 2), (TRUSTED, 3)])
def test_index_uses_the_rule(rule: CanonicalRule, chosen: int) -> None:
    text = StoryFactory(1).text()
    copies = [
        make_article(1, text, 1000.0),
        make_article(2, f"{text}\n\nIt was the third time this year.", 2000.0),
        make_article(3, text, 3000.0, source="Talmar Wire"),
    ]
    assignments = assign(copies, rule)
    assert [
        assignment.duplicate_of or assignment.article for assignment in assignments.values()
    ] == [chosen] * 3


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1), (2, 1, 4, 3)])
def test_index_doubts_a_wrong_year_in_any_order(order: Sequence[int]) -> None:
    text = StoryFactory(1).text()
    published = {1: DAY, 2: YEAR + DAY, 3: YEAR + 2 * DAY, 4: YEAR + 3 * DAY}
    batch = Batch()
    for key in order:
        batch.add(make_article(key, text, published[key]))
    canonical = {it.duplicate_of or it.article for it in batch.assignments.values()}
    assert canonical == {2}
