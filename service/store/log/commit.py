"""What one write transaction did, written in one go.

Judging only notes down what follows (`Entry`); `write` turns the notes into rows. The rows of one
entry stand together in the log: a head (`article.assigned`, `article.updated`,
`article.removed`, `store.reclustered`, `decision.made`, `decision.undone`), then what it moved,
merged and split. Where articles retire, that comes first (`articles.retired`), and before it which
of them stay because people decided something about them (`article.recalled`).
"""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import Column, Connection, bindparam, delete, select, update

from clustering.features.minhash import FINGERPRINT_VERSION
from clustering.state.canonical import CanonicalRule
from clustering.types import Change, Features
from service.store import bulk
from service.store.bulk import RowValues
from service.store.log import retirement
from service.store.log.change_set import ArticleRow, ChangeSet
from service.store.log.positions import EVENT_COLUMN, GROUP_COLUMN, PositionTracker
from service.store.projections import event_summaries
from service.store.schema import (
    META_LAST_KEY,
    article_versions,
    articles,
    assignments,
    changes,
    decisions,
    features,
    lines,
    meta,
    snapshots,
    texts,
)

MAX_SNAPSHOTS: Final = 8
"""Snapshots of the term weights that are kept, the newest."""
_NEW_VERSION_REASON: Final = "the only article has a new version"


def write_change_set(connection: Connection, change_set: ChangeSet, rule: CanonicalRule) -> None:
    """Write everything that was noted.

    Parameters
    ----------
    connection : Connection
    change_set : ChangeSet
    rule : CanonicalRule
        By which another of the retired stands for them, once the one that did is gone.
    """
    if not change_set.entries and change_set.retired_from is None:
        return
    ledger = PositionTracker(connection, change_set, rule)
    ledger.fold()
    ledger.events.update((event, ledger.events.get(event)) for event in change_set.renamed_events)
    ledger.restructured_events.update(change_set.renamed_events)
    _write_articles(connection, change_set)
    _write_assignments(connection, ledger)
    _redirect_emptied(connection, ledger)
    _write_log(connection, change_set, ledger)
    event_summaries.refresh_events(
        connection, ledger.events, change_set.now, ledger.added_by_event()
    )
    event_summaries.refresh_groups(connection, ledger.groups, change_set.now)


def _write_articles(connection: Connection, change_set: ChangeSet) -> None:
    _delete_articles(connection, change_set.removed)
    bulk.insert(connection, articles, [paper.article for paper in change_set.added.values()])
    bulk.insert(
        connection,
        texts,
        [{"key": key, "text": paper.text} for key, paper in change_set.added.items()],
    )
    _replace_articles(connection, change_set.replaced)
    found = {key: feature_row(key, it) for key, it in change_set.features.items()}
    new = [row for key, row in found.items() if key in change_set.added]
    bulk.insert(connection, features, new)
    bulk.update(connection, features, [found[key] for key in change_set.replaced])


def _replace_articles(connection: Connection, replaced: dict[int, ArticleRow]) -> None:
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
    for some in bulk.chunked(list(replaced)):
        versions = connection.execute(old, {"keys": some}).mappings()
        bulk.insert(connection, article_versions, [dict(version) for version in versions])
    bulk.update(connection, articles, [paper.article for paper in replaced.values()])
    bulk.update(
        connection, texts, [{"key": key, "text": paper.text} for key, paper in replaced.items()]
    )


def _delete_articles(connection: Connection, keys: set[int]) -> None:
    for key in keys:  # its text, features, assignment and history go with it
        connection.execute(delete(articles).where(articles.c.key == key))


def feature_row(key: int, article_features: Features) -> RowValues:
    """Return features as they are stored."""
    return {
        "key": key,
        "fingerprint": article_features.fingerprint,
        "terms": article_features.terms,
        "words": article_features.words,
        "language": article_features.language,
        "origin": article_features.origin,
        "fingerprint_version": FINGERPRINT_VERSION,
    }


def _write_assignments(connection: Connection, tracker: PositionTracker) -> None:
    places = {key: {"key": key, **place._asdict()} for key, place in tracker.current.items()}
    new = [row for key, row in places.items() if key not in tracker.stored_keys]
    old = [row for key, row in places.items() if key in tracker.stored_keys]
    bulk.insert(connection, assignments, new)
    bulk.update(connection, assignments, old)


def _redirect_emptied(connection: Connection, tracker: PositionTracker) -> None:
    """Let the events and groups that a new version left empty answer with its new ones."""
    for key, left in tracker.previous_assignments.items():
        now = tracker.current[key]
        event, group = left.event_number, left.group_number
        if tracker.events[event] is None and _is_empty(connection, EVENT_COLUMN, event):
            tracker.log_change(Change("event.merged", event, now.event_number, _NEW_VERSION_REASON))
        if tracker.groups[group] is None and _is_empty(connection, GROUP_COLUMN, group):
            tracker.log_change(Change("group.merged", group, now.group_number, _NEW_VERSION_REASON))


def _is_empty(connection: Connection, column: Column[int], number: int) -> bool:
    return connection.scalar(select(column).where(column == number).limit(1)) is None


def _write_log(connection: Connection, change_set: ChangeSet, tracker: PositionTracker) -> None:
    bulk.insert(connection, changes, tracker.log)
    bulk.insert(connection, snapshots, tracker.snapshots)
    if tracker.snapshots:
        _delete_old_snapshots(connection)
    bulk.insert(connection, lines, tracker.threshold_rows)
    if change_set.decision_row is not None:
        last = {"seq": change_set.last_seq, "moved": json.dumps(tracker.moves)}
        bulk.insert(connection, decisions, [{**change_set.decision_row, **last}])
    connection.execute(
        update(meta).where(meta.c.name == META_LAST_KEY), {"value": str(change_set.last_key)}
    )
    if change_set.retired_from is not None:
        retirement.move_boundary(connection, change_set.retired_before)


def _delete_old_snapshots(connection: Connection) -> None:
    """Keep a few: another process may still have to catch up with the renewals before the last."""
    newest = select(snapshots.c.seq).order_by(snapshots.c.seq.desc())
    oldest = connection.scalar(newest.offset(MAX_SNAPSHOTS - 1).limit(1))
    if oldest is not None:
        connection.execute(delete(snapshots).where(snapshots.c.seq < oldest))
