"""Cluster an archive: signatures, duplicate groups and events, as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql

from clustering.features.fingerprint import FINGERPRINT_VERSION
from service.archive import buckets, duplicates, events
from service.archive.read_articles import read_features
from service.archive.stages import OnStage, Stages
from service.ingest.readers import Source


@dataclass(frozen=True, slots=True)
class BackfillOptions:
    """What the results depend on besides the articles.

    Attributes
    ----------
    groups_per_slice : int
    overlap_days : float
        See `service.archive.events`.
    max_text_chars : int
        Longest accepted text or title, in characters.
    """

    groups_per_slice: int = events.GROUPS_PER_SLICE
    overlap_days: float = events.OVERLAP_DAYS
    max_text_chars: int = 1_000_000


def backfill(
    spark: SparkSession,
    sources: Sequence[Source],
    folder: Path,
    options: BackfillOptions | None = None,
    on_stage: OnStage = lambda *_: None,
) -> DataFrame:
    """Cluster all articles of some files.

    The folder receives ``signatures``, ``duplicates``, ``overfull`` (buckets that were cut),
    ``events`` and ``assignments``; the folders that begin with ``work`` are not needed afterwards.
    A repeated call continues with the first stage that is not complete.

    Parameters
    ----------
    spark : SparkSession
    sources : sequence of Source
    folder : Path
    options : BackfillOptions, optional
    on_stage : callable

    Returns
    -------
    DataFrame
        The assignments: ``id``, ``duplicate_group``, ``canonical``, ``event`` (ids of articles; a
        group and an event have the id of their first one) ``key`` (the order of the
        articles), and ``file`` and ``record``, where each was read.

    Raises
    ------
    ManifestError
        If the folder has results of other files or options.
    """
    options = options or BackfillOptions()
    stages = Stages(spark, folder, _describe(sources, options), on_stage)
    features = stages.run(
        "work-features", lambda: read_features(spark, sources, options.max_text_chars)
    )
    signatures = stages.run("signatures", lambda: _order(features))
    groups = _group(stages, signatures)
    numbered = _find_events(stages, signatures, groups, options)
    return stages.run("assignments", lambda: _name(signatures, groups, numbered))


def _describe(sources: Sequence[Source], options: BackfillOptions) -> dict[str, object]:
    files = [[source.source_key, source.format, source.version_tag] for source in sources]
    return {"files": files, "fingerprint_version": FINGERPRINT_VERSION, **asdict(options)}


def _order(features: DataFrame) -> DataFrame:
    """Keep the last article of each id, and number all by date, undated ones last.

    The numbers grow within and from one partition to the next, and have gaps.
    """
    valid = features.where("id is not null")
    last = valid.groupBy("id").agg(sql.max(sql.struct("file", "record")).alias("last"))
    kept = valid.join(last, "id").where("struct(file, record) = last").drop("last")
    ordered = kept.orderBy(sql.col("published").asc_nulls_last(), "file", "record")
    return ordered.withColumn("key", sql.monotonically_increasing_id() + 1)


def _group(stages: Stages, signatures: DataFrame) -> DataFrame:
    whole = stages.run("work-whole-pairs", lambda: buckets.pair_by_whole_text(signatures))
    labelled = stages.run(
        "work-labels",
        lambda: duplicates.label_by_whole_text(signatures.select("key", "fingerprint"), whole),
    )
    sampled = stages.run("work-shingles", lambda: buckets.explode_sampled(labelled))
    shared = stages.run("work-buckets", lambda: buckets.read_buckets(sampled))
    stages.run("overfull", lambda: buckets.find_overfull(sampled))
    parts = stages.run(
        "work-parts", lambda: duplicates.divide(duplicates.link_texts(shared, whole))
    )
    return stages.run(
        "duplicates",
        lambda: duplicates.complete(
            signatures, duplicates.group_parts(signatures, parts, sampled, shared)
        ),
    )


def _find_events(
    stages: Stages, signatures: DataFrame, groups: DataFrame, options: BackfillOptions
) -> DataFrame:
    articles = signatures.join(groups.select("key", "group"), "key")
    dated = articles.groupBy("group").agg(sql.min("published").alias("published"))
    bounds = events.find_bounds(dated, options.groups_per_slice, options.overlap_days)
    slices = events.place_in_slices(dated, bounds, options.overlap_days)
    links = stages.run("work-event-links", lambda: events.link_groups(articles, slices))
    return stages.run("events", lambda: events.number_events(dated, links))


def _name(signatures: DataFrame, groups: DataFrame, numbered: DataFrame) -> DataFrame:
    """Name groups and events by the ids of their first articles."""
    named = signatures.select("key", "id")
    joined = (
        signatures.select("key", "id", "file", "record").join(groups, "key").join(numbered, "group")
    )
    for column, name in (
        ("group", "duplicate_group"),
        ("canonical", "canonical_id"),
        ("event", "event_id"),
    ):
        joined = joined.join(named.toDF(column, name), column)
    return joined.select(
        "id",
        "duplicate_group",
        sql.col("canonical_id").alias("canonical"),
        sql.col("event_id").alias("event"),
        "key",
        "file",
        "record",
    )
