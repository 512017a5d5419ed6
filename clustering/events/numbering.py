"""Event numbers: who keeps which when events merge and split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from clustering.state.closure import must_link_closure, violates_cannot_link
from clustering.state.overlay import MembershipOverlay


def assign_event_numbers(overlay: MembershipOverlay, clusters: Sequence[Sequence[int]]) -> None:
    """Give every cluster of groups its event number.

    An event that falls apart leaves its number to its larger part; events that become one go by
    the oldest number among them. Groups of an event that were not looked at follow its number;
    where people decided against that, they keep it, and the cluster goes by another.

    Parameters
    ----------
    overlay : MembershipOverlay
    clusters : sequence of sequence of int
        Groups, each in one cluster.
    """
    clusters = [cluster for cluster in clusters if not _is_unchanged(overlay, cluster)]
    looked_at = {group for cluster in clusters for group in cluster}
    owner = _find_main_clusters(overlay, clusters)
    claims: dict[int, list[int]] = {}
    for event, heir in owner.items():
        claims.setdefault(heir, []).append(event)
    for label, cluster in enumerate(clusters):
        inside, number = list(cluster), None
        for event in sorted(claims.get(label, ())):
            rest = [group for group in overlay.groups(event) if group not in looked_at]
            if not rest or not violates_cannot_link(
                overlay.constraints, must_link_closure(overlay, (*inside, *rest)).event_components
            ):
                number, inside = number or event, [*inside, *rest]
        number = number or overlay.new_event_number()
        for group in inside:
            overlay.set_event(group, number)


def _is_unchanged(overlay: MembershipOverlay, cluster: Sequence[int]) -> bool:
    event = overlay.event(cluster[0])
    return event is not None and {*cluster} == {*overlay.groups(event)}


def _find_main_clusters(
    overlay: MembershipOverlay, clusters: Iterable[Iterable[int]]
) -> Mapping[int, int]:
    """For every event, the cluster that holds the larger part of its articles."""
    shares: dict[int, Counter[int]] = {}
    oldest: dict[int, int] = {}
    for label, cluster in enumerate(clusters):
        for group in cluster:
            oldest[label] = min(group, oldest.get(label, group))
            event = overlay.event(group)
            if event is not None:
                shares.setdefault(event, Counter())[label] += len(overlay.members(group))
    return {
        event: max(counts, key=lambda label: (counts[label], -oldest[label]))
        for event, counts in shares.items()
    }
