"""Event numbers: which cluster keeps which number when events merge and split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from clustering.state.must_link_closure import must_link_closure, violates_cannot_link
from clustering.state.overlay import MembershipOverlay


def assign_event_numbers(overlay: MembershipOverlay, clusters: Sequence[Sequence[int]]) -> None:
    """Give every cluster of groups an event number.

    An event that splits leaves its number to the cluster with most of its articles. Events that
    merge take the smallest of their numbers. Groups of an event that are in no cluster follow the
    number of their event. Where a cannot-link forbids that, they keep the number, and the cluster
    takes another.

    Parameters
    ----------
    overlay : MembershipOverlay
    clusters : sequence of sequence of int
        Groups, each in one cluster.
    """
    clusters = [cluster for cluster in clusters if not _is_unchanged(overlay, cluster)]
    clustered = {group for cluster in clusters for group in cluster}
    claims: dict[int, list[int]] = {}
    for event, main_cluster in _find_main_clusters(overlay, clusters).items():
        claims.setdefault(main_cluster, []).append(event)
    for label, cluster in enumerate(clusters):
        groups, number = list(cluster), None
        for event in sorted(claims.get(label, ())):
            unclustered = [group for group in overlay.groups(event) if group not in clustered]
            if not unclustered or not violates_cannot_link(
                overlay.constraints,
                must_link_closure(overlay, (*groups, *unclustered)).event_components,
            ):
                number, groups = number or event, [*groups, *unclustered]
        number = number or overlay.new_event_number()
        for group in groups:
            overlay.set_event(group, number)


def _is_unchanged(overlay: MembershipOverlay, cluster: Sequence[int]) -> bool:
    """Tell whether a cluster is exactly one current event."""
    event = overlay.event(cluster[0])
    return event is not None and {*cluster} == {*overlay.groups(event)}


def _find_main_clusters(
    overlay: MembershipOverlay, clusters: Iterable[Iterable[int]]
) -> Mapping[int, int]:
    """Return, for every event, the cluster that holds most of its articles."""
    n_articles: dict[int, Counter[int]] = {}
    oldest_group: dict[int, int] = {}
    for label, cluster in enumerate(clusters):
        for group in cluster:
            oldest_group[label] = min(group, oldest_group.get(label, group))
            event = overlay.event(group)
            if event is not None:
                n_articles.setdefault(event, Counter())[label] += len(overlay.members(group))
    return {
        event: max(counts, key=lambda label: (counts[label], -oldest_group[label]))
        for event, counts in n_articles.items()
    }
