"""Join events of different languages; what is joined within a language stays as it is.

Events are first found within each language. Two of them that have no language in common are then
joined if articles of one probably report the same as articles of the other, the most probable
first. So an event never takes two events of one language: with two that are alike, only the nearer
one is joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

Event = list[int]
CrossLinks = Mapping[int, Mapping[int, float]]
"""By group: its neighbours in other languages, with their probabilities."""


def join_across_languages(
    events: Sequence[Event],
    links: CrossLinks,
    language_of: Callable[[int], int],
    may_join: Callable[[Event, Event], bool],
    event_threshold: float,
) -> list[Event]:
    """Join events whose articles are in different languages.

    Parameters
    ----------
    events : sequence of list of int
        The groups of each event within a language. The order must not depend on the order of
        arrival: equal strengths are joined in this order.
    links : mapping of int to mapping of int to float
        Probabilities between groups in different languages.
    language_of : callable
        Returns the language code of a group; 0 if it is undetermined.
    may_join : callable
        Whether editors' decisions allow two events to be one.
    event_threshold : float
        Strength from which two events are joined; see `link_strengths`.

    Returns
    -------
    list of list of int
    """
    cluster_of = {number: number for number in range(len(events))}
    clusters = {number: [*event] for number, event in enumerate(events)}
    languages = {
        number: {language_of(group) for group in event} - {0} for number, event in clusters.items()
    }
    strengths = link_strengths(events, links)
    for first, second in sorted(strengths, key=lambda pair: (-strengths[pair], pair)):
        kept, joined = sorted((cluster_of[first], cluster_of[second]))
        if strengths[first, second] < event_threshold or languages[kept] & languages[joined]:
            continue
        if may_join(clusters[kept], clusters[joined]):
            clusters[kept] += clusters.pop(joined)
            languages[kept] |= languages.pop(joined)
            cluster_of = {
                number: kept if cluster == joined else cluster
                for number, cluster in cluster_of.items()
            }
    return [*clusters.values()]


def link_strengths(events: Sequence[Event], links: CrossLinks) -> dict[tuple[int, int], float]:
    """Compute how strongly events are linked across languages.

    Parameters
    ----------
    events : sequence of list of int
        Groups.
    links : mapping of int to mapping of int to float

    Returns
    -------
    dict of (int, int) to float
        By positions of two events, the smaller first: the mean, over the groups of the event with
        fewer groups, of the probability of its best link to the other; 0 for a group without one.
    """
    event_of = {group: number for number, event in enumerate(events) for group in event}
    pairs = {
        (min(number, event_of[other]), max(number, event_of[other]))
        for number, event in enumerate(events)
        for group in event
        for other in links.get(group, ())
        if event_of.get(other, number) != number
    }
    return {
        (first, second): _strength(events[first], events[second], links) for first, second in pairs
    }


def _strength(first: Event, second: Event, links: CrossLinks) -> float:
    return max(
        _mean_of_best(smaller, larger, links)
        for smaller, larger in ((first, second), (second, first))
        if len(smaller) <= len(larger)
    )


def _mean_of_best(groups: Event, others: Iterable[int], links: CrossLinks) -> float:
    candidates = frozenset(others)
    best = (
        max((p for other, p in links.get(group, {}).items() if other in candidates), default=0.0)
        for group in groups
    )
    return sum(best) / len(groups)
