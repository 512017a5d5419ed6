"""Terms that two articles have from a notice, and events of such articles."""

from __future__ import annotations

import pytest

from clustering.duplicates.notice_terms import find_disregarded_terms
from clustering.features.terms import Terms
from tests.support.look_alikes import (
    FIRST_QUAKE,
    LOCK,
    NOTICE,
    OTHER_QUAKE,
    STUB,
    TENOR,
    WIRE,
    Story,
    make_features,
    make_fingerprint,
    with_notice,
)
from tests.support.story_factory import IndexHarness


def disregarded_names(first: Story, second: Story) -> set[str]:
    found = find_disregarded_terms(make_fingerprint(first), make_fingerprint(second))
    if found is None:
        return set()
    names = Terms.from_bytes(make_features(first).terms).names
    return {name for name, left_out in zip(names, found.first.tolist(), strict=True) if left_out}


def events_of(*stories: Story, hours: float = 3) -> list[int]:
    harness = IndexHarness()
    for key, story in enumerate(stories, start=1):
        harness.add(key, make_features(story, key, hours * key))
    return [harness.assignments[key].event for key in sorted(harness.assignments)]


@pytest.mark.parametrize("first", [False, True])
def test_terms_of_a_notice_are_left_out(first: bool):
    names = disregarded_names(with_notice(LOCK, first=first), with_notice(TENOR, first=first))
    assert {"crossword", "telephone", "mailbox", "vestad"} <= names
    assert names.isdisjoint(["sluice", "hammarn", "crack", "barges"])


def test_date_after_a_notice_does_not_hide_it():
    stories = (
        with_notice(story, f"{NOTICE} Published at {hour} o'clock in Vestad")
        for story, hour in ((LOCK, "seven"), (TENOR, "eight"))
    )
    assert "crossword" in disregarded_names(*stories)


def test_passage_that_the_headline_tells_counts():
    first = LOCK._replace(text=WIRE)
    second = Story("Cracked gate of sluice keeps barges waiting", f"{TENOR.text} {WIRE}", "Echo")
    assert disregarded_names(first, second) == set()


def test_passage_in_the_middle_counts():
    def around(story: Story) -> Story:
        return story._replace(text=f"{story.text} {story.text[::-1]} {NOTICE} {story.text[::-1]}")

    assert disregarded_names(around(LOCK), around(TENOR)) == set()


@pytest.mark.parametrize("notice", [NOTICE, STUB])
def test_stories_with_one_notice_are_events_of_their_own_from_the_first_on(notice: str):
    assert len(set(events_of(with_notice(LOCK, notice), with_notice(TENOR, notice)))) == 2
    assert len(set(events_of(LOCK._replace(text=notice), TENOR._replace(text=notice)))) == 2


def test_two_reports_of_one_event_with_one_notice_are_one_event():
    report = Story(
        "Barges stuck above cracked sluice gate at Hammarn",
        "Thirty barges are stuck at Hammarn, where a crack in the gate of the sluice was found by"
        " divers on Monday. The canal board has ordered a new gate from a forge in Drenby.",
    )
    assert len(set(events_of(with_notice(LOCK), with_notice(report)))) == 1


def test_reports_from_one_template_are_events_of_their_own():
    assert len(set(events_of(FIRST_QUAKE, OTHER_QUAKE, hours=40))) == 2


def are_two_cases(first: str, second: str) -> bool:
    found = find_disregarded_terms(
        make_fingerprint(Story(first, "")), make_fingerprint(Story(second, ""))
    )
    return found is not None and found.are_two_cases


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Fire destroys the mill of Tollworth", "Fire destroys the barn of Aldersey"),
        ("Vestad Trawlers profit falls 3 percent", "Hammarn Timber profit falls 8 percent"),
        ("Brand zerstört Mühle in Hammarnby", "Brand zerstört Scheune in Vestadal"),
    ],
)
def test_headlines_with_other_names_are_two_cases(first: str, second: str):
    assert are_two_cases(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Fire destroys mill in Hammarnby", "Hammarnby mill burns to the ground"),
        ("Fire destroys mill in Hammarnby", "Fire destroys an old mill by the river"),
        ("Fire Destroys Mill In Hammarnby", "Fire Destroys Mill On Vestad Canal"),
    ],
)
def test_headlines_with_a_common_name_or_none_may_be_one_case(first: str, second: str):
    assert not are_two_cases(first, second)
