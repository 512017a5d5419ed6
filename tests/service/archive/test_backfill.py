"""An archive is clustered as by the estimators, and an interrupted run continues."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import adjusted_rand_score

from clustering import DuplicateClusterer, EventClusterer
from service import settings
from service.engine.writer import IndexWriter
from service.ingest.readers import Source, find_sources
from service.ingest.submission import validate_article
from service.queries import iter_assignments
from service.store import Store, StoreError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
STARTER = Path("seeds/starter.jsonl")


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in STARTER.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def sources(
    records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> list[Source]:
    folder = tmp_path_factory.mktemp("archive")
    superseded = [{"id": records[0]["id"], "title": "To be replaced", "text": "An older version."}]
    parts = [superseded, records[:40], records[40:]]
    for number, part in enumerate(parts):
        lines = "".join(json.dumps(record) + "\n" for record in part)
        (folder / f"{number}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "3.jsonl").write_text('{"text": ""}\n', encoding="utf-8")
    return list(find_sources([str(folder)]))


@pytest.fixture(scope="module")
def clustered(
    spark: Any, sources: list[Source], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    from service.archive.backfill import backfill

    folder = tmp_path_factory.mktemp("clustered") / "out"
    return folder, backfill(spark, sources, folder)


def find_pairs(keys: Iterable[Any], labels: Iterable[Any]) -> set[tuple[Any, Any]]:
    members = defaultdict(list)
    for key, label in zip(keys, labels, strict=True):
        members[label].append(key)
    return {pair for group in members.values() for pair in combinations(sorted(group), 2)}


def test_groups_and_events_are_those_of_the_estimators(
    clustered: tuple[Path, Any], records: list[dict[str, Any]]
) -> None:
    rows = {row["id"]: row for row in clustered[1].collect()}
    valid = [validate_article(record, max_text_chars=1_000_000) for record in records]
    articles = [article.to_article() for article in valid]
    ids = [article.id for article in valid]
    assert sorted(rows) == sorted(ids)
    expected = find_pairs(ids, DuplicateClusterer().fit_predict(articles))
    assert find_pairs(ids, [rows[id_]["duplicate_group"] for id_ in ids]) == expected
    events = [rows[id_]["event"] for id_ in ids]
    assert adjusted_rand_score(EventClusterer().fit_predict(articles), events) > 0.99


def test_slices_that_overlap_find_nearly_the_same_events(
    spark: Any, sources: list[Source], clustered: tuple[Path, Any], tmp_path: Path
) -> None:
    """Slices of 50 groups know little of how common terms are, so some events differ."""
    from service.archive.backfill import BackfillOptions, backfill

    options = BackfillOptions(groups_per_slice=40, overlap_days=2)
    sliced = {
        row["id"]: row["event"]
        for row in backfill(spark, sources, tmp_path / "out", options).collect()
    }
    whole = {row["id"]: row["event"] for row in clustered[1].collect()}
    assert adjusted_rand_score([whole[id_] for id_ in sliced], [*sliced.values()]) > 0.8


def test_repeated_run_continues_with_what_is_missing(
    spark: Any, sources: list[Source], clustered: tuple[Path, Any]
) -> None:
    from service.archive.backfill import backfill

    folder, assigned = clustered
    before = sorted(map(tuple, assigned.collect()))
    for name in ("work-parts", "duplicates", "assignments"):
        (folder / name / "_SUCCESS").unlink()
    computed: list[str] = []

    def note(name: str, _: int, seconds: float | None) -> None:
        if seconds is not None:
            computed.append(name)

    repeated = backfill(spark, sources, folder, on_stage=note)
    assert computed == ["work-parts", "duplicates", "assignments"]
    assert sorted(map(tuple, repeated.collect())) == before


def test_folder_of_other_files_is_refused(
    spark: Any, sources: list[Source], clustered: tuple[Path, Any]
) -> None:
    from service.archive.backfill import backfill
    from service.archive.stages import ManifestError

    with pytest.raises(ManifestError):
        backfill(spark, sources[:1], clustered[0])


def test_archive_fills_an_empty_store(
    spark: Any, sources: list[Source], clustered: tuple[Path, Any], tmp_path: Path
) -> None:
    from service.archive.backfill import backfill
    from service.archive.fill_store import fill_store

    assigned = backfill(spark, sources, clustered[0])
    rows = {row["id"]: row for row in assigned.collect()}
    location = str(tmp_path / "store.db")
    with Store(location) as store:
        assert fill_store(spark, sources, assigned, store, 1_000_000) == len(rows)
        assert fill_store(spark, sources, assigned, store, 1_000_000) == 0
        stored = list(iter_assignments(store))
        ids = [item.article_id for item in stored]
        assert find_pairs(ids, [item.duplicate_group_id for item in stored]) == find_pairs(
            ids, [rows[id_]["duplicate_group"] for id_ in ids]
        )
        assert find_pairs(ids, [item.event_id for item in stored]) == find_pairs(
            ids, [rows[id_]["event"] for id_ in ids]
        )
        with IndexWriter(settings.load(db=location), store) as writer:
            assert writer.wait_ready(60)


def test_only_an_empty_store_is_filled(
    spark: Any, sources: list[Source], clustered: tuple[Path, Any], tmp_path: Path
) -> None:
    from service.archive.backfill import backfill
    from service.archive.fill_store import fill_store
    from service.ingest.starter_corpus import load_starter_corpus

    assigned = backfill(spark, sources, clustered[0])
    location = str(tmp_path / "store.db")
    with Store(location) as store, IndexWriter(settings.load(db=location), store) as writer:
        assert writer.wait_ready(60)
        load_starter_corpus(writer)
        with pytest.raises(StoreError, match="in use"):
            fill_store(spark, sources, assigned, store, 1_000_000)
