"""Duplicate groups of an archive: divide it into parts, and group each as a service would.

Texts that may be near-duplicates are linked. A part has whole connected components of these links,
and besides them the texts that decide how common their shingles are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from clustering.duplicates.separability import must_be_together
from clustering.features.fingerprint import sampling_moduli
from clustering.pipeline.separate import group_duplicates
from clustering.state.canonical import EARLIEST
from service.archive.components import connected_components
from service.archive.feature_rows import to_features

TEXTS_PER_PART: Final = 2000
"""Texts of a part, about: many components share the texts that surround them."""
_GROUPS: Final = "key long, group long, canonical long"
_GROUP_FEATURES: Final = (
    "published",
    "date_only",
    "source",
    "language",
    "words",
    "fingerprint",
)


def label_by_whole_text(signatures: DataFrame, whole_pairs: DataFrame) -> DataFrame:
    """Add the column ``label``: the component of the pairs with a text, or its own key."""
    labels = connected_components(whole_pairs).toDF("key", "component")
    labelled = signatures.join(labels, "key", "left")
    return labelled.withColumn("label", sql.coalesce("component", "key")).drop("component")


def link_texts(bucket_rows: DataFrame, whole_pairs: DataFrame) -> DataFrame:
    """Return the pairs of texts that must be in one part.

    Parameters
    ----------
    bucket_rows : DataFrame
        As `buckets.read_buckets` returns it.
    whole_pairs : DataFrame
        As `buckets.pair_by_whole_text` returns it.

    Returns
    -------
    DataFrame with the columns ``first`` and ``second``
    """
    shared = (
        bucket_rows.where("kind = 'pair'")
        .groupBy("first", "second")
        .agg(
            sql.count("*").alias("n_shared"),
            sql.sum("weight").alias("weight"),
            sql.max("first_length").alias("first_length"),
            sql.max("second_length").alias("second_length"),
        )
        .where("n_shared > 1")
    )
    losses = bucket_rows.where("kind = 'loss'").groupBy("first").agg(sql.sum("weight").alias("l"))
    weighed = shared.join(losses.toDF("first", "first_loss"), "first", "left").join(
        losses.toDF("second", "second_loss"), "second", "left"
    )
    linked = weighed.na.fill(0.0).mapInPandas(_select_linked, "first long, second long")
    return linked.union(whole_pairs.select("first", "second"))


def divide(links: DataFrame) -> DataFrame:
    """Divide the linked texts into parts of whole components.

    Returns
    -------
    DataFrame with the columns ``key`` and ``part``
    """
    members = connected_components(links).toDF("key", "component").localCheckpoint()
    n_parts = max(members.count() // TEXTS_PER_PART, 1)
    part = sql.pmod(sql.xxhash64("component"), sql.lit(n_parts))
    return members.select("key", part.cast("long").alias("part"))


def group_parts(
    signatures: DataFrame, parts: DataFrame, sampled: DataFrame, bucket_rows: DataFrame
) -> DataFrame:
    """Group the texts of each part.

    Parameters
    ----------
    signatures : DataFrame
    parts : DataFrame
        As `divide` returns it.
    sampled, bucket_rows : DataFrame
        As of `buckets`.

    Returns
    -------
    DataFrame with the columns ``key``, ``group`` and ``canonical``
        Of the texts in parts; a group is numbered by its first text.
    """
    common = bucket_rows.where("kind = 'common'").select(sql.col("first").alias("hash"), "holders")
    contained = sampled.join(parts, "key").select("part", "hash").distinct()
    surroundings = contained.join(common, "hash").select(
        sql.explode("holders").alias("key"), "part", sql.lit(0).alias("is_member")
    )
    placed = parts.select("key", "part", sql.lit(1).alias("is_member")).union(surroundings)
    placed = placed.groupBy("key", "part").agg(sql.max("is_member").alias("is_member"))
    rows = placed.join(signatures.select("key", *_GROUP_FEATURES), "key")
    return rows.groupBy("part").applyInPandas(_group_part, _GROUPS)


def complete(signatures: DataFrame, groups: DataFrame) -> DataFrame:
    """Add the texts that are like no other: each is a group of its own."""
    joined = signatures.select("key").join(groups, "key", "left")
    return joined.select(
        "key",
        sql.coalesce("group", "key").alias("group"),
        sql.coalesce("canonical", "key").alias("canonical"),
    )


def _select_linked(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for frame in frames:
        lengths = frame[["first_length", "second_length"]].to_numpy(np.int64)
        losses = frame[["first_loss", "second_loss"]].to_numpy()
        n_sampled = np.maximum(lengths / sampling_moduli(lengths), 1)
        together = must_be_together(
            frame["n_shared"].to_numpy(np.int64),
            frame["weight"].to_numpy(),
            lengths,
            1 - losses / n_sampled,
        )
        yield frame.loc[together, ["first", "second"]]


def _group_part(frame: pd.DataFrame) -> pd.DataFrame:
    ordered = frame.sort_values("key")
    rows = ordered.to_dict("records")
    grouped = group_duplicates(((row["key"], to_features(row)) for row in rows), EARLIEST)
    members = ordered.loc[ordered["is_member"] == 1, "key"].tolist()
    first: dict[int, int] = {}
    for key in members:
        first.setdefault(grouped[key][0], key)
    numbered = [(key, first[grouped[key][0]], grouped[key][1]) for key in members]
    return pd.DataFrame(numbered, columns=["key", "group", "canonical"])
