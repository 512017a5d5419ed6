"""What judgements would change: the line they speak for, and the events that would be others.

It is worked out on an index of its own, loaded from the store, so that nobody who is served notices
but by the time it takes. The newest one is kept, to be looked at and applied.
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
from service.store.log import replay
from service.store.log.change_set import last_seq
from service.store.projections import headlines
from service.store.review import thresholds
from service.store.schema import assignments, proposals

EventPartition = Sequence[Sequence[int]]
"""The keys of the articles of each."""

MAX_EVENTS_SHOWN: Final = 100
"""Events that are told of, at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEvent:
    """An event that would be another."""

    event_id: str
    headline: str
    size: int
    parts: int
    """Into how many it would fall; 1 if it stays whole."""
    joins: tuple[str, ...]
    """Events that it would be one with, in part or as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdProposal:
    """What people's judgements say of the line, and what would follow from it."""

    at: datetime
    seq: int
    """The newest change that was looked at."""
    fit: ThresholdFit
    least: int = MIN_JUDGED_PAIRS
    least_of_each: int = MIN_JUDGED_PAIRS_PER_CLASS
    changed: int = 0
    """Events that would be others."""
    events: tuple[ChangedEvent, ...] = ()
    """Some of them, the largest first."""


_proposal_adapter: Final = TypeAdapter(ThresholdProposal)


def propose_threshold(store: Store, pause: Callable[[], None] = lambda: None) -> ThresholdProposal:
    """Find the line that judgements speak for, and what it would change; change nothing.

    Parameters
    ----------
    store : Store
    pause : callable
        Called now and then, by who has to let others go first.

    Returns
    -------
    ThresholdProposal
    """
    with store.reading() as transaction:
        at, seq = from_timestamp(time.time()), last_seq(transaction)
        now, said = thresholds.current_threshold(transaction), labels.load_labels(transaction)
        index = build_index(transaction, pause) if len(said) >= MIN_JUDGED_PAIRS else None
        # As all events will be judged by the term weights of now, so are the pairs.
        rarity = IdfSnapshot.from_bytes(index.snapshot()) if index else IdfSnapshot()
        found = fit_threshold(labels.build_judged_pairs(transaction, said, rarity), now)
        event_of = _load_event_of(transaction) if found.is_better else {}
    if index is None or not found.is_better:
        return ThresholdProposal(at=at, seq=seq, fit=found)
    before, after = index.partition_by_threshold([now, found.threshold], pause)
    with store.reading() as transaction:
        changed = _find_changed_events(transaction, event_of, before, after)
    some = tuple(sorted(changed, key=lambda it: (-it.size, it.event_id))[:MAX_EVENTS_SHOWN])
    return ThresholdProposal(at=at, seq=seq, fit=found, changed=len(changed), events=some)


def save_proposal(store: Store, proposal: ThresholdProposal) -> None:
    """Keep a proposal in the place of the one before."""
    report = _proposal_adapter.dump_json(proposal).decode()
    with store.writing() as transaction:
        transaction.execute(delete(proposals))
        bulk.insert(transaction, proposals, [{"at": proposal.at.timestamp(), "report": report}])


def load_proposal(store: Store) -> ThresholdProposal | None:
    """Return the proposal that is kept; None if there is none."""
    with store.reading() as transaction:
        report = transaction.scalar(select(proposals.c.report))
    return None if report is None else _proposal_adapter.validate_json(report)


def build_index(connection: Connection, pause: Callable[[], None]) -> ArticleIndex:
    """An index of one's own, as the store has it."""
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
    numbers = [Counter(event_of[key] for key in inside).most_common(1)[0][0] for inside in before]
    found = [it for it in compare_partitions(before, after) if it[1] > 1 or len(it[2]) > 1]
    shown = headlines.load_headlines(connection, {numbers[at] for at, _, _ in found})
    return [
        ChangedEvent(
            event_id=ids.encode("e", numbers[at]),
            headline=shown.get(numbers[at], ""),
            size=len(before[at]),
            parts=parts,
            joins=tuple(ids.encode("e", numbers[it]) for it in sorted(joined - {at})),
        )
        for at, parts, joined in found
    ]


def _never_stop(pause: Callable[[], None]) -> Callable[[], bool]:
    """A question whether to stop: never, but others may go first."""

    def stop() -> bool:
        pause()
        return False

    return stop


def compare_partitions(
    before: EventPartition, after: EventPartition
) -> Iterator[tuple[int, int, set[int]]]:
    """Of each event before: its place, the parts it falls into, and who else is in these."""
    now = {key: at for at, inside in enumerate(after) for key in inside}
    was = {key: at for at, inside in enumerate(before) for key in inside}
    inside_of = [{was[key] for key in inside} for inside in after]
    for at, inside in enumerate(before):
        parts = {now[key] for key in inside}
        yield at, len(parts), set().union(*(inside_of[part] for part in parts))


def _load_event_of(connection: Connection) -> dict[int, int]:
    query = select(assignments.c.key, assignments.c.event_number)
    return {row.key: row.event_number for row in connection.execute(query)}


def describe_change(event: ChangedEvent) -> str:
    """Say in words what would become of an event."""
    whole = f"falls into {event.parts}" if event.parts > 1 else ""
    with_ = f"one with {', '.join(event.joins[:3])}" if event.joins else ""
    more = f" and {len(event.joins) - 3} more" if len(event.joins) > 3 else ""
    return " and becomes ".join(filter(None, [whole, with_])) + more
