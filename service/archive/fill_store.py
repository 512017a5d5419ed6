"""Write the articles of a clustered archive into an empty store, with their groups and events."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as sql
from sqlalchemy import Connection, func, select

from clustering.features.extract import extract_features
from clustering.state.canonical import EARLIEST
from clustering.types import Assignment, Proposal
from service.archive.read_articles import RefusalCounter, list_files
from service.ingest.ingestion import StoredVersion, build_row
from service.ingest.readers import Source, parse_articles, read_source
from service.ingest.submission import ValidatedArticle
from service.store import Store, StoreError
from service.store.change_log.change_set import ChangeSet, LogEntry, open_change_set
from service.store.change_log.write import write_change_set
from service.store.schema import articles

ARTICLES_PER_TRANSACTION: Final = 200
_TEXTS: Final = "id string, file int, record int, article binary"
_TEXT_ROWS: Final = pa.schema(
    [("id", pa.string()), ("file", pa.int32()), ("record", pa.int32()), ("article", pa.binary())]
)


def fill_store(
    spark: SparkSession,
    sources: Sequence[Source],
    assigned: DataFrame,
    store: Store,
    max_text_chars: int,
) -> int:
    """Write all articles in the order of the archive; an interrupted call can be repeated.

    Parameters
    ----------
    spark : SparkSession
    sources : sequence of Source
        The files that were clustered.
    assigned : DataFrame
        As `service.archive.backfill.backfill` returns it.
    store : Store
        Empty, or filled with the first articles of the same archive.
    max_text_chars : int

    Returns
    -------
    int
        Articles that were written.

    Raises
    ------
    StoreError
        If the store holds something else.
    """
    with store.reading() as connection:
        n_stored, last_id = _read_progress(connection)
    numbered = _number(spark, assigned).localCheckpoint()
    newest = numbered.where((sql.col("number") == n_stored) & (sql.col("id") == last_id))
    if n_stored and newest.isEmpty():
        raise StoreError("the store is in use; an archive is written to an empty one")
    rows = _join_texts(spark, sources, numbered.where(f"number > {n_stored}"), max_text_chars)
    pending = rows.orderBy("number").toLocalIterator()
    n_written = 0
    while chunk := list(islice(pending, ARTICLES_PER_TRANSACTION)):
        with store.writing() as connection:
            _write(connection, chunk)
        n_written += len(chunk)
    return n_written


def _read_progress(connection: Connection) -> tuple[int, str | None]:
    """Return the newest key, and the id of its article."""
    newest = connection.scalar(select(func.max(articles.c.key)))
    return newest or 0, connection.scalar(select(articles.c.id).where(articles.c.key == newest))


def _number(spark: SparkSession, assigned: DataFrame) -> DataFrame:
    """Number the articles from 1 without gaps, and name groups and events by these numbers."""
    ordered = assigned.select("id", "key").orderBy("key").rdd.zipWithIndex()
    numbers = spark.createDataFrame(
        ordered.map(lambda pair: (pair[0][0], pair[1] + 1)), "id string, number long"
    )
    numbered = assigned.join(numbers, "id")
    for column in ("duplicate_group", "canonical", "event"):
        numbered = numbered.join(numbers.toDF(column, f"{column}_number"), column)
    return numbered


def _join_texts(
    spark: SparkSession, sources: Sequence[Source], numbered: DataFrame, max_text_chars: int
) -> DataFrame:
    """Add the articles themselves, the last one of each id."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                yield from _read_texts(row, max_text_chars)

    texts = list_files(spark, sources).mapInArrow(read, _TEXTS)
    return texts.join(numbered, ["id", "file", "record"])


def _read_texts(row: dict[str, Any], max_text_chars: int) -> Iterator[pa.RecordBatch]:
    items = read_source(Source(Path(row["path"]), row["format"]))
    parsed = enumerate(parse_articles(items, RefusalCounter(), max_text_chars))
    while chunk := list(islice(parsed, ARTICLES_PER_TRANSACTION)):
        rows = [
            {
                "id": item.article.id,
                "file": row["file"],
                "record": record,
                "article": pickle.dumps(item.article),
            }
            for record, item in chunk
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=_TEXT_ROWS)


def _write(connection: Connection, rows: Iterable[Row]) -> None:
    change_set = open_change_set(connection, time.time())
    for row in rows:
        _add(change_set, row)
    write_change_set(connection, change_set, EARLIEST)


def _add(change_set: ChangeSet, row: Row) -> None:
    # Written by this program's own workers a moment ago.
    article: ValidatedArticle = pickle.loads(row["article"])  # noqa: S301
    key, now = change_set.next_key(), change_set.now
    version = StoredVersion(key, 1, now, article.content_hash)
    change_set.added[key] = build_row(article, version, now)
    change_set.features[key] = extract_features(article.to_article(key))
    is_canonical = row["canonical_number"] == key
    assignment = Assignment(
        key,
        row["duplicate_group_number"],
        row["event_number"],
        None if is_canonical else row["canonical_number"],
        "new" if is_canonical else "near_duplicate",
    )
    entry = LogEntry("article.assigned", key, article.id, Proposal(assignment))
    change_set.entries.append(entry)
