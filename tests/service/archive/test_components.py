"""Connected components in data frames are those of networkx."""

from __future__ import annotations

from typing import Any

import networkx
import pytest

from tests.service.archive.random_graphs import make_edges

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize(("n_nodes", "n_edges"), [(1, 1), (60, 30), (400, 380), (50, 400)])
def test_components_of_random_graphs(spark: Any, n_nodes: int, n_edges: int) -> None:
    from service.archive.components import connected_components

    edges = make_edges(n_nodes, n_edges, seed=n_edges)
    frame = spark.createDataFrame(edges, "first long, second long")
    found = {row["node"]: row["component"] for row in connected_components(frame).collect()}
    graph = networkx.Graph([(first, second) for first, second in edges if first != second])
    expected = {
        node: min(component)
        for component in networkx.connected_components(graph)
        for node in component
    }
    assert found == expected


def test_long_path_is_one_component(spark: Any) -> None:
    from service.archive.components import connected_components

    path = [(node, node + 1) for node in range(300)]
    frame = spark.createDataFrame(path, "first long, second long")
    rows = connected_components(frame).collect()
    assert {row["component"] for row in rows} == {0}
    assert len(rows) == 301
