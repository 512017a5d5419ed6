"""Which doubts are still to be asked, most useful first.

What people decided, and what follows from it, is asked no more: a pair that is tied or kept apart,
through whatever reprints and other articles; two events that are kept apart by anybody in them; an
event that is locked. Of two events, or of the inside of one, one pair is asked at a time: its
answer may settle the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, bindparam, func, select

from clustering.constraints.decision import ConstraintSet
from clustering.events.uncertainty import review_priority
from service.common import ids
from service.common.dates import from_timestamp
from service.common.schema import DOCSTRING_CONFIG
from service.engine.writer import IndexWriter
from service.store import bulk, schema
from service.store.log.change_set import last_seq
from service.store.review import decisions as decision_table
from service.store.review import thresholds
from service.store.review import uncertain_pairs as kept
from service.store.schema import articles, assignments

_SECONDS_PER_DAY: Final = 86400.0
_ANSWER_KINDS: Final = ("same_event", "keep_apart")


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainPairView:
    """Two articles of which it is not sure whether they report the same event."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_ids: tuple[str, str]
    event_ids: tuple[str, str]
    """Where they are; one and the same if they are together."""
    together: bool
    """Whether they are in one event at present."""
    probability: float
    """Of "same event", when the two were compared."""
    moving: int
    """Articles that would leave their event if the answer is not as things are."""
    published_at: datetime
    """Of the younger article; when it was received, where that is not known or not true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainPairPage:
    """The most useful doubts."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[UncertainPairView, ...]
    left: int
    """Doubts that are still to be asked, these included."""
    judged_today: int
    """Answers of everybody since midnight (UTC) that stand: `same_event` and `keep_apart`."""
    threshold: float
    """Probability from which articles are joined."""
    seq: int
    """The newest change that was looked at: to be sent as `seen` with the answer."""


def list_uncertain_pairs(writer: IndexWriter, actor: str, limit: int = 50) -> UncertainPairPage:
    """Return what is worth most to ask somebody.

    Parameters
    ----------
    writer : IndexWriter
    actor : str
        Whose skips are left out.
    limit : int
    """
    with writer.store.reading() as transaction:
        join, settled = (
            thresholds.current_threshold(transaction),
            _DecidedPairs(transaction, writer.load_constraints(transaction)),
        )
        found = (
            row for row in kept.list_open_pairs(transaction, actor) if not settled.is_decided(row)
        )
        asked = _one_pair_per_events(_build_queue(found, join))
        names = _fetch_article_ids(transaction, [it.pair for it in asked[:limit]])
        return UncertainPairPage(
            items=tuple(_to_view(it, names) for it in asked[:limit]),
            left=len(asked),
            judged_today=_count_answers_since(
                transaction, time.time() // _SECONDS_PER_DAY * _SECONDS_PER_DAY
            ),
            threshold=join,
            seq=last_seq(transaction),
        )


@dataclass(frozen=True, slots=True)
class _QueuedPair:
    pair: tuple[int, int]
    events: tuple[int, int]
    probability: float
    n_reassigned: int
    published: float
    priority: float


def _one_pair_per_events(pairs: Iterable[_QueuedPair]) -> list[_QueuedPair]:
    """The most useful first, and of two events only one pair."""
    ranked = sorted(pairs, key=lambda it: (-it.priority, it.pair))
    first_of = {frozenset(it.events): it for it in reversed(ranked)}
    return [it for it in ranked if first_of[frozenset(it.events)] is it]


def _build_queue(pair_rows: Iterable[Row[Any]], event_threshold: float) -> Iterator[_QueuedPair]:
    for row in pair_rows:
        together = row.event == row.other_event
        sizes = (row.copies, row.other_copies) if together else (row.size, row.other_size)
        n_reassigned = min(sizes)
        yield _QueuedPair(
            (row.first, row.second),
            (row.event, row.other_event),
            row.probability,
            priority=review_priority(
                row.probability,
                event_threshold,
                same_event=together,
                n_reassigned=n_reassigned,
                published=row.published,
            ),
            n_reassigned=n_reassigned,
            published=row.published,
        )


class _DecidedPairs:
    """What people decided, as far as it says something about doubts."""

    def __init__(self, connection: Connection, constraints: ConstraintSet) -> None:
        self._constraints = constraints
        self._components_by_group: dict[int, set[int]] = {}
        self._components_by_event: dict[int, set[int]] = {}
        for row in _fetch_assignments(connection, constraints.event_component_of):
            camp = constraints.event_component_of[row.key]
            self._components_by_group.setdefault(row.group_number, set()).add(camp)
            self._components_by_event.setdefault(row.event_number, set()).add(camp)

    def is_decided(self, row: Row[Any]) -> bool:
        """Whether an answer would say nothing new, or could not be kept to."""
        if {row.event, row.other_event} & self._constraints.locked_events:
            return True
        here, there = (
            self._components_by_group.get(it, set()) for it in (row.group, row.other_group)
        )
        if here & there or self._violates_cannot_link(here, there):
            return True
        if row.event == row.other_event:
            return False
        events = (row.event, row.other_event)
        return self._violates_cannot_link(
            *(self._components_by_event.get(it, set()) for it in events)
        )

    def _violates_cannot_link(self, components: set[int], other_components: set[int]) -> bool:
        apart = self._constraints.cannot_link_events
        return any(other_components & apart.get(camp, frozenset()) for camp in components)


def _fetch_assignments(connection: Connection, keys: Iterable[int]) -> Iterator[Row[Any]]:
    columns = (assignments.c[name] for name in ("key", "group_number", "event_number"))
    query = select(*columns).where(assignments.c.key.in_(bindparam("keys", expanding=True)))
    for some in bulk.chunked(keys):
        yield from connection.execute(query, {"keys": some})


def _fetch_article_ids(connection: Connection, pairs: Iterable[tuple[int, int]]) -> dict[int, str]:
    query = select(articles.c.key, articles.c.id).where(
        articles.c.key.in_(bindparam("keys", expanding=True))
    )
    return {
        row.key: row.id
        for some in bulk.chunked({key for pair in pairs for key in pair})
        for row in connection.execute(query, {"keys": some})
    }


def _count_answers_since(connection: Connection, since: float) -> int:
    columns = schema.decisions.c
    at: Column[float] = columns.at
    standing = decision_table.ACTIVE_DECISIONS.where(at >= since, columns.kind.in_(_ANSWER_KINDS))
    numbers = standing.with_only_columns(columns.number).subquery()
    query = select(func.count()).select_from(numbers)
    return connection.scalar(query) or 0


def _to_view(pair: _QueuedPair, article_ids: dict[int, str]) -> UncertainPairView:
    one, other = pair.pair
    event, other_event = pair.events
    return UncertainPairView(
        article_ids=(article_ids[one], article_ids[other]),
        event_ids=(ids.encode("e", event), ids.encode("e", other_event)),
        together=event == other_event,
        probability=pair.probability,
        moving=pair.n_reassigned,
        published_at=from_timestamp(pair.published),
    )
