"""Events of an archive: slices of time that overlap, joined where they see the same groups.

A slice clusters its own groups together with those shortly before and after. Its events hold for
pairs with at least one of its own groups. So an event that spans the edge of a slice is joined by
both neighbours, and one that lasts long by one slice after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

from clustering.events.candidates import FAR_DAYS
from clustering.pipeline.separate import partition_events
from clustering.types import SECONDS_PER_DAY
from service.archive.components import connected_components
from service.archive.feature_rows import to_features

GROUPS_PER_SLICE: Final = 50_000
"""Groups of a slice, about: enough to tell how common a term is."""
OVERLAP_DAYS: Final = FAR_DAYS
"""Days before and after a slice that it sees as well; few reports of an event are further apart."""
_LINKS: Final = "first long, second long"


def find_bounds(groups: DataFrame, groups_per_slice: int, overlap_days: float) -> list[float]:
    """Return where one slice ends and the next begins, in POSIX seconds, ascending.

    Parameters
    ----------
    groups : DataFrame with the column ``published``
        The date of the first report of each group.
    groups_per_slice : int
        Slices hold about as many, or more if they would be shorter than two overlaps.
    overlap_days : float
    """
    n_slices = max(groups.count() // groups_per_slice, 1)
    shares = [position / n_slices for position in range(1, n_slices)]
    bounds: list[float] = []
    for bound in groups.approxQuantile("published", shares, 0.1 / n_slices) if shares else []:
        if not bounds or bound - bounds[-1] >= 2 * overlap_days * SECONDS_PER_DAY:
            bounds.append(bound)
    return bounds


def place_in_slices(groups: DataFrame, bounds: Sequence[float], overlap_days: float) -> DataFrame:
    """Place each group into its own slice and into the slices that see it as well.

    Groups without a date are placed into the last slice, as if they had just arrived.

    Parameters
    ----------
    groups : DataFrame with the columns ``group`` and ``published``
    bounds : sequence of float
        As `find_bounds` returns them.
    overlap_days : float

    Returns
    -------
    DataFrame with the columns ``group``, ``slice`` and ``is_own``
    """
    limits, margin = np.array(bounds), overlap_days * SECONDS_PER_DAY

    def place(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            when = frame["published"].fillna(np.inf).to_numpy()
            own = np.searchsorted(limits, when, side="right")
            first = np.searchsorted(limits, when - margin, side="right")
            n_seen = np.searchsorted(limits, when + margin, side="right") - first + 1
            place_of = np.repeat(np.arange(len(frame)), n_seen)
            steps = np.arange(n_seen.sum()) - np.repeat(np.cumsum(n_seen) - n_seen, n_seen)
            slices = first[place_of] + steps
            yield pd.DataFrame(
                {
                    "group": frame["group"].to_numpy()[place_of],
                    "slice": slices,
                    "is_own": slices == own[place_of],
                }
            )

    return groups.mapInPandas(place, "group long, slice long, is_own boolean")


def link_groups(articles: DataFrame, slices: DataFrame) -> DataFrame:
    """Cluster every slice, and return links between groups of one event.

    Parameters
    ----------
    articles : DataFrame
        The signatures with the column ``group``.
    slices : DataFrame
        As `place_in_slices` returns it.

    Returns
    -------
    DataFrame with the columns ``first`` and ``second``
    """
    placed = articles.join(slices, "group")
    return placed.groupBy("slice").applyInPandas(_cluster_slice, _LINKS)


def number_events(groups: DataFrame, links: DataFrame) -> DataFrame:
    """Join the links to events, each numbered by its first group.

    Returns
    -------
    DataFrame with the columns ``group`` and ``event``
    """
    components = connected_components(links).toDF("group", "event")
    joined = groups.select("group").join(components, "group", "left")
    return joined.select("group", sql.coalesce("event", "group").alias("event"))


def _cluster_slice(frame: pd.DataFrame) -> pd.DataFrame:
    ordered = frame.sort_values("key")
    numbers, _ = pd.factorize(ordered["group"])
    own = set(ordered.loc[ordered["is_own"], "group"].tolist())
    rows = ordered.to_dict("records")
    articles = [
        (row["key"], to_features(row), int(number) + 1)
        for row, number in zip(rows, numbers, strict=True)
    ]
    group_of = dict(zip(ordered["key"].tolist(), ordered["group"].tolist(), strict=True))
    events = partition_events(articles)
    links = [link for event in events for link in _star({group_of[key] for key in event}, own)]
    return pd.DataFrame(links, columns=["first", "second"], dtype="int64")


def _star(event: set[int], own: set[int]) -> Iterator[tuple[Any, Any]]:
    """Link all groups of an event to the first one of the slice's own; nothing without such."""
    owned = event & own
    if owned:
        centre = min(owned)
        yield from ((centre, group) for group in sorted(event - {centre}))
