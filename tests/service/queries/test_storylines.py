"""Events that continue one another are chained; what people cut and tie stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.common.dates import SECONDS_PER_DAY
from service.queries.storylines import Edits, StoryEvent, Storylines
from tests.support.users import form_token

CASE = {"strake", "charity"}


def event(number: int, day: float, *terms: str) -> StoryEvent:
    seen = day * SECONDS_PER_DAY
    return StoryEvent(number, seen, seen + 3600, frozenset(terms))


def others(start: int = 100) -> list[StoryEvent]:
    """Events that share no term with any other."""
    return [event(number, number % 60, f"a{number}", f"b{number}") for number in range(start, 140)]


def pairs(events: list[StoryEvent], number: int, edits: Edits | None = None) -> set[str]:
    links = Storylines(events, edits or {}).links_around(number)
    return {f"{link.earlier_id} {link.later_id}" for link in links}


TRIAL = [
    event(1, 1, *CASE, "arrest", "police"),
    event(2, 9, *CASE, "charged"),
    event(3, 25, *CASE, "verdict", "jury"),
    event(4, 60, *CASE, "appeal"),
]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_events_that_share_rare_terms_are_chained(number: int) -> None:
    assert pairs([*TRIAL, *others()], number) == {"e1 e2", "e2 e3"}


def test_one_term_and_common_terms_do_not_chain() -> None:
    common = [event(n, n % 20, "trump", "senate", f"c{n}") for n in range(10, 30)]
    assert pairs([*common, *others()], 10) == set()
    assert pairs([event(1, 1, "strake", "x"), event(2, 2, "strake", "y"), *others()], 1) == set()


def test_cut_link_stays_cut_and_tied_events_stay_tied() -> None:
    events = [*TRIAL, *others()]
    cuts: Edits = {(2, 3): ("cut", "anna")}
    assert pairs(events, 3, cuts) == set()
    assert pairs(events, 2, cuts) == {"e1 e2"}
    tied = Storylines(events, {(3, 4): ("tie", "anna")}).links_around(4)
    assert [(link.later_id, link.tied_by) for link in tied] == [
        ("e2", None),
        ("e3", None),
        ("e4", "anna"),
    ]


@given(st.lists(st.tuples(st.integers(0, 80), st.sets(st.sampled_from("abcdefgh"))), max_size=25))
def test_every_event_of_a_storyline_has_the_same_one(raw: list[tuple[int, set[str]]]) -> None:
    events = [event(n, day, *terms) for n, (day, terms) in enumerate(raw, 1)]
    for number in range(1, len(events) + 1):
        found = pairs([*events, *others()], number)
        members = {int(name[1:]) for pair in found for name in pair.split()}
        assert all(pairs([*events, *others()], member) == found for member in members)


def test_storylines_are_listed_cut_and_tied(
    client: FlaskClient, make_article: Callable[..., dict[str, Any]]
) -> None:
    for number in (1, 2):
        raw = make_article(number, published_at=f"2025-05-0{number}")
        assert client.post("/v1/articles", json=raw).status_code == 201
    token = form_token(client)

    def edit(kind: str, *event_ids: str) -> int:
        form = {"csrf_token": token, "kind": kind, "event_ids": [*event_ids]}
        return client.post("/admin/storyline-edits", data=form).status_code

    def listed() -> list[str]:
        items = client.get("/v1/events?storyline=e1").get_json()["items"]
        return [item["event_id"] for item in items]

    assert listed() == ["e1"]
    assert edit("tie", "e1", "e2") == 303
    assert listed() == ["e2", "e1"]
    assert "tied by" in client.get("/admin/events/e2/storyline").text
    assert client.get("/feeds/events.rss?storyline=e2").data.count(b"<item>") == 2
    assert edit("cut", "e2", "e1") == 303
    assert listed() == ["e1"]
    assert edit("tie", "e1", "e1") == edit("none", "e1", "e2") == 400
    assert client.get("/admin/events/e99/storyline").status_code == 404
