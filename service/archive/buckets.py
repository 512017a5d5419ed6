"""Find the pairs of texts that may be near-duplicates: by the keys that they share.

All texts with one key are a bucket. Buckets are read in the order of their keys, so that one bucket
is at a time in memory. As in the index of a service, each text is paired with the newest
`MAX_POSTINGS_PER_KEY` texts before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from clustering.duplicates.comparison import shingle_weight
from clustering.duplicates.fingerprint_index import MAX_POSTINGS_PER_KEY
from clustering.duplicates.posting_matches import build_index_keys
from clustering.duplicates.separability import MAX_HOLDERS, MIN_COMMON_HOLDERS
from clustering.features.fingerprint import Fingerprint

MAX_BUCKET: Final = 1000
"""Texts from which a bucket is overfull, by a template for example. There each text is paired with
the one before it only."""
_ROWS_PER_BATCH: Final = 20_000
_WHOLE: Final = "hash long, key long"
_SAMPLED: Final = "hash long, key long, label long, n_shingles int"
_PAIRS: Final = "first long, second long"
_SHARED: Final = (
    "kind string, first long, second long, weight double, first_length int, second_length int,"
    " holders array<long>"
)
_PAIR_ROWS: Final = pa.schema([("first", pa.int64()), ("second", pa.int64())])
_SHARED_ROWS: Final = pa.schema(
    [
        ("kind", pa.string()),
        ("first", pa.int64()),
        ("second", pa.int64()),
        ("weight", pa.float64()),
        ("first_length", pa.int32()),
        ("second_length", pa.int32()),
        ("holders", pa.list_(pa.int64())),
    ]
)

Bucket = list[tuple[Any, ...]]


def pair_by_whole_text(signatures: DataFrame) -> DataFrame:
    """Pair texts that share a band of the signature, the whole text or the address.

    Parameters
    ----------
    signatures : DataFrame with the columns ``key`` and ``fingerprint``

    Returns
    -------
    DataFrame with the columns ``first`` and ``second``, and the lower key first
    """
    keys = signatures.select("key", "fingerprint").mapInArrow(_explode_whole, _WHOLE)
    pairs = _sort_into_buckets(keys).mapInArrow(_by_bucket(_pair_newest, _PAIR_ROWS), _PAIRS)
    return pairs.distinct()


def find_overfull(buckets: DataFrame) -> DataFrame:
    """Return the hashes of overfull buckets with their sizes, the largest first."""
    sizes = buckets.groupBy("hash").agg(sql.count("*").alias("texts"))
    return sizes.where(sql.col("texts") > MAX_BUCKET).orderBy(sql.desc("texts"))


def explode_sampled(signatures: DataFrame) -> DataFrame:
    """Return a row for each sampled shingle of each text.

    Parameters
    ----------
    signatures : DataFrame
        With ``key``, ``fingerprint`` and ``label``: texts with one label count as one group.

    Returns
    -------
    DataFrame with the columns ``hash``, ``key``, ``label`` and ``n_shingles``
    """
    columns = signatures.select("key", "fingerprint", "label")
    return columns.mapInArrow(_explode_sampled, _SAMPLED)


def read_buckets(sampled: DataFrame) -> DataFrame:
    """Return what the buckets of sampled shingles say, in rows of three kinds.

    Returns
    -------
    DataFrame
        ``pair``: `first` and `second` share a shingle of the weight. ``loss``: the weight that a
        shingle of `first` has lost as a common one. ``common``: a hash (`first`) that at least
        `MIN_COMMON_HOLDERS` texts contain, with the newest of them.
    """
    return _sort_into_buckets(sampled).mapInArrow(
        _by_bucket(_describe_bucket, _SHARED_ROWS), _SHARED
    )


def _sort_into_buckets(keys: DataFrame) -> DataFrame:
    return keys.repartition("hash").sortWithinPartitions("hash", "key")


def _by_bucket(
    describe: Callable[[int, Bucket], Iterator[dict[str, Any]]], schema: pa.Schema
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a function that reads sorted batches bucket by bucket."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = chain.from_iterable(
            zip(*(column.to_pylist() for column in batch.columns), strict=True) for batch in batches
        )
        buckets = ((hash_, list(bucket)) for hash_, bucket in groupby(rows, itemgetter(0)))
        shared = ((hash_, bucket) for hash_, bucket in buckets if len(bucket) > 1)
        rows_of_buckets = (describe(hash_, bucket) for hash_, bucket in shared)
        yield from _to_batches(chain.from_iterable(rows_of_buckets), schema)

    return read


def _to_batches(rows: Iterator[dict[str, Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while batch := list(islice(rows, _ROWS_PER_BATCH)):
        yield pa.RecordBatch.from_pylist(batch, schema=schema)


def _window(bucket: Bucket) -> int:
    return MAX_POSTINGS_PER_KEY if len(bucket) <= MAX_BUCKET else 1


def _pair_newest(_: int, bucket: Bucket) -> Iterator[dict[str, Any]]:
    window = _window(bucket)
    for position, (_, second) in enumerate(bucket):
        for _, first in bucket[max(position - window, 0) : position]:
            yield {"first": first, "second": second}


def _describe_bucket(hash_: int, bucket: Bucket) -> Iterator[dict[str, Any]]:
    n_groups = len({label for _, _, label, _ in bucket})
    weight = float(shingle_weight(np.array([n_groups]))[0])
    window = _window(bucket)
    for position, (_, second, _, second_length) in enumerate(bucket):
        for _, first, _, first_length in bucket[max(position - window, 0) : position]:
            yield _row("pair", first, second, weight, first_length, second_length)
        if weight < 1:
            yield _row("loss", second, weight=1 - weight)
    if len(bucket) >= MIN_COMMON_HOLDERS:
        newest = [key for _, key, _, _ in bucket[-MAX_HOLDERS:]]
        yield _row("common", hash_, holders=newest)


def _row(
    kind: str,
    first: int,
    second: int | None = None,
    weight: float | None = None,
    first_length: int | None = None,
    second_length: int | None = None,
    holders: list[int] | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "first": first,
        "second": second,
        "weight": weight,
        "first_length": first_length,
        "second_length": second_length,
        "holders": holders,
    }


def _explode_whole(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        columns = batch.to_pydict()
        hashes = [_whole_hashes(packed) for packed in columns["fingerprint"]]
        yield _exploded(hashes, {"key": columns["key"]})


def _whole_hashes(packed: bytes) -> list[int]:
    """The hashes of text, address and bands, of which the first are marked by a higher bit."""
    identity, bands, _ = build_index_keys(Fingerprint.from_bytes(packed))
    marked = identity.astype(np.int64) | 1 << 32
    return [*marked.tolist(), *bands.tolist()]


def _explode_sampled(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        columns = batch.to_pydict()
        texts = [Fingerprint.from_bytes(packed) for packed in columns["fingerprint"]]
        hashes = [build_index_keys(text)[2].tolist() for text in texts]
        repeated = {name: columns[name] for name in ("key", "label")}
        yield _exploded(hashes, repeated, [len(text.shingles) for text in texts])


def _exploded(
    hashes: list[list[int]], repeated: dict[str, list[int]], lengths: list[int] | None = None
) -> pa.RecordBatch:
    counts = [len(row) for row in hashes]
    columns = {"hash": np.fromiter(chain.from_iterable(hashes), dtype=np.int64)}
    for name, values in repeated.items():
        columns[name] = np.repeat(np.array(values, dtype=np.int64), counts)
    arrays = {name: pa.array(values) for name, values in columns.items()}
    if lengths is not None:
        arrays["n_shingles"] = pa.array(np.repeat(np.array(lengths, dtype=np.int32), counts))
    return pa.RecordBatch.from_pydict(arrays)
