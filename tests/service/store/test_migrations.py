"""Upgrades of older stores: nothing is lost, and the tables are those of a new store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, delete, func, inspect, select, text

from service import settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.review import decisions, requests
from service.store import Store, bulk, database, migrations, schema
from service.store.review import uncertain_pairs
from service.store.schema import metadata
from tests.support.old_stores import NEW_SINCE, OLD_VERSIONS, downgrade

Story = Callable[..., dict[str, Any]]
Contents = dict[str, list[tuple[Any, ...]]]

EMPTY_BEFORE_9 = ("access_tokens", "users", "audit_log")
EMPTY_BEFORE_8 = ("sentence_vectors", "reviewed_events", "storyline_edits")
EMPTY_BEFORE_5 = ("uncertain_pairs", "skipped_pairs", "event_thresholds", "threshold_proposals")


@pytest.fixture
def filled(store_url: str, make_article: Story) -> str:
    """A store with at least one row in every table."""
    loaded = settings.load(db=store_url)
    with Store(store_url) as store, IndexWriter(loaded, store) as writer:
        assert writer.wait_ready(60)
        stories = [
            make_article(1),
            make_article(1, id="copy"),
            make_article(2),
            make_article(1, id="changed"),
            make_article(3),
        ]
        versions = [*stories, make_article(4, id="changed")]
        for raw in versions:
            ingestion.ingest(writer, [validate_article(raw, max_text_chars=10_000)])
        raw = {"kind": "same_event", "article_ids": ["story-1", "story-2"]}
        decisions.decide(writer, requests.parse_decision(raw), "anna")
        with store.reading() as connection:
            assert connection.scalars(select(schema.assignments.c.decision)).all().count(1) == 1
        with store.writing() as connection:
            fill_other_tables(connection)
    return store_url


def fill_other_tables(connection: Connection) -> None:
    first, second = sorted(connection.scalars(select(schema.articles.c.key)))[:2]
    pair = {"first": first, "second": second}
    rows: dict[str, dict[str, Any]] = {
        "uncertain_pairs": {**pair, "probability": 0.4, "published": 5.0, "priority": 1.5},
        "sentence_vectors": {"key": first, "encoder": "e", "number": 1, "vector": b"vector"},
        "skipped_pairs": {**pair, "actor": "anna", "at": 6.0},
        "event_thresholds": {
            **{"number": 1, "seq": 1, "at": 7.0, "actor": "anna"},
            **{"labels": 30, "threshold": 0.5, "reverts": None},
        },
        "threshold_proposals": {"at": 8.0, "report": "{}"},
        "checkpoints": {
            **{"source_key": "a.jsonl", "version_tag": "v", "position": 3},
            **{"refused": 1, "finished": True, "at": 9.0},
        },
        "feed_entries": {"key": first, "feed": "a", "entry_id": "f_a"},
        "idf_snapshots": {"seq": 1, "snapshot": b"snapshot"},
        "storyline_edits": {**{"first": 1, "second": 2, "kind": "tie", "actor": "anna", "at": 9.0}},
        "reviewed_events": {"number": 1, "at": 9.0, "actor": "anna"},
        "access_tokens": {
            **{"name": "crawler", "digest": "d", "scopes": "read", "created_at": 1.0},
            **{"created_by": "anna", "expires_at": None},
        },
        "users": {
            **{"name": "anna", "role": "admin", "password_hash": "h", "created_at": 1.0},
            **{"created_by": "ben"},
        },
        "audit_log": {"number": 1, "at": 2.0, "actor": "anna", "action": "a", "address": ""},
        "revoked_sessions": {"session_id": "s", "expires_at": 10.0},
        "webhooks": {
            **{"id": "w", "url": "https://a.example/", "secret": "s", "kinds": "", "active": True},
            **{"created_at": 1.0, "position": 1, "batch_end": 2, "failures": 0, "next_at": 0.0},
            **{"lease": None, "lease_until": 0.0},
        },
    }
    for name, row in rows.items():
        bulk.insert(connection, metadata.tables[name], [row])
    uncertain_pairs.refresh_times(connection)  # the articles have no date


def contents(store: Store) -> Contents:
    """All rows of all tables."""
    with store.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }


def upgraded_event(row: tuple[Any, ...], version: str) -> tuple[Any, ...]:
    """A row of `events` after its upgrade: only open events are ranked and labelled again."""
    columns = dict(zip(schema.events.c.keys(), row, strict=True))
    if columns["state"] != "open":
        columns["rank"] = 0.0 if version < "8" else columns["rank"]
        columns["key_terms"] = "" if version < "3" else columns["key_terms"]
    return tuple(columns.values())


def structure(store: Store) -> dict[str, Any]:
    """Columns, indexes and foreign keys of all tables."""
    with store.reading() as connection:
        inspector = inspect(connection)
        return {
            table: (
                {(column["name"], str(column["type"])) for column in inspector.get_columns(table)},
                {
                    (index["name"], *index["column_names"])
                    for index in inspector.get_indexes(table)
                    if not index.get("duplicates_constraint")
                },
                {
                    (*key["constrained_columns"], key["referred_table"], *key["referred_columns"])
                    for key in inspector.get_foreign_keys(table)
                },
                {
                    tuple(constraint["column_names"])
                    for constraint in inspector.get_unique_constraints(table)
                },
            )
            for table in inspector.get_table_names()
        }


def raw_contents(where: str) -> Contents:
    """All rows of all tables that exist, whatever their names."""
    engine = create_engine(where if "://" in where else f"sqlite:///{where}")
    with engine.connect() as connection:
        rows_of_table = {
            table: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table}"))), key=repr)
            for table in inspect(connection).get_table_names()
            if table != "article_search"  # FTS5 keeps no rows to read; its other tables are read
        }
    engine.dispose()
    return rows_of_table


def downgrade_store(where: str, version: str) -> None:
    with Store(where) as store, store.writing() as connection:
        downgrade(connection, version)


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_upgraded_store_holds_the_same(filled: str, version: str) -> None:
    with Store(filled) as store:
        expected, new_structure = contents(store), structure(store)
    assert all(expected.values())
    if version < "9":
        expected.update((table, []) for table in EMPTY_BEFORE_9)
    if version < "8":
        expected.update((table, []) for table in EMPTY_BEFORE_8)
    if version < "5":
        expected.update((table, []) for table in EMPTY_BEFORE_5)
    expected["events"] = [upgraded_event(row, version) for row in expected["events"]]
    downgrade_store(filled, version)
    with Store(filled) as store:
        assert contents(store) == expected
        assert structure(store) == new_structure


@pytest.mark.parametrize("version", ["5", "6"])
def test_foreign_keys_cascade_after_the_renames(filled: str, version: str) -> None:
    downgrade_store(filled, version)
    with Store(filled) as store:
        with store.writing() as connection:
            first = connection.scalar(select(schema.uncertain_pairs.c.first))
            connection.execute(delete(schema.articles).where(schema.articles.c.key == first))
        with store.reading() as connection:
            for table in (schema.uncertain_pairs, schema.skipped_pairs):
                assert connection.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_interrupted_upgrade_leaves_the_old_store(
    filled: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    downgrade_store(filled, version)
    old = raw_contents(filled)

    def fail_after_upgrade(connection: Connection, old_version: str | None) -> None:
        upgrade(connection, old_version)
        raise KeyboardInterrupt

    upgrade = migrations.upgrade
    monkeypatch.setattr(database, "upgrade", fail_after_upgrade)
    with pytest.raises(KeyboardInterrupt):
        Store(filled)
    assert raw_contents(filled) == old
    monkeypatch.undo()
    with Store(filled) as store:
        assert ("schema", "10") in contents(store)["meta"]


def test_old_store_lacks_the_tables_of_later_versions(filled: str) -> None:
    """The downgrade makes what the other tests take for an old store."""
    downgrade_store(filled, "2")
    tables = raw_contents(filled).keys()
    assert not tables & {name for names in NEW_SINCE.values() for name in names}
    assert not tables & {"idf_snapshots", "checkpoints", "revoked_sessions"}
    assert {"snapshots", "reading_marks", "ended_sessions"} <= tables


def test_store_of_a_later_version_is_refused_and_left_alone(store_url: str) -> None:
    with Store(store_url) as store, store.writing() as connection:
        connection.execute(text("UPDATE meta SET value = '99' WHERE name = 'schema'"))
    before = raw_contents(store_url)
    with pytest.raises(database.StoreError, match="schema 99; this program needs schema 10"):
        Store(store_url)
    assert raw_contents(store_url) == before
