"""`storyfold check`: a sound store has no problem, and each kind of damage is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from service.cli.main import main
from service.integrity import (
    change_log,
    derived_features,
    kept_decisions,
    loaded_index,
    partition,
    references,
    searched_words,
    storage,
    summaries,
)
from service.integrity.check import find_problems, list_invariants
from service.integrity.finding import Finding
from service.store import Store
from tests.support import busy_store
from tests.support.postgres import empty_database


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "store.db"
    busy_store.fill(str(path))
    return path


@pytest.fixture
def place(sound_file: Path, tmp_path: Path) -> str:
    return shutil.copyfile(sound_file, tmp_path / "store.db").as_posix()


def check(place: str) -> list[Finding]:
    with Store(place, read_only=True) as store:
        loaded = busy_store.open_settings(place)
        return list(find_problems(store, loaded, with_features=True))


def run(place: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--db", place, *arguments], catch_exceptions=False)


def damage(place: str, *statements: str) -> None:
    """Change rows as no program of ours does: foreign keys are not enforced."""
    is_sqlite = "://" not in place
    engine = create_engine(f"sqlite:///{place}" if is_sqlite else place)
    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_sound_store_has_no_problem(place: str) -> None:
    assert check(place) == []


@pytest.mark.database
def test_sound_store_in_postgresql_has_no_problem() -> None:
    with empty_database() as url:
        busy_store.fill(url)
        assert check(url) == []


NEWEST = "(SELECT max(key) FROM articles)"
LAST_EVENT = "(SELECT max(number) FROM events WHERE state = 'open')"
FIRST_EVENT = "(SELECT min(number) FROM events WHERE state = 'open')"
FIRST_COPY = "(SELECT min(key) FROM assignments WHERE duplicate_of IS NOT NULL)"


def key_of(article_id: str) -> str:
    return f"(SELECT key FROM articles WHERE id = '{article_id}')"


def value_of(column: str, key: str) -> str:
    return f"(SELECT {column} FROM assignments WHERE key = {key})"


def move(key: str, event: str) -> str:
    return f"UPDATE assignments SET event_number = {event} WHERE key = {key}"


DAMAGES = {
    "text is gone": (references.INVARIANT, f"DELETE FROM texts WHERE key = {NEWEST}"),
    "article is gone": (references.INVARIANT, f"DELETE FROM articles WHERE key = {NEWEST}"),
    "features are gone": (references.INVARIANT, f"DELETE FROM features WHERE key = {NEWEST}"),
    "event is gone": (
        references.INVARIANT,
        f"DELETE FROM events WHERE number = {value_of('event_number', NEWEST)}",
    ),
    "group is gone": (
        references.INVARIANT,
        f"DELETE FROM groups WHERE number = {value_of('group_number', NEWEST)}",
    ),
    "decision is gone": (kept_decisions.INVARIANT, "DELETE FROM decisions WHERE number = 1"),
    "undone decision is gone": (references.INVARIANT, "DELETE FROM decisions WHERE number = 5"),
    "group is in two events": (
        partition.INVARIANT,
        move(FIRST_COPY, LAST_EVENT),
    ),
    "group has two canonical articles": (
        partition.INVARIANT,
        f"UPDATE assignments SET duplicate_of = NULL WHERE key = {FIRST_COPY}",
    ),
    "canonical article is in another group": (
        partition.INVARIANT,
        "UPDATE assignments SET duplicate_of = (SELECT max(key) FROM assignments WHERE"
        f" duplicate_of IS NULL) WHERE key = {FIRST_COPY}",
    ),
    "event with articles has ended": (
        partition.INVARIANT,
        f"UPDATE events SET state = 'empty' WHERE number = {FIRST_EVENT}",
    ),
    "event without articles is open": (
        partition.INVARIANT,
        "INSERT INTO events SELECT 999, state, merged_into, created_at, headline, size,"
        " group_count, first_seen, last_seen, sources, independent_sources, languages, key_terms,"
        " rank FROM events WHERE state = 'open' LIMIT 1",
    ),
    "groups merge in a circle": (
        partition.INVARIANT,
        "INSERT INTO groups VALUES (998, 999, 0), (999, 998, 0)",
    ),
    "a change is missing": (change_log.GAPLESS, "DELETE FROM changes WHERE seq = 3"),
    "the first change is missing": (change_log.GAPLESS, "DELETE FROM changes WHERE seq = 1"),
    "keys were counted back": (
        change_log.GAPLESS,
        "UPDATE meta SET value = '3' WHERE name = 'last_key'",
    ),
    "article moved without a change": (
        change_log.REPLAYED,
        move(NEWEST, FIRST_EVENT),
    ),
    "change of an article is lost": (
        change_log.REPLAYED,
        f"UPDATE changes SET kind = 'x' WHERE key = {NEWEST}",
    ),
    "arrival is misdated": (
        change_log.REPLAYED,
        f"UPDATE assignments SET arrived_seq = (SELECT max(seq) FROM changes) WHERE key = {NEWEST}",
    ),
    "decision is violated": (
        kept_decisions.INVARIANT,
        move(key_of("s2-2-0"), FIRST_EVENT),
    ),
    "separation is violated": (
        kept_decisions.INVARIANT,
        move(key_of("s2-2-1"), value_of("event_number", key_of("s2-3-0"))),
    ),
    "decision lost its change": (
        kept_decisions.INVARIANT,
        "UPDATE changes SET kind = 'x' WHERE kind = 'decision.made' AND source = 2",
    ),
    "event is miscounted": (
        summaries.INVARIANT,
        f"UPDATE events SET size = size + 1 WHERE number = {FIRST_EVENT}",
    ),
    "group summary is gone": (
        summaries.INVARIANT,
        "DELETE FROM group_summaries"
        " WHERE group_number = (SELECT min(group_number) FROM group_summaries)",
    ),
    "title changed behind the index": (
        searched_words.INVARIANT,
        f"UPDATE articles SET title = 'Quite another' WHERE key = {NEWEST}",
    ),
    "text changed behind the features": (
        derived_features.INVARIANT,
        f"UPDATE texts SET text = 'Quite another text.' WHERE key = {key_of('s2-0-1')}",
    ),
    "features cannot be read": (
        loaded_index.INVARIANT,
        f"UPDATE features SET terms = 'x' WHERE key = {NEWEST}",
    ),
    "pair of a deleted article": (
        references.INVARIANT,
        "INSERT INTO uncertain_pairs VALUES (998, 999, 0.5, 0, 0, 'event', 0, NULL)",
    ),
    "webhook is ahead of the log": (
        change_log.GAPLESS,
        "INSERT INTO webhooks VALUES"
        " ('w', 'https://a.example', 's', '', true, 0, 99999, NULL, 0, 0, NULL, 0, NULL, NULL,"
        " NULL)",
    ),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_named(kind: str, place: str) -> None:
    invariant, statement = DAMAGES[kind]
    damage(place, statement)
    assert invariant in {finding.invariant for finding in check(place)}


def test_every_invariant_is_broken_by_some_damage() -> None:
    broken = {invariant for invariant, _ in DAMAGES.values()} | {storage.INVARIANT}
    assert broken == {*list_invariants(with_features=True)}


def test_damaged_file_is_named(place: str) -> None:
    damage(place, "CREATE TABLE filler (x TEXT)", "CREATE INDEX ix_filler ON filler (x)",
           "INSERT INTO filler VALUES ('a'), ('b')", "PRAGMA writable_schema = ON",
           "UPDATE sqlite_master SET sql = 'CREATE INDEX ix_filler ON filler (x DESC)'"
           " WHERE name = 'ix_filler'")  # fmt: skip
    assert storage.INVARIANT in {finding.invariant for finding in check(place)}


@pytest.fixture
def postgres_place() -> Iterator[str]:
    with empty_database() as url:
        busy_store.fill(url)
        yield url


@pytest.mark.slow
@pytest.mark.database
def test_damage_is_named_in_postgresql(postgres_place: str) -> None:
    """All at once: each of them is found among the others."""
    for kind, (invariant, statement) in DAMAGES.items():
        damage(postgres_place, statement)
        assert invariant in {finding.invariant for finding in check(postgres_place)}, kind


class TestCommand:
    def test_sound_store_exits_with_0(self, place: str) -> None:
        result = run(place)
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [f"{name}: yes" for name in list_invariants()]

    def test_damage_exits_with_1_and_says_what_is_wrong(self, place: str) -> None:
        damage(place, "DELETE FROM changes WHERE seq = 3")
        result = run(place)
        assert result.exit_code == 1
        assert "the change log has no gaps: 1 problem" in result.stdout
        assert "    change 3 is missing; the next is 4\n" in result.stdout

    def test_json_lists_what_was_checked_and_found(self, place: str) -> None:
        damage(place, "DELETE FROM changes WHERE seq = 3")
        report = json.loads(run(place, "--format", "json", "--features").stdout)
        assert report["checked"] == list_invariants(with_features=True)
        assert report["problems"][0] == {
            "invariant": change_log.GAPLESS,
            "subject": "change 3",
            "detail": "is missing; the next is 4",
        }

    def test_missing_store_is_an_error(self, tmp_path: Path) -> None:
        result = run(str(tmp_path / "none.db"))
        assert result.exit_code == 1
        assert "there is no store" in result.stderr
