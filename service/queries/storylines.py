"""Storylines: events that continue one another, such as arrest, charge and trial.

An event continues the earlier event with which it shares most: at least two key terms, rare among
the events of these months, within three weeks. Chains of such links are storylines. They are looked
up when they are asked for, and change no event. People may cut links and tie events.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import Connection, select

from service.common import ids
from service.common.dates import SECONDS_PER_DAY
from service.common.docstring_config import DOCSTRING_CONFIG
from service.store import Store, schema
from service.store.review import storyline_edits
from service.store.review.storyline_edits import EditKind

MAX_GAP_DAYS: Final = 21
"""Days between the last article of an event and the first one of the event that continues it."""
WINDOW_DAYS: Final = 90
"""Days before and after an event in which its storyline is looked for."""
MAX_EVENTS: Final = 100
"""Events of a storyline at most."""
_MIN_SHARED_TERMS: Final = 2
_MAX_TERM_SHARE: Final = 0.15
"""Share of the events from which a key term says nothing; in small stores, `_MIN_COMMON` events."""
_MIN_COMMON: Final = 5
_MIN_RELATIVE_WEIGHT: Final = 0.9
"""Weight of the shared terms, as a share of that of a term that one event alone has."""

Edits = Mapping[tuple[int, int], tuple[EditKind, str]]


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """What of an event matters for storylines; times are POSIX seconds."""

    number: int
    first_seen: float
    last_seen: float
    terms: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorylineLink:
    """Two events, the later of which continues the earlier."""

    __pydantic_config__ = DOCSTRING_CONFIG

    earlier_id: str
    later_id: str
    shared_terms: tuple[str, ...]
    """Key terms of both; empty if they are only tied."""
    tied_by: str | None
    """The editor who tied them; null if their terms did."""


def find_links(store: Store, number: int) -> tuple[StorylineLink, ...]:
    """Return the links of the storyline of an event, in order of time; empty if it has none."""
    with store.reading() as connection:
        return tuple(_find_links(connection, number))


def find_storyline(connection: Connection, number: int) -> set[int]:
    """Return the numbers of the events of a storyline; at least the given one."""
    links = _find_links(connection, number)
    linked = {event_id for link in links for event_id in (link.earlier_id, link.later_id)}
    return {number, *(ids.decode("e", event_id) or 0 for event_id in linked)}


def _find_links(connection: Connection, number: int) -> list[StorylineLink]:
    events = _load_events(connection, number)
    if not any(event.number == number for event in events):
        return []
    return Storylines(events, storyline_edits.load_edits(connection)).links_around(number)


class Storylines:
    """The storylines of the events of some months.

    Parameters
    ----------
    events : sequence of StoryEvent
    edits : mapping of (int, int) to (str, str)
        What people said of pairs of events, the smaller number first: "tie" or "cut", and who.
    """

    def __init__(self, events: Sequence[StoryEvent], edits: Edits) -> None:
        self._event_of = {event.number: event for event in events}
        self._edits = edits
        counts = Counter(term for event in events for term in event.terms)
        common = max(_MIN_COMMON, _MAX_TERM_SHARE * len(events))
        self._max_weight = math.log(max(len(events), 2))
        self._weights = {
            term: math.log(len(events) / count) + 1e-9
            for term, count in counts.items()
            if count <= common
        }
        self._events_with = defaultdict(list)
        for event in events:
            for term in event.terms & self._weights.keys():
                self._events_with[term].append(event)
        self._earlier: dict[int, int | None] = {}

    def links_around(self, number: int) -> list[StorylineLink]:
        """Return all links of the storyline of an event, in order of time."""
        found, pending = {number}, [number]
        links: dict[tuple[int, int], StorylineLink] = {}
        while pending and len(found) < MAX_EVENTS:
            event = pending.pop(0)
            for earlier, later in self._pairs_of(event):
                links[earlier, later] = self._make_link(earlier, later)
                reached = {earlier, later} - found
                found |= reached
                pending += sorted(reached)
        return sorted(links.values(), key=self._time_of)

    def _pairs_of(self, number: int) -> Iterable[tuple[int, int]]:
        """Yield the links of one event: to the one before, to those after, and ties."""
        earlier = self._find_earlier(number)
        if earlier is not None:
            yield earlier, number
        for later in self._candidates_after(number):
            if self._find_earlier(later) == number:
                yield number, later
        for other in self._ties.get(number, ()):
            pair = sorted((number, other), key=lambda event: self._event_of[event].first_seen)
            yield pair[0], pair[1]

    def _find_earlier(self, number: int) -> int | None:
        """Return the event that an event continues."""
        if number not in self._earlier:
            event = self._event_of[number]
            scored = [
                (weight, other.last_seen, other.number)
                for other, weight in self._candidate_weights(event)
                if _continues(event, other) and not self._is_cut(number, other.number)
            ]
            self._earlier[number] = max(scored)[2] if scored else None
        return self._earlier[number]

    def _candidates_after(self, number: int) -> list[int]:
        event = self._event_of[number]
        return [
            other.number for other, _ in self._candidate_weights(event) if _continues(other, event)
        ]

    def _candidate_weights(self, event: StoryEvent) -> Iterable[tuple[StoryEvent, float]]:
        """Yield the events that share enough with an event, with the weight of what they share."""
        n_shared: Counter[StoryEvent] = Counter()
        weights: defaultdict[StoryEvent, float] = defaultdict(float)
        for term in event.terms & self._weights.keys():
            for other in self._events_with[term]:
                if other.number != event.number:
                    n_shared[other] += 1
                    weights[other] += self._weights[term]
        for other, count in n_shared.items():
            is_heavy = weights[other] >= _MIN_RELATIVE_WEIGHT * self._max_weight
            if count >= _MIN_SHARED_TERMS and is_heavy:
                yield other, weights[other]

    @cached_property
    def _ties(self) -> dict[int, list[int]]:
        ties: defaultdict[int, list[int]] = defaultdict(list)
        for (first, second), (kind, _) in self._edits.items():
            if kind == "tie" and {first, second} <= self._event_of.keys():
                ties[first].append(second)
                ties[second].append(first)
        return ties

    def _is_cut(self, first: int, second: int) -> bool:
        edit = self._edits.get((min(first, second), max(first, second)))
        return edit is not None and edit[0] == "cut"

    def _make_link(self, earlier: int, later: int) -> StorylineLink:
        terms = self._event_of[earlier].terms & self._event_of[later].terms
        edit = self._edits.get((min(earlier, later), max(earlier, later)))
        return StorylineLink(
            earlier_id=ids.encode("e", earlier),
            later_id=ids.encode("e", later),
            shared_terms=tuple(sorted(terms & self._weights.keys(), key=self._rarest_first)),
            tied_by=edit[1] if edit is not None and edit[0] == "tie" else None,
        )

    def _rarest_first(self, term: str) -> tuple[float, str]:
        return -self._weights[term], term

    def _time_of(self, link: StorylineLink) -> tuple[float, str]:
        return self._event_of[ids.decode("e", link.later_id) or 0].first_seen, link.later_id


def _continues(later: StoryEvent, earlier: StoryEvent) -> bool:
    """Whether an event begins after another one, and not too long after its end."""
    begins_later = (earlier.first_seen, earlier.number) < (later.first_seen, later.number)
    gap = later.first_seen - earlier.last_seen
    return begins_later and gap <= MAX_GAP_DAYS * SECONDS_PER_DAY


def _load_events(connection: Connection, number: int) -> list[StoryEvent]:
    """Load the open events around an event."""
    columns = schema.events.c
    seen = connection.execute(
        select(columns.first_seen, columns.last_seen).where(columns.number == number)
    ).one_or_none()
    if seen is None:
        return []
    window = WINDOW_DAYS * SECONDS_PER_DAY
    query = select(columns.number, columns.first_seen, columns.last_seen, columns.key_terms).where(
        columns.state == "open",
        columns.last_seen >= seen.first_seen - window,
        columns.first_seen <= seen.last_seen + window,
    )
    return [
        StoryEvent(
            row.number, row.first_seen, row.last_seen, frozenset(row.key_terms.split("\n")) - {""}
        )
        for row in connection.execute(query)
    ]
