"""Questions about events that a new article drew together."""

from __future__ import annotations

from typing import Any
from unittest import mock

from clustering.events.index import EventIndex
from clustering.events.merged_events import find_merged_pairs
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Change, Features, UncertainPair

THRESHOLD = 0.5


def build_overlay() -> MembershipOverlay:
    """Event 1 has group 1, event 2 has groups 2 and 3: one article each."""
    membership = Membership()
    for group, event in ((1, 1), (2, 2), (3, 2)):
        slot = membership.add(100 + group, Features("en", b"", b"", None, None, 100))
        membership.set_group(slot, group)
        membership.set_event(group, event)
    return MembershipOverlay(membership)


def event_index() -> Any:
    """No two groups are neighbours, and all merges are close decisions."""
    index = mock.create_autospec(EventIndex, instance=True, event_threshold=THRESHOLD)
    index.mean_probability.return_value = THRESHOLD
    index.neighbourhood.return_value.all_probabilities.return_value = {}
    return index


def questions(overlay: MembershipOverlay) -> list[UncertainPair]:
    def article_of(group: int) -> int:
        (slot, *_) = overlay.members(group)
        return overlay.article(slot)

    changes = [Change("event.merged", 2, 1, "")]
    return list(find_merged_pairs(overlay, changes, event_index(), article_of, cause=109))


def test_group_whose_texts_became_copies_of_another_is_not_asked_about() -> None:
    overlay = build_overlay()
    overlay.set_group([1], 1)  # that of group 2, which is empty now
    for group in (2, 3):
        overlay.set_event(group, 1)
    assert questions(overlay) == [UncertainPair((101, 103), THRESHOLD, "merge", 1, cause=109)]


def test_events_that_merge_since_their_texts_are_copies_are_no_question() -> None:
    overlay = build_overlay()
    overlay.set_group([1, 2], 1)
    for group in (2, 3):
        overlay.set_event(group, 1)
    assert questions(overlay) == []
