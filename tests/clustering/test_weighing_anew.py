"""Neighbours found by older term weights are weighed by the newest, in turns."""

from __future__ import annotations

import pytest
from press import Press, article

from clustering import Features, analyse
from clustering.assign import default_similarity
from clustering.draft import Draft
from clustering.events import EventIndex
from clustering.likeness import NEIGHBOUR, SLIGHTLY
from clustering.rarity import Rarity
from clustering.renewal import TURNS
from clustering.roster import Roster
from clustering.terms import Terms


class Desk:
    """The events part with its roster, each article a group of its own."""

    def __init__(self) -> None:
        self.roster = Roster()
        self.index = EventIndex(default_similarity())

    def add(self, features: Features) -> None:
        slot = self.roster.next_slot
        draft = Draft(self.roster, slot + 1, features)
        draft.place([slot], draft.found_group())
        self.index.enter(slot, Terms.from_bytes(features.terms), features)
        self.index.place(draft)
        self.roster.enter(slot + 1, features)
        self.roster.place(slot, draft.group(slot))
        for group, event in draft.attached.items():
            self.roster.attach(group, event)
        self.index.keep()

    def neighbours(self, group: int) -> dict[int, float]:
        return dict(self.index.neighbourhood(group).probabilities)

    def weighed_now(self, group: int) -> dict[int, float]:
        """The neighbours that are found if they are looked for by the weights in force."""
        found = self.index.likelihoods(group).items()
        return {self.roster.group(slot): p for slot, p in found if p >= NEIGHBOUR}


def near(neighbours: dict[int, float]) -> object:
    return pytest.approx(neighbours, abs=SLIGHTLY)


def test_the_newest_first_until_all_had_their_turn() -> None:
    desk, press = Desk(), Press(1)
    casts = [press.cast(5) for _ in range(5)]
    for key in range(30):
        desk.add(analyse(article(key, press.story(6, casts[key % 5]))))
    before = {group: desk.neighbours(group) for group in range(1, 31)}
    desk.index.renew(Rarity.from_bytes(desk.index.counts.snapshot(31).to_bytes()))
    after = {group: desk.weighed_now(group) for group in range(1, 31)}
    assert all(before.values())
    assert any(before[group] != near(after[group]) for group in before)
    for turn in range(1, 30 // TURNS + 1):
        desk.add(analyse(article(100 + turn, Press(100 + turn).story(4))))
        turned = range(31 - TURNS * turn, 31)
        assert all(desk.neighbours(it) == near(after[it]) for it in turned)
