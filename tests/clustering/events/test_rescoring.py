"""Re-scoring: neighbours found by older term weights are compared by the newest, bit by bit."""

from __future__ import annotations

import pytest

from clustering import Features, extract_features
from clustering.events.index import EventIndex
from clustering.events.neighbour_graph import RESCORE_TOLERANCE
from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from clustering.features.terms import Terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.idf_renewal import RESCORED_PER_NEW_GROUP
from clustering.similarity.model import default_similarity
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from tests.support.story_factory import StoryFactory, make_article


class EventIndexHarness:
    """An event index with its membership; each article is a group of its own."""

    def __init__(self) -> None:
        self.membership = Membership()
        self.index = EventIndex(default_similarity())

    def add(self, features: Features) -> None:
        slot = self.membership.next_slot
        overlay = MembershipOverlay(self.membership, slot + 1, features)
        overlay.set_group([slot], overlay.new_group_number())
        self.index.add(slot, Terms.from_bytes(features.terms), features)
        self.index.assign_events(overlay)
        self.membership.add(slot + 1, features)
        self.membership.set_group(slot, overlay.group(slot))
        for group, event in overlay.reassigned_groups.items():
            self.membership.set_event(group, event)
        self.index.commit()

    def neighbours(self, group: int) -> dict[int, float]:
        return dict(self.index.neighbourhood(group).probabilities)

    def neighbours_by_current_weights(self, group: int) -> dict[int, float]:
        """The neighbours of a group, looked up again by the weights in force."""
        probabilities = self.index.candidate_probabilities(group).items()
        return {
            self.membership.group(slot): p for slot, p in probabilities if p >= NEIGHBOUR_THRESHOLD
        }


def approximately(neighbours: dict[int, float]) -> object:
    return pytest.approx(neighbours, abs=RESCORE_TOLERANCE)


def test_rescoring_starts_with_the_newest_groups_and_reaches_all() -> None:
    harness, factory = EventIndexHarness(), StoryFactory(1)
    names = [factory.names(5) for _ in range(5)]
    for key in range(30):
        harness.add(extract_features(make_article(key, factory.text(6, names[key % 5]))))
    before = {group: harness.neighbours(group) for group in range(1, 31)}
    harness.index.update_idf(
        IdfSnapshot.from_bytes(harness.index.document_frequencies.snapshot(31).to_bytes())
    )
    after = {group: harness.neighbours_by_current_weights(group) for group in range(1, 31)}
    assert all(before.values())
    assert any(before[group] != approximately(after[group]) for group in before)
    for n_added in range(1, 30 // RESCORED_PER_NEW_GROUP + 1):
        harness.add(
            extract_features(make_article(100 + n_added, StoryFactory(100 + n_added).text(4)))
        )
        rescored = range(31 - RESCORED_PER_NEW_GROUP * n_added, 31)
        assert all(harness.neighbours(group) == approximately(after[group]) for group in rescored)
