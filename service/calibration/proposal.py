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

from clustering.assign import Index
from clustering.line import LEAST, LEAST_OF_EACH, Fit, fit
from clustering.rarity import Rarity
from service import ids
from service.calibration import labels
from service.dates import moment
from service.fingerprints import Fingerprints
from service.store import Store, headlines, lines, replay, rows
from service.store.journal import last_seq
from service.store.lines import proposals
from service.store.tables import assignments

Events = Sequence[Sequence[int]]
"""The keys of the articles of each."""

SHOWN: Final = 100
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
class Proposal:
    """What people's judgements say of the line, and what would follow from it."""

    at: datetime
    seq: int
    """The newest change that was looked at."""
    fit: Fit
    least: int = LEAST
    least_of_each: int = LEAST_OF_EACH
    changed: int = 0
    """Events that would be others."""
    events: tuple[ChangedEvent, ...] = ()
    """Some of them, the largest first."""


_stored: Final = TypeAdapter(Proposal)


def work_out(store: Store, pause: Callable[[], None] = lambda: None) -> Proposal:
    """Find the line that judgements speak for, and what it would change; change nothing.

    Parameters
    ----------
    store : Store
    pause : callable
        Called now and then, by who has to let others go first.

    Returns
    -------
    Proposal
    """
    with store.reading() as transaction:
        at, seq = moment(time.time()), last_seq(transaction)
        now, said = lines.in_force(transaction), labels.labels(transaction)
        index = index_of(transaction, pause) if len(said) >= LEAST else None
        # As all events will be judged by the term weights of now, so are the pairs.
        rarity = Rarity.from_bytes(index.snapshot()) if index else Rarity()
        found = fit(labels.judged(transaction, said, rarity), now)
        event_of = _events(transaction) if found.better else {}
    if index is None or not found.better:
        return Proposal(at=at, seq=seq, fit=found)
    before, after = index.partitions([now, found.threshold], pause)
    with store.reading() as transaction:
        changed = _changed(transaction, event_of, before, after)
    some = tuple(sorted(changed, key=lambda it: (-it.size, it.event_id))[:SHOWN])
    return Proposal(at=at, seq=seq, fit=found, changed=len(changed), events=some)


def keep(store: Store, found: Proposal) -> None:
    """Keep a proposal in the place of the one before."""
    report = _stored.dump_json(found).decode()
    with store.writing() as transaction:
        transaction.execute(delete(proposals))
        rows.insert(transaction, proposals, [{"at": found.at.timestamp(), "report": report}])


def newest(store: Store) -> Proposal | None:
    """Return the proposal that is kept; None if there is none."""
    with store.reading() as transaction:
        report = transaction.scalar(select(proposals.c.report))
    return None if report is None else _stored.validate_json(report)


def index_of(transaction: Connection, pause: Callable[[], None]) -> Index:
    """An index of one's own, as the store has it."""
    fingerprints = Fingerprints()
    fingerprints.enter(transaction)
    index = Index(fingerprints)
    replay.load(transaction, index, _never(pause))
    return index


def _changed(
    transaction: Connection, event_of: Mapping[int, int], before: Events, after: Events
) -> list[ChangedEvent]:
    numbers = [Counter(event_of[key] for key in inside).most_common(1)[0][0] for inside in before]
    found = [it for it in others(before, after) if it[1] > 1 or len(it[2]) > 1]
    shown = headlines.shown(transaction, {numbers[at] for at, _, _ in found})
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


def _never(pause: Callable[[], None]) -> Callable[[], bool]:
    """A question whether to stop: never, but others may go first."""

    def stop() -> bool:
        pause()
        return False

    return stop


def others(before: Events, after: Events) -> Iterator[tuple[int, int, set[int]]]:
    """Of each event before: its place, the parts it falls into, and who else is in these."""
    now = {key: at for at, inside in enumerate(after) for key in inside}
    was = {key: at for at, inside in enumerate(before) for key in inside}
    inside_of = [{was[key] for key in inside} for inside in after]
    for at, inside in enumerate(before):
        parts = {now[key] for key in inside}
        yield at, len(parts), set().union(*(inside_of[part] for part in parts))


def _events(transaction: Connection) -> dict[int, int]:
    query = select(assignments.c.key, assignments.c.event_number)
    return {row.key: row.event_number for row in transaction.execute(query)}
