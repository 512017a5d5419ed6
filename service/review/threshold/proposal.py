"""Propose an event threshold fitted to editors' decisions, with the events that it would change.

It is computed on an index of its own, loaded from the store, so that requests are affected only by
the processor time. The newest proposal is stored, to be reviewed and applied.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, select

from clustering.learning.threshold import (
    MIN_JUDGED_PAIRS,
    MIN_JUDGED_PAIRS_PER_CLASS,
    ThresholdFit,
    fit_threshold,
)
from clustering.pipeline.index import ArticleIndex
from clustering.similarity.idf import IdfSnapshot
from service.common import ids
from service.common.dates import from_timestamp
from service.engine.fingerprint_cache import FingerprintCache
from service.review.threshold import labels
from service.store import Store, bulk
from service.store.change_log import replay
from service.store.change_log.change_set import last_seq
from service.store.projections import headlines
from service.store.review import thresholds
from service.store.schema import assignments, threshold_proposals

EventPartition = Sequence[Sequence[int]]
"""A partition of articles into events: the article keys of each event."""

MAX_EVENTS_SHOWN: Final = 100
"""Changed events that a proposal lists, which bounds its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEvent:
    """An event that the threshold would change."""

    event_id: str
    headline: str
    size: int
    parts: int
    """Number of events that its articles would be in; 1 if it is not split."""
    joins: tuple[str, ...]
    """Events that would merge with it, or with a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdProposal:
    """An event threshold fitted to editors' decisions, and what it would change."""

    at: datetime
    seq: int
    """The newest change that was taken into account."""
    fit: ThresholdFit
    least: int = MIN_JUDGED_PAIRS
    """Labelled pairs that a fit needs."""
    least_of_each: int = MIN_JUDGED_PAIRS_PER_CLASS
    """Labelled pairs of either class that a fit needs."""
    changed: int = 0
    """Number of events that would change."""
    events: tuple[ChangedEvent, ...] = ()
    """Some of these events, the largest first."""


_PROPOSAL_ADAPTER: Final = TypeAdapter(ThresholdProposal)


def propose_threshold(store: Store, pause: Callable[[], None] = lambda: None) -> ThresholdProposal:
    """Fit the event threshold to editors' decisions, and find what it would change.

    Nothing is changed.

    Parameters
    ----------
    store : Store
    pause : callable
        Called regularly, so that a background job can leave time to other threads.

    Returns
    -------
    ThresholdProposal
    """
    with store.reading() as connection:
        now, seq = from_timestamp(time.time()), last_seq(connection)
        threshold = thresholds.current_threshold(connection)
        pair_labels = labels.load_labels(connection)
        index = build_index(connection, pause) if len(pair_labels) >= MIN_JUDGED_PAIRS else None
        # Events will be reclustered with current term weights, so pairs are compared with these.
        idf_snapshot = IdfSnapshot.from_bytes(index.snapshot()) if index else IdfSnapshot()
        judged_pairs = labels.build_judged_pairs(connection, pair_labels, idf_snapshot)
        fit = fit_threshold(judged_pairs, threshold)
        event_of = _load_event_of(connection) if fit.is_better else {}
    if index is None or not fit.is_better:
        return ThresholdProposal(at=now, seq=seq, fit=fit)
    before, after = index.partition_by_threshold([threshold, fit.threshold], pause)
    with store.reading() as connection:
        changed = _find_changed_events(connection, event_of, before, after)
    largest = sorted(changed, key=lambda event: (-event.size, event.event_id))[:MAX_EVENTS_SHOWN]
    return ThresholdProposal(at=now, seq=seq, fit=fit, changed=len(changed), events=tuple(largest))


def save_proposal(store: Store, proposal: ThresholdProposal) -> None:
    """Store a proposal in place of the one before."""
    report = _PROPOSAL_ADAPTER.dump_json(proposal).decode()
    row = {"at": proposal.at.timestamp(), "report": report}
    with store.writing() as connection:
        connection.execute(delete(threshold_proposals))
        bulk.insert(connection, threshold_proposals, [row])


def load_proposal(store: Store) -> ThresholdProposal | None:
    """Return the stored proposal; None if there is none."""
    with store.reading() as connection:
        report = connection.scalar(select(threshold_proposals.c.report))
    return None if report is None else _PROPOSAL_ADAPTER.validate_json(report)


def build_index(connection: Connection, pause: Callable[[], None]) -> ArticleIndex:
    """Load a new index from the store."""
    fingerprints = FingerprintCache()
    fingerprints.begin(connection)
    index = ArticleIndex(fingerprints)
    replay.load_index(connection, index, _never_stop(pause))
    return index


def _find_changed_events(
    connection: Connection,
    event_of: Mapping[int, int],
    before: EventPartition,
    after: EventPartition,
) -> list[ChangedEvent]:
    numbers = [Counter(event_of[key] for key in keys).most_common(1)[0][0] for keys in before]
    changed = [
        (position, parts, joined)
        for position, parts, joined in compare_partitions(before, after)
        if parts > 1 or len(joined) > 1
    ]
    headline_of = headlines.load_headlines(
        connection, {numbers[position] for position, _, _ in changed}
    )
    return [
        ChangedEvent(
            event_id=ids.encode("e", numbers[position]),
            headline=headline_of.get(numbers[position], ""),
            size=len(before[position]),
            parts=parts,
            joins=tuple(
                ids.encode("e", numbers[joining]) for joining in sorted(joined - {position})
            ),
        )
        for position, parts, joined in changed
    ]


def _never_stop(pause: Callable[[], None]) -> Callable[[], bool]:
    """Return a `should_stop` callback that pauses and never stops."""

    def should_stop() -> bool:
        pause()
        return False

    return should_stop


def compare_partitions(
    before: EventPartition, after: EventPartition
) -> Iterator[tuple[int, int, set[int]]]:
    """Compare two partitions of the same articles.

    Yields
    ------
    position : int
        Position of an event in `before`.
    parts : int
        Number of events of `after` that its articles are in.
    joined : set of int
        Positions of all events of `before` with articles in these events; itself among them.
    """
    position_after = {key: position for position, keys in enumerate(after) for key in keys}
    position_before = {key: position for position, keys in enumerate(before) for key in keys}
    sources = [{position_before[key] for key in keys} for keys in after]
    for position, keys in enumerate(before):
        parts = {position_after[key] for key in keys}
        yield position, len(parts), set().union(*(sources[part] for part in parts))


def _load_event_of(connection: Connection) -> dict[int, int]:
    query = select(assignments.c.key, assignments.c.event_number)
    return {row.key: row.event_number for row in connection.execute(query)}


def describe_change(event: ChangedEvent) -> str:
    """Say in words how an event would change."""
    split = f"splits into {event.parts}" if event.parts > 1 else ""
    merge = f"merges with {', '.join(event.joins[:3])}" if event.joins else ""
    more = f" and {len(event.joins) - 3} more" if len(event.joins) > 3 else ""
    return " and ".join(filter(None, [split, merge])) + more
