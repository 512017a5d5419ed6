"""The review queue: uncertain pairs that are still open, the highest priority first.

A pair is left out if editors' decisions already answer it: its articles must or must not be in one
event, directly or through near-duplicates and other articles; decisions keep the two events apart;
or one of the events is locked. Of all pairs between the same two events, or inside one event, only
one is listed, because its answer may settle the others; and none, if the editor has skipped one
between these events, or about the same text in this event. Questions about near-duplicates count
separately, and are left out if decisions answer those.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, func, select

from clustering.constraints.decision import ConstraintSet
from clustering.events.uncertainty import review_priority
from clustering.state.must_link_closure import violates_cannot_link
from clustering.types import QuestionKind
from service.common import ids
from service.common.dates import SECONDS_PER_DAY, from_timestamp
from service.common.docstring_config import DOCSTRING_CONFIG
from service.engine.writer import IndexWriter
from service.queries.decisions import ANSWER_KINDS
from service.review.skipped_subjects import SkippedSubjects, Subject, subject_of
from service.store import bulk, schema
from service.store.change_log.change_set import last_seq
from service.store.review import decisions as decision_table
from service.store.review import thresholds, uncertain_pairs
from service.store.schema import articles, assignments

_DIVIDING: Final = ("merge", "split")
"""Kinds that ask whether one event is two, and count the articles that would leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainPairView:
    """Two articles about which a person should be asked."""

    __pydantic_config__ = DOCSTRING_CONFIG

    kind: QuestionKind
    """What to ask: `event`, whether they report the same event; `merge`, whether the two events
    belong together that a new article drew into one, each with one of the two articles; `split`,
    whether two blocks of an event are one, each with one of the two articles; `duplicate`, whether
    they are near-duplicates. Answers are decisions of kind `same_event` or `keep_apart`; of
    `duplicate`, `duplicate` or `not_duplicate`."""

    article_ids: tuple[str, str]
    event_ids: tuple[str, str]
    """The events they are in; equal if they are in one event."""
    together: bool
    """Whether they are in one event now."""
    probability: float
    """Probability that they report the same event, when they were compared. Of `merge`, on average
    between the two events; of `split`, pooled between the two blocks; of `duplicate`, the
    score of the near-duplicates."""
    articles_moved: int
    """Articles that would at least leave their event if the answer contradicts the current
    assignment."""
    cause_id: str | None
    """Of `merge`, the article that drew the two events together."""
    published_at: datetime
    """When the younger article with a date was published, or received if that date is in the
    future. If neither has a date, when the last article with a date before them was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueuePage:
    """The uncertain pairs of the highest priority."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[UncertainPairView, ...]
    remaining: int
    """Number of open pairs, including these."""
    answered_today: int
    """Active decisions since midnight (UTC) that are of the kinds of answers, by all editors."""
    threshold: float
    """Event threshold: the probability from which articles are joined into one event."""
    seq: int
    """The newest change that was taken into account: to be sent as `seen` with the answer."""


def list_review_queue(writer: IndexWriter, actor: str, limit: int = 50) -> ReviewQueuePage:
    """Return the uncertain pairs of the highest priority.

    Parameters
    ----------
    writer : IndexWriter
    actor : str
        Pairs that this editor has skipped are left out.
    limit : int
    """
    with writer.store.reading() as connection:
        event_threshold = thresholds.current_threshold(connection)
        decided_pairs = _DecidedPairs(connection, writer.load_constraints(connection))
        open_rows = (
            row
            for row in uncertain_pairs.list_open_pairs(connection, actor)
            if not decided_pairs.is_decided(row)
        )
        skipped = SkippedSubjects(uncertain_pairs.list_skipped_pairs(connection, actor))
        asked = (row for row in open_rows if not skipped.covers(row))
        queue = _one_pair_per_events(_build_queue(asked, event_threshold))
        article_ids = _fetch_article_ids(connection, queue[:limit])
        midnight = time.time() // SECONDS_PER_DAY * SECONDS_PER_DAY
        return ReviewQueuePage(
            items=tuple(_to_view(pair, article_ids) for pair in queue[:limit]),
            remaining=len(queue),
            answered_today=_count_answers_since(connection, midnight),
            threshold=event_threshold,
            seq=last_seq(connection),
        )


@dataclass(frozen=True, slots=True)
class FlaggedPair:
    """A pair that an editor has flagged for others to look at."""

    pair: UncertainPairView
    actor: str


