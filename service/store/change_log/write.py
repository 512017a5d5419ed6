"""Write the change set of one write transaction, all at once.

Assigning articles only adds entries to the change set (`LogEntry`); `write_change_set` turns them
into rows. The log rows of one entry are consecutive: a head (`article.assigned`,
`article.updated`, `article.removed`, `store.reclustered`, `decision.made`, `decision.undone`), then
the moves, merges and splits that follow from it. Retirement comes before all entries
(`articles.retired`), and before it the articles that stay live because of a decision
(`article.recalled`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Connection, delete, select, update

from clustering.features.fingerprint import FINGERPRINT_VERSION
from clustering.state.canonical import CanonicalRule
from clustering.types import Change, Features
from service.store import bulk
from service.store.bulk import RowValues
from service.store.change_log import retirement
from service.store.change_log.change_set import ArticleRow, ChangeSet
from service.store.change_log.positions import EVENT_COLUMN, GROUP_COLUMN, PositionTracker
from service.store.projections import event_summaries
from service.store.review import decisions as decision_table
from service.store.schema import (
    META_LAST_KEY,
    article_versions,
    articles,
    assignments,
    changes,
    event_thresholds,
    features,
    idf_snapshots,
    meta,
    texts,
)
from service.store.search import index as search_index

MAX_SNAPSHOTS: Final = 8
"""IDF snapshots that are kept, the newest. More than one, because another process may still have to
replay older ones."""
_NEW_VERSION_REASON: Final = "the only article has a new version"


def write_change_set(connection: Connection, change_set: ChangeSet, rule: CanonicalRule) -> None:
    """Write all rows that follow from a change set.

    Parameters
    ----------
    connection : Connection
    change_set : ChangeSet
    rule : CanonicalRule
        Chooses a new canonical article for retired members whose canonical article is gone.
    """
    if not change_set.entries and change_set.retired_from is None:
        return
    tracker = PositionTracker(connection, change_set, rule)
    tracker.fold()
    tracker.events.update((event, tracker.events.get(event)) for event in change_set.renamed_events)
    tracker.restructured_events.update(change_set.renamed_events)
    _write_articles(connection, change_set)
    _write_assignments(connection, tracker)
    _redirect_emptied(connection, tracker)
    _write_log(connection, change_set, tracker)
    event_summaries.refresh_events(
        connection, tracker.events, change_set.now, tracker.added_by_event()
    )
    event_summaries.refresh_groups(connection, tracker.groups, change_set.now)


def _write_articles(connection: Connection, change_set: ChangeSet) -> None:
    search_index.remove_articles(connection, {*change_set.removed, *change_set.replaced})
    _delete_articles(connection, change_set.removed)
    bulk.insert(connection, articles, [added.article for added in change_set.added.values()])
    bulk.insert(
        connection,
        texts,
        [{"key": key, "text": added.text} for key, added in change_set.added.items()],
    )
    _replace_articles(connection, change_set.replaced)
    search_index.add_articles(connection, {*change_set.added, *change_set.replaced})
    feature_rows = {
        key: feature_row(key, article_features)
        for key, article_features in change_set.features.items()
    }
    new_rows = [row for key, row in feature_rows.items() if key in change_set.added]
    bulk.insert(connection, features, new_rows)
    bulk.update(connection, features, [feature_rows[key] for key in change_set.replaced])


def _replace_articles(connection: Connection, replaced: dict[int, ArticleRow]) -> None:
    """Store the current versions as earlier ones, then overwrite them with the new versions."""
    if not replaced:
        return
    names = article_versions.c.keys()
    columns = [texts.c.text if name == "text" else articles.c[name] for name in names]
    query = select(*columns).join_from(articles, texts, texts.c.key == articles.c.key)
    rows = bulk.select_in(connection, query, articles.c.key, replaced)
    bulk.insert(connection, article_versions, [row._asdict() for row in rows])
    bulk.update(connection, articles, [version.article for version in replaced.values()])
    bulk.update(
        connection, texts, [{"key": key, "text": version.text} for key, version in replaced.items()]
    )


def _delete_articles(connection: Connection, keys: set[int]) -> None:
    for key in keys:  # the rows of its text, features, assignment and versions are deleted with it
        connection.execute(delete(articles).where(articles.c.key == key))


def feature_row(key: int, article_features: Features) -> RowValues:
    """Return the row of `features` for an article."""
    return {
        "key": key,
        "fingerprint": article_features.fingerprint,
        "terms": article_features.terms,
        "words": article_features.words,
        "language": article_features.language,
        "wire_agency": article_features.wire_agency,
        "fingerprint_version": FINGERPRINT_VERSION,
    }


def _write_assignments(connection: Connection, tracker: PositionTracker) -> None:
    rows = {key: {"key": key, **position._asdict()} for key, position in tracker.current.items()}
    new_rows = [row for key, row in rows.items() if key not in tracker.stored_keys]
    changed_rows = [row for key, row in rows.items() if key in tracker.stored_keys]
    bulk.insert(connection, assignments, new_rows)
    bulk.update(connection, assignments, changed_rows)


def _redirect_emptied(connection: Connection, tracker: PositionTracker) -> None:
    """Redirect events and groups that a new version left empty to where the article is now."""
    for key, previous in tracker.previous_assignments.items():
        current = tracker.current[key]
        event, group = previous.event_number, previous.group_number
        if tracker.events[event] is None and _is_empty(connection, EVENT_COLUMN, event):
            tracker.log_change(
                Change("event.merged", event, current.event_number, _NEW_VERSION_REASON)
            )
        if tracker.groups[group] is None and _is_empty(connection, GROUP_COLUMN, group):
            tracker.log_change(
                Change("group.merged", group, current.group_number, _NEW_VERSION_REASON)
            )


def _is_empty(connection: Connection, column: Column[int], number: int) -> bool:
    return connection.scalar(select(column).where(column == number).limit(1)) is None


def _write_log(connection: Connection, change_set: ChangeSet, tracker: PositionTracker) -> None:
    bulk.insert(connection, changes, tracker.log)
    bulk.insert(connection, idf_snapshots, tracker.snapshots)
    if tracker.snapshots:
        _delete_old_snapshots(connection)
    bulk.insert(connection, event_thresholds, tracker.threshold_rows)
    if change_set.decision_row is not None:
        decision_table.insert_decision(
            connection, change_set.decision_row, change_set.last_seq, tracker.moves
        )
    connection.execute(
        update(meta).where(meta.c.name == META_LAST_KEY), {"value": str(change_set.last_key)}
    )
    if change_set.retired_from is not None:
        retirement.move_boundary(connection, change_set.retired_before)


def _delete_old_snapshots(connection: Connection) -> None:
    newest_first = select(idf_snapshots.c.seq).order_by(idf_snapshots.c.seq.desc())
    oldest_kept = connection.scalar(newest_first.offset(MAX_SNAPSHOTS - 1).limit(1))
    if oldest_kept is not None:
        connection.execute(delete(idf_snapshots).where(idf_snapshots.c.seq < oldest_kept))
