"""Neighbours found by older term weights are weighed by the newest, in turns."""

from __future__ import annotations

import pytest

from clustering import Features, extract_features
from clustering.events.index import EventIndex
from clustering.events.neighbour_graph import NEIGHBOUR_THRESHOLD, RESCORE_TOLERANCE
from clustering.features.terms import Terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.idf_schedule import RESCORED_PER_NEW_GROUP
from clustering.similarity.model import default_similarity
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from tests.support.story_factory import StoryFactory, make_article


class Desk:
    """The events part with its roster, each article a group of its own."""

    def __init__(self) -> None:
        self.roster = Membership()
        self.index = EventIndex(default_similarity())

    def add(self, features: Features) -> None:
        slot = self.roster.next_slot
        draft = MembershipOverlay(self.roster, slot + 1, features)
        draft.set_group([slot], draft.new_group_number())
        self.index.add(slot, Terms.from_bytes(features.terms), features)
        self.index.assign_events(draft)
        self.roster.add(slot + 1, features)
        self.roster.set_group(slot, draft.group(slot))
        for group, event in draft.reassigned_groups.items():
            self.roster.set_event(group, event)
        self.index.commit()

    def neighbours(self, group: int) -> dict[int, float]:
        return dict(self.index.neighbourhood(group).probabilities)

    def weighed_now(self, group: int) -> dict[int, float]:
        """The neighbours that are found if they are looked for by the weights in force."""
        found = self.index.candidate_probabilities(group).items()
        return {self.roster.group(slot): p for slot, p in found if p >= NEIGHBOUR_THRESHOLD}


def near(neighbours: dict[int, float]) -> object:
    return pytest.approx(neighbours, abs=RESCORE_TOLERANCE)


def test_the_newest_first_until_all_had_their_turn() -> None:
    desk, press = Desk(), StoryFactory(1)
    casts = [press.names(5) for _ in range(5)]
    for key in range(30):
        desk.add(extract_features(make_article(key, press.text(6, casts[key % 5]))))
    before = {group: desk.neighbours(group) for group in range(1, 31)}
    desk.index.update_idf(
        IdfSnapshot.from_bytes(desk.index.document_frequencies.snapshot(31).to_bytes())
    )
    after = {group: desk.weighed_now(group) for group in range(1, 31)}
    assert all(before.values())
    assert any(before[group] != near(after[group]) for group in before)
    for turn in range(1, 30 // RESCORED_PER_NEW_GROUP + 1):
        desk.add(extract_features(make_article(100 + turn, StoryFactory(100 + turn).text(4))))
        turned = range(31 - RESCORED_PER_NEW_GROUP * turn, 31)
        assert all(desk.neighbours(it) == near(after[it]) for it in turned)