def list_flagged(writer: IndexWriter) -> tuple[FlaggedPair, ...]:
    """Return the flagged pairs that are still open, the newest flag first."""
    with writer.store.reading() as connection:
        event_threshold = thresholds.current_threshold(connection)
        decided_pairs = _DecidedPairs(connection, writer.load_constraints(connection))
        rows = [
            row
            for row in uncertain_pairs.list_flagged_pairs(connection)
            if not decided_pairs.is_decided(row)
        ]
        queued = list(_build_queue(rows, event_threshold))
        article_ids = _fetch_article_ids(connection, queued)
    return tuple(
        FlaggedPair(_to_view(pair, article_ids), row.actor)
        for pair, row in zip(queued, rows, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _QueuedPair:
    kind: QuestionKind
    keys: tuple[int, int]
    events: tuple[int, int]
    probability: float
    n_reassigned: int
    published: float
    priority: float
    cause: int | None


def _one_pair_per_events(pairs: Iterable[_QueuedPair]) -> list[_QueuedPair]:
    """Return one pair for each pair of events, in order of priority.

    Inside an event, whether it is two events is asked before whether one text belongs to it.
    """
    ranked = sorted(pairs, key=lambda pair: (-pair.priority, pair.keys))
    preferred = sorted(ranked, key=lambda pair: pair.kind not in _DIVIDING)
    first_of = {_subject_of(pair): pair for pair in reversed(preferred)}
    return [pair for pair in ranked if first_of[_subject_of(pair)] is pair]


def _subject_of(pair: _QueuedPair) -> Subject:
    return subject_of(pair.events, pair.kind)


def _build_queue(pair_rows: Iterable[Row[Any]], event_threshold: float) -> Iterator[_QueuedPair]:
    for row in pair_rows:
        same_event = row.first_event == row.second_event
        n_reassigned = _count_reassigned(row)
        yield _QueuedPair(
            row.kind,
            (row.first, row.second),
            (row.first_event, row.second_event),
            row.probability,
            priority=review_priority(
                row.kind,
                row.probability,
                event_threshold,
                same_event=same_event,
                n_reassigned=n_reassigned,
                published=row.published,
            ),
            n_reassigned=n_reassigned,
            published=row.published,
            cause=row.cause,
        )


def _count_reassigned(row: Row[Any]) -> int:
    """The articles that would at least move if the answer contradicts the assignment."""
    if row.kind in _DIVIDING:
        return int(row.n_moved)
    is_inside = row.kind == "duplicate" or row.first_event == row.second_event
    sizes: tuple[int, int] = (
        (row.first_group_size, row.second_group_size)
        if is_inside
        else (row.first_event_size, row.second_event_size)
    )
    return min(sizes)


class _DecidedPairs:
    """Tells which uncertain pairs are answered by decisions.

    Parameters
    ----------
    connection : Connection
    constraints : ConstraintSet
    """

    def __init__(self, connection: Connection, constraints: ConstraintSet) -> None:
        self._constraints = constraints
        self._components_by_group: dict[int, set[int]] = {}
        self._components_by_event: dict[int, set[int]] = {}
        for row in _fetch_assignments(connection, constraints.event_component_of):
            component = constraints.event_component_of[row.key]
            self._components_by_group.setdefault(row.group_number, set()).add(component)
            self._components_by_event.setdefault(row.event_number, set()).add(component)

    def is_decided(self, row: Row[Any]) -> bool:
        """Whether an answer would say nothing new, or could not take effect."""
        events = (row.first_event, row.second_event)
        has_parted = row.kind in _DIVIDING and row.first_event != row.second_event
        if has_parted or {*events} & self._constraints.locked_events:
            return True
        first, second = (
            self._components_by_group.get(group, set())
            for group in (row.first_group, row.second_group)
        )
        is_linked = (
            self._are_decided_duplicates(row.first, row.second)
            if row.kind == "duplicate"
            else first & second
        )
        if is_linked or violates_cannot_link(self._constraints, first, second):
            return True
        if row.first_event == row.second_event:
            return False
        return violates_cannot_link(
            self._constraints,
            *(self._components_by_event.get(event, set()) for event in events),
        )

    def _are_decided_duplicates(self, first: int, second: int) -> bool:
        component_of = self._constraints.duplicate_component_of
        if first not in component_of or second not in component_of:
            return False
        one, other = component_of[first], component_of[second]
        return one == other or other in self._constraints.cannot_link_duplicates.get(one, ())


def _fetch_assignments(connection: Connection, keys: Iterable[int]) -> Iterator[Row[Any]]:
    columns = (assignments.c[name] for name in ("key", "group_number", "event_number"))
    return bulk.select_in(connection, select(*columns), assignments.c.key, keys)


def _fetch_article_ids(connection: Connection, pairs: Iterable[_QueuedPair]) -> dict[int, str]:
    query = select(articles.c.key, articles.c.id)
    keys = {key for pair in pairs for key in (*pair.keys, pair.cause) if key is not None}
    rows = bulk.select_in(connection, query, articles.c.key, keys)
    return {row.key: row.id for row in rows}


def _count_answers_since(connection: Connection, since: float) -> int:
    columns = schema.decisions.c
    made_at: Column[float] = columns.at
    answers = decision_table.ACTIVE_DECISIONS.where(
        made_at >= since, columns.kind.in_(ANSWER_KINDS)
    )
    numbers = answers.with_only_columns(columns.number).subquery()
    query = select(func.count()).select_from(numbers)
    return connection.scalar(query) or 0


def _to_view(pair: _QueuedPair, article_ids: dict[int, str]) -> UncertainPairView:
    first, second = pair.keys
    first_event, second_event = pair.events
    return UncertainPairView(
        kind=pair.kind,
        article_ids=(article_ids[first], article_ids[second]),
        event_ids=(ids.encode("e", first_event), ids.encode("e", second_event)),
        together=first_event == second_event,
        probability=pair.probability,
        articles_moved=pair.n_reassigned,
        cause_id=None if pair.cause is None else article_ids.get(pair.cause),
        published_at=from_timestamp(pair.published),
    )
