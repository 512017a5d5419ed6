"""Connected components of a graph in data frames: alternating large-star and small-star.

References
----------
Kiveris, R. et al. (2014). Connected components in MapReduce and beyond. SoCC '14.
"""

from __future__ import annotations

from typing import Any, Final

from pyspark.sql import DataFrame
from pyspark.sql import functions as sql

_MAX_ROUNDS: Final = 100
"""Far above the rounds that any graph needs: about the square of the logarithm of its nodes."""


def connected_components(edges: DataFrame) -> DataFrame:
    """Find the connected component of every node that has an edge.

    Parameters
    ----------
    edges : DataFrame with the columns ``first`` and ``second`` (long)
        In any direction; repeats and loops make no difference.

    Returns
    -------
    DataFrame with the columns ``node`` and ``component`` (long)
        The component is its smallest node. Nodes with loops only are left out.

    Raises
    ------
    RuntimeError
        If the algorithm does not converge.
    """
    stars = edges.where("first <> second").select("first", "second").distinct()
    stars = stars.localCheckpoint()
    state = _summarise(stars)
    for _ in range(_MAX_ROUNDS):
        stars = _small_star(_large_star(stars)).localCheckpoint()
        before, state = state, _summarise(stars)
        if state == before:
            return _with_centres(stars)
    raise RuntimeError(f"no connected components after {_MAX_ROUNDS} rounds")


def _large_star(edges: DataFrame) -> DataFrame:
    """Link every larger neighbour of a node to the smallest neighbour, or to the node itself."""
    both = edges.select("first", "second").union(edges.select("second", "first"))
    both = both.toDF("node", "neighbour")
    smallest = both.groupBy("node").agg(
        sql.least(sql.min("neighbour"), sql.first("node")).alias("smallest")
    )
    larger = both.where("neighbour > node").join(smallest, "node")
    return larger.select(sql.col("neighbour").alias("first"), sql.col("smallest").alias("second"))


def _small_star(edges: DataFrame) -> DataFrame:
    """Link a node and its smaller neighbours to the smallest of them."""
    downwards = edges.select(
        sql.greatest("first", "second").alias("node"),
        sql.least("first", "second").alias("neighbour"),
    ).distinct()
    smallest = downwards.groupBy("node").agg(sql.min("neighbour").alias("smallest"))
    of_neighbours = downwards.join(smallest, "node").where("neighbour <> smallest")
    linked = of_neighbours.select("neighbour", "smallest").union(
        smallest.select("node", "smallest")
    )
    return linked.toDF("first", "second").distinct()


def _summarise(edges: DataFrame) -> Any:
    """Return the number of edges and a sum of hashes, by which a fixed point is recognised."""
    digest = sql.sum(sql.xxhash64("first", "second").cast("decimal(38,0)"))
    return edges.agg(sql.count("*"), digest).first()


def _with_centres(stars: DataFrame) -> DataFrame:
    leaves = stars.toDF("node", "component")
    centres = leaves.select(sql.col("component").alias("node"), "component").distinct()
    return leaves.union(centres)
