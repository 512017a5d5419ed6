"""Events that a new article drew together, for human review.

Each merge becomes one question: the likeliest pair of texts, one from either event. An answer to
it keeps the two events together or divides them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from clustering.events.index import EventIndex
from clustering.events.uncertainty import MAX_THRESHOLD_DISTANCE, distance_to_threshold
from clustering.state.overlay import MembershipOverlay
from clustering.types import Change, UncertainPair


def find_merged_pairs(
    overlay: MembershipOverlay,
    changes: Iterable[Change],
    event_index: EventIndex,
    article_of: Callable[[int], int],
    cause: int,
) -> Iterator[UncertainPair]:
    """Yield a pair for each merge of events that was a close decision.

    Parameters
    ----------
    overlay : MembershipOverlay
        With the events after the merge; its membership has those before.
    changes : iterable of Change
    event_index : EventIndex
    article_of : callable
        Returns the representative article of a group.
    cause : int
        The article that arrived.

    Yields
    ------
    UncertainPair
        Of kind "merge".
    """
    for change in changes:
        if change.kind != "event.merged":
            continue
        merged, remaining = (
            _groups_from(overlay, event, change.target) for event in (change.source, change.target)
        )
        if not merged or not remaining:
            continue
        mean = event_index.mean_probability(merged, remaining)
        distance = distance_to_threshold(mean, event_index.event_threshold, same_event=True)
        if distance <= MAX_THRESHOLD_DISTANCE:
            pair = _likeliest_pair(event_index, merged, remaining)
            first, second = sorted(map(article_of, pair))
            n_moved = min(_count_articles(overlay, merged), _count_articles(overlay, remaining))
            yield UncertainPair((first, second), mean, "merge", n_moved, cause)


def _groups_from(overlay: MembershipOverlay, event: int, target: int) -> list[int]:
    """The groups of an event before the merge that are in the merged event now.

    Those that became part of another group, since they hold copies, have no text of their own.
    """
    return [
        group
        for group in overlay.membership.groups(event)
        if overlay.event(group) == target and overlay.members(group)
    ]


def _likeliest_pair(
    event_index: EventIndex, merged: Sequence[int], remaining: Sequence[int]
) -> tuple[int, int]:
    """The most probable pair of groups; the first of each if no two are neighbours."""
    pairs = [
        (probability, -group, -neighbour)
        for group in merged
        for neighbour, probability in event_index.neighbourhood(group).all_probabilities().items()
        if neighbour in remaining
    ]
    if not pairs:
        return merged[0], remaining[0]
    _, group, neighbour = max(pairs)
    return -group, -neighbour


def _count_articles(overlay: MembershipOverlay, groups: Iterable[int]) -> int:
    return sum(len(overlay.members(group)) for group in groups)
