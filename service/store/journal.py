"""What one write transaction did, written in one go.

Judging only notes down what follows (`Entry`); `write` turns the notes into rows. The rows of one
entry stand together in the log: a head (`article.assigned`, `article.updated`,
`article.removed`, `store.reclustered`, `decision.made`, `decision.undone`), then what it moved,
merged and split. Where articles retire, that comes first (`articles.retired`), and before it which
of them stay because people decided something about them (`article.recalled`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import Column, Connection, bindparam, delete, func, select, update

from clustering.canonical import CanonicalRule
from clustering.fingerprints import FINGERPRINT_VERSION
from clustering.model import Change, Features, Judgement
from service.store import retirement, rows, summaries
from service.store.docket import decisions
from service.store.ledger import EVENT, GROUP, Ledger
from service.store.lines import Line, lines
from service.store.rows import Row
from service.store.tables import (
    LAST_KEY,
    article_versions,
    articles,
    assignments,
    changes,
    features,
    meta,
    snapshots,
    texts,
)

Head = Literal["article.assigned", "article.updated", "article.removed"]

Decided = Literal["decision.made", "decision.undone"]

SNAPSHOTS: Final = 8
"""Snapshots of the term weights that are kept, the newest."""
_NEW_VERSION: Final = "the only article has a new version"


@dataclass(frozen=True, slots=True)
class Entry:
    """One judged article, in the order of judgement; or one that has only moved.

    Where events are judged again, and where somebody decides, it is of no article in particular.
    """

    kind: Head | Literal["article.moved", "article.recalled", "store.reclustered"] | Decided
    key: int | None
    article_id: str | None
    judgement: Judgement
    snapshot: bytes | None = None
    """Taken by the index after this entry."""
    decision: int | None = None
    """The number of what was decided, or taken back."""
    line: Line | None = None
    """The line that is kept to after this entry."""


@dataclass(frozen=True, slots=True)
class Manuscript:
    """The columns of an article and of its text."""

    article: Row
    text: str


@dataclass(slots=True)
class Journal:
    """The notes of one transaction."""

    last_seq: int
    last_key: int
    now: float
    retired_before: int = 0
    """Articles that came with an earlier change have retired."""
    retired_from: int | None = None
    """That boundary before this transaction, if it has moved; it moves before all else."""
    entries: list[Entry] = field(default_factory=list)
    added: dict[int, Manuscript] = field(default_factory=dict)
    replaced: dict[int, Manuscript] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    features: dict[int, Features] = field(default_factory=dict)
    decided: Row | None = None
    """The row of what somebody decides, without what is known only at the end."""
    headlines: set[int] = field(default_factory=set)
    """Events whose headline people have changed."""

    def next_key(self) -> int:
        """Return a key that no article ever had."""
        self.last_key += 1
        return self.last_key


def open_journal(transaction: Connection, now: float) -> Journal:
    """Start the notes of a write transaction."""
    last_key = transaction.scalar(select(meta.c.value).where(meta.c.name == LAST_KEY))
    before = retirement.boundary(transaction)
    return Journal(last_seq(transaction), int(last_key or 0), now, before)


def last_seq(transaction: Connection) -> int:
    """Return the number of the newest change; 0 if there is none."""
    return transaction.scalar(select(func.max(changes.c.seq))) or 0


def write(transaction: Connection, journal: Journal, rule: CanonicalRule) -> None:
    """Write everything that was noted.

    Parameters
    ----------
    transaction : Connection
    journal : Journal
    rule : CanonicalRule
        By which another of the retired stands for them, once the one that did is gone.
    """
    if not journal.entries and journal.retired_from is None:
        return
    ledger = Ledger(transaction, journal, rule)
    ledger.walk()
    ledger.events.update((event, ledger.events.get(event)) for event in journal.headlines)
    ledger.disturbed.update(journal.headlines)
    _write_articles(transaction, journal)
    _write_places(transaction, ledger)
    _hand_over(transaction, ledger)
    _write_log(transaction, journal, ledger)
    summaries.refresh_events(transaction, ledger.events, journal.now, ledger.grown())
    summaries.refresh_groups(transaction, ledger.groups, journal.now)


def _write_articles(transaction: Connection, journal: Journal) -> None:
    _delete(transaction, journal.removed)
    rows.insert(transaction, articles, [paper.article for paper in journal.added.values()])
    rows.insert(
        transaction,
        texts,
        [{"key": key, "text": paper.text} for key, paper in journal.added.items()],
    )
    _replace(transaction, journal.replaced)
    found = {key: feature_row(key, it) for key, it in journal.features.items()}
    new = [row for key, row in found.items() if key in journal.added]
    rows.insert(transaction, features, new)
    rows.update(transaction, features, [found[key] for key in journal.replaced])


def _replace(transaction: Connection, replaced: dict[int, Manuscript]) -> None:
    """Keep the versions that are replaced, then put the new ones in their place."""
    if not replaced:
        return
    kept = article_versions.c.keys()
    columns = [texts.c.text if name == "text" else articles.c[name] for name in kept]
    old = (
        select(*columns)
        .join_from(articles, texts, texts.c.key == articles.c.key)
        .where(articles.c.key.in_(bindparam("keys", expanding=True)))
    )
    for some in rows.in_steps(list(replaced)):
        versions = transaction.execute(old, {"keys": some}).mappings()
        rows.insert(transaction, article_versions, [dict(version) for version in versions])
    rows.update(transaction, articles, [paper.article for paper in replaced.values()])
    rows.update(
        transaction, texts, [{"key": key, "text": paper.text} for key, paper in replaced.items()]
    )


def _delete(transaction: Connection, keys: set[int]) -> None:
    for key in keys:  # its text, features, assignment and history go with it
        transaction.execute(delete(articles).where(articles.c.key == key))


def feature_row(key: int, found: Features) -> Row:
    """Return features as they are stored."""
    return {
        "key": key,
        "fingerprint": found.fingerprint,
        "terms": found.terms,
        "words": found.words,
        "language": found.language,
        "origin": found.origin,
        "fingerprint_version": FINGERPRINT_VERSION,
    }


def _write_places(transaction: Connection, ledger: Ledger) -> None:
    places = {key: {"key": key, **place._asdict()} for key, place in ledger.current.items()}
    new = [row for key, row in places.items() if key not in ledger.stored]
    old = [row for key, row in places.items() if key in ledger.stored]
    rows.insert(transaction, assignments, new)
    rows.update(transaction, assignments, old)


def _hand_over(transaction: Connection, ledger: Ledger) -> None:
    """Let the events and groups that a new version left empty answer with its new ones."""
    for key, left in ledger.left.items():
        now = ledger.current[key]
        event, group = left.event_number, left.group_number
        if ledger.events[event] is None and _empty(transaction, EVENT, event):
            ledger.note_change(Change("event.merged", event, now.event_number, _NEW_VERSION))
        if ledger.groups[group] is None and _empty(transaction, GROUP, group):
            ledger.note_change(Change("group.merged", group, now.group_number, _NEW_VERSION))


def _empty(transaction: Connection, column: Column[int], number: int) -> bool:
    return transaction.scalar(select(column).where(column == number).limit(1)) is None


def _write_log(transaction: Connection, journal: Journal, ledger: Ledger) -> None:
    rows.insert(transaction, changes, ledger.log)
    rows.insert(transaction, snapshots, ledger.snapshots)
    if ledger.snapshots:
        _forget_old_snapshots(transaction)
    rows.insert(transaction, lines, ledger.lines)
    if journal.decided is not None:
        last = {"seq": journal.last_seq, "moved": json.dumps(ledger.moves)}
        rows.insert(transaction, decisions, [{**journal.decided, **last}])
    transaction.execute(
        update(meta).where(meta.c.name == LAST_KEY), {"value": str(journal.last_key)}
    )
    if journal.retired_from is not None:
        retirement.move_boundary(transaction, journal.retired_before)


def _forget_old_snapshots(transaction: Connection) -> None:
    """Keep a few: another process may still have to catch up with the renewals before the last."""
    newest = select(snapshots.c.seq).order_by(snapshots.c.seq.desc())
    oldest = transaction.scalar(newest.offset(SNAPSHOTS - 1).limit(1))
    if oldest is not None:
        transaction.execute(delete(snapshots).where(snapshots.c.seq < oldest))
