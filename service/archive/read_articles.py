"""Read the files of an archive, and compute the features of every article: one task per file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from clustering.features.extract import extract_features
from clustering.features.fingerprint import Fingerprint
from service.ingest.readers import Source, parse_articles, read_source

_ROWS_PER_BATCH: Final = 200
FEATURE_COLUMNS: Final = (
    "id string, file int, record int, published double, date_only boolean, source string,"
    " language string, words int, wire_agency string, n_shingles int,"
    " fingerprint binary, terms binary"
)
_FEATURES: Final = pa.schema(
    [
        ("id", pa.string()),
        ("file", pa.int32()),
        ("record", pa.int32()),
        ("published", pa.float64()),
        ("date_only", pa.bool_()),
        ("source", pa.string()),
        ("language", pa.string()),
        ("words", pa.int32()),
        ("wire_agency", pa.string()),
        ("n_shingles", pa.int32()),
        ("fingerprint", pa.binary()),
        ("terms", pa.binary()),
    ]
)
_REFUSED_ID: Final = None
"""Id of a row that stands for a record that is not valid; such rows are counted and left out."""


@dataclass(slots=True)
class RefusalCounter:
    """Counts what cannot be read; a `Reporter` of the readers."""

    n_refused: int = 0

    def refuse(self, origin: str, reason: str) -> None:  # noqa: ARG002 - the reporter's interface
        """Count an article that is refused."""
        self.n_refused += 1

    def fail(self, source_name: str, reason: str) -> None:
        """Raise an error: a file that cannot be read to its end is tried again, then reported."""
        raise OSError(f"{source_name}: {reason}")

    def pass_over(self, origin: str, reason: str) -> None:
        """Pass over a record that is valid, but no article."""

    def warn(self, origin: str, message: str) -> None:
        """Ignore a warning."""

    def note(self, origin: str, message: str) -> None:
        """Ignore a note."""


def read_features(spark: SparkSession, sources: Sequence[Source], max_text_chars: int) -> DataFrame:
    """Return a data frame with the features of every valid article, in `FEATURE_COLUMNS`.

    Rows without an id stand for records that were refused.

    Parameters
    ----------
    spark : SparkSession
    sources : sequence of Source
        Files that every worker reaches under the same path.
    max_text_chars : int
        Longest accepted text or title, in characters.
    """

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                yield from _read_file(row, max_text_chars)

    return list_files(spark, sources).mapInArrow(read, FEATURE_COLUMNS)


def list_files(spark: SparkSession, sources: Sequence[Source]) -> DataFrame:
    """Return a data frame of files (`file`, `path`, `format`), each in a partition of its own."""
    files = [(number, source.source_key, source.format) for number, source in enumerate(sources)]
    return spark.createDataFrame(
        spark.sparkContext.parallelize(files, len(files)), "file int, path string, format string"
    )


def _read_file(row: dict[str, Any], max_text_chars: int) -> Iterator[pa.RecordBatch]:
    rows = iter_feature_rows(row["file"], Source(Path(row["path"]), row["format"]), max_text_chars)
    while batch := list(islice(rows, _ROWS_PER_BATCH)):
        yield pa.RecordBatch.from_pylist(batch, schema=_FEATURES)


def iter_feature_rows(file: int, source: Source, max_text_chars: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each valid article of a file, and one without an id for each refused one."""
    reporter = RefusalCounter()
    parsed = parse_articles(read_source(source), reporter, max_text_chars)
    for record, item in enumerate(parsed):
        article = item.article.to_article()
        features = extract_features(article)
        yield {
            "id": item.article.id,
            "file": file,
            "record": record,
            "published": features.published,
            "date_only": features.date_only,
            "source": features.source,
            "language": features.language,
            "words": features.words,
            "wire_agency": features.wire_agency,
            "n_shingles": len(Fingerprint.from_bytes(features.fingerprint).shingles),
            "fingerprint": features.fingerprint,
            "terms": features.terms,
        }
    for _ in range(reporter.n_refused):
        yield {"id": _REFUSED_ID, "file": file}
