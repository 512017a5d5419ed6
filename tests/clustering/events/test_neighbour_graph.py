"""The neighbour graph against a networkx graph computed with plain Python."""

from __future__ import annotations

from itertools import combinations
from math import inf, sqrt

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.events.adjacency import Adjacency, Entries
from clustering.events.components import linked_components
from clustering.events.neighbour_graph import RESCORE_TOLERANCE, NeighbourGraph
from clustering.events.structural_links import MIN_STRUCTURAL_SIMILARITY
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD, NEIGHBOUR_THRESHOLD
from tests.support.story_factory import deterministic

SIZE = 14
Pairs = dict[frozenset[int], float]


class GraphHarness:
    """Groups with given pair probabilities, and the neighbour graph that follows them."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        cluster = draw.integers(0, 3, SIZE + 1)
        self.probabilities: Pairs = {
            frozenset(pair): round(float(draw.beta(6, 2)), 6)
            for pair in combinations(range(1, SIZE + 1), 2)
            if draw.random() < (0.8 if cluster[pair[0]] == cluster[pair[1]] else 0.15)
        }
        self.present: set[int] = set()
        self.graph = NeighbourGraph(self.find)

    def find(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        neighbours = {
            neighbour: self.probabilities[frozenset((group, neighbour))]
            for neighbour in sorted(self.present - {group})
            if frozenset((group, neighbour)) in self.probabilities
        }
        return np.array([*neighbours], np.int64), np.array([*neighbours.values()], np.float64)

    def add(self, group: int) -> set[int]:
        self.present.add(group)
        return self.graph.add(group)

    def remove(self, group: int) -> set[int]:
        changed = self.graph.remove(group)
        self.present.discard(group)
        return changed

    def expected(self, threshold: float = DEFAULT_EVENT_THRESHOLD) -> nx.Graph:
        weight = {pair: round(p**2 * 2**20) / 2**20 for pair, p in self.probabilities.items()}
        edge_weights = {
            group: {
                neighbour: weight[frozenset((group, neighbour))]
                for neighbour in self.find(group)[0]
            }
            for group in self.present
        }
        neighbourhoods = {
            group: {**weights, group: max(weights.values(), default=0)}
            for group, weights in edge_weights.items()
        }
        expected = nx.Graph()
        expected.add_nodes_from(self.present)
        for pair in combinations(sorted(self.present), 2):
            first, second = (neighbourhoods[group] for group in pair)
            common = sum(first[group] * second[group] for group in first.keys() & second.keys())
            squared_norms = [sum(w**2 for w in weights.values()) for weights in (first, second)]
            is_probable = self.probabilities.get(frozenset(pair), 0) >= threshold
            if is_probable and common >= MIN_STRUCTURAL_SIMILARITY * sqrt(
                squared_norms[0] * squared_norms[1]
            ):
                expected.add_edge(*pair)
        return expected

    def links(self) -> set[frozenset[int]]:
        return {
            frozenset((group, neighbour))
            for group in sorted(self.present)
            for neighbour in self.graph.linked_neighbours([group]).tolist()
        }


steps = st.lists(
    st.tuples(st.sampled_from(("add", "remove")), st.integers(1, SIZE)), min_size=1, max_size=40
)


@deterministic
@given(st.integers(0, 10**6), steps, st.booleans())
def test_links_are_those_computed_directly(
    seed: int, steps: list[tuple[str, int]], keep: bool
) -> None:
    harness = GraphHarness(seed)
    for step, group in steps:
        if (step == "add") != (group in harness.present):
            before = {frozenset(pair) for pair in harness.expected().edges}
            changed = harness.add(group) if step == "add" else harness.remove(group)
            after = {frozenset(pair) for pair in harness.expected().edges}
            flipped = set().union(*(before ^ after))
            assert flipped - {group} <= changed
            if keep:
                harness.graph.commit()
    assert harness.links() == {frozenset(pair) for pair in harness.expected().edges}


@deterministic
@given(st.integers(0, 10**6), steps, steps)
def test_rollback_leaves_no_trace(
    seed: int, steps: list[tuple[str, int]], more: list[tuple[str, int]]
) -> None:
    harness = GraphHarness(seed)
    for step, group in steps:
        if (step == "add") != (group in harness.present):
            (harness.add if step == "add" else harness.remove)(group)
    harness.graph.commit()
    present, links = set(harness.present), harness.links()
    harness.graph.commit()
    for step, group in more:
        if (step == "add") != (group in harness.present):
            (harness.add if step == "add" else harness.remove)(group)
    harness.graph.rollback()
    harness.present = present
    assert harness.links() == links
    for group in sorted(present):
        row = harness.graph.neighbours(group)
        expected = dict(zip(*(column.tolist() for column in harness.find(group)), strict=True))
        assert dict(zip(row.groups.tolist(), row.probabilities.tolist(), strict=True)) == expected


@deterministic
@given(st.integers(0, 10**6), st.permutations(range(1, SIZE + 1)), st.integers(0, SIZE))
def test_rows_looked_up_late_equal_rows_kept_up_to_date(
    seed: int, order: list[int], n_looked_up: int
) -> None:
    harness = GraphHarness(seed)
    for group in order:
        harness.add(group)
    kept_up_to_date = harness.links()
    harness.graph = NeighbourGraph(
        harness.find
    )  # as after a restart: rows are looked up when needed
    for group in order[:n_looked_up]:
        harness.graph.neighbours(group)
    assert harness.links() == kept_up_to_date


@deterministic
@given(st.integers(0, 10**6), st.integers(1, SIZE))
def test_linked_components_are_the_connected_components(seed: int, start: int) -> None:
    harness = GraphHarness(seed)
    for group in range(1, SIZE + 1):
        harness.add(group)
    (component,) = linked_components(harness.graph, [start], set(), SIZE)
    assert set(component) == nx.node_connected_component(harness.expected(), start)
    matrix = harness.graph.probability_matrix(component)
    for row, column in combinations(range(len(component)), 2):
        pair = frozenset((component[row], component[column]))
        expected = harness.probabilities.get(pair, 0.0)
        assert matrix[row, column] == matrix[column, row] == expected


@deterministic
@given(st.integers(0, 10**6), st.floats(0.2, 0.95))
def test_links_follow_the_event_threshold(seed: int, threshold: float) -> None:
    harness = GraphHarness(seed)
    for group in range(1, SIZE + 1):
        harness.add(group)
    harness.graph.set_event_threshold(threshold)
    assert harness.links() == {frozenset(pair) for pair in harness.expected(threshold).edges}


@deterministic
@given(st.integers(0, 10**6), st.lists(st.integers(1, SIZE), unique=True), st.floats(0.02, 0.8))
def test_rescoring_updates_probabilities_and_links(
    seed: int, rescored: list[int], scale: float
) -> None:
    harness = GraphHarness(seed)
    for group in range(1, SIZE + 1):
        harness.add(group)
    before = {frozenset(pair) for pair in harness.expected().edges}
    for pair in [*harness.probabilities]:
        if pair & {*rescored}:
            harness.probabilities[pair] = round(harness.probabilities[pair] * scale, 6)

    def score(group: int, neighbours: np.ndarray) -> np.ndarray:
        pairs = (frozenset((group, neighbour)) for neighbour in neighbours.tolist())
        return np.array([harness.probabilities[pair] for pair in pairs])

    changed = harness.graph.rescore(rescored, score)
    harness.probabilities = {
        pair: p for pair, p in harness.probabilities.items() if p >= NEIGHBOUR_THRESHOLD
    }
    after = {frozenset(pair) for pair in harness.expected().edges}
    assert set().union(*(before ^ after)) <= changed
    assert harness.links() == after


@pytest.mark.parametrize("far", [False, True])
def test_rescoring_ignores_small_changes(far: bool) -> None:
    neighbours_of = {1: np.array([2]), 2: np.array([1])}
    rescored = 0.9 - RESCORE_TOLERANCE * (2 if far else 0.5)
    graph = NeighbourGraph(lambda group: (neighbours_of[group], np.array([0.9])))
    for group in neighbours_of:
        graph.neighbours(group)
    changed = graph.rescore([1], lambda group, neighbours: np.array([rescored]))
    assert (1 in changed) is far
    assert graph.neighbours(2).probabilities.tolist() == [rescored if far else 0.9]


def test_neighbours_are_mutual() -> None:
    finds = {1: ([2], [0.9]), 2: ([], [])}
    graph = NeighbourGraph(
        lambda group: (np.array(finds[group][0], np.int64), np.array(finds[group][1]))
    )
    assert graph.neighbours(1).groups.tolist() == [2]
    assert graph.neighbours(2).groups.tolist() == [1]
    assert graph.neighbours(2).probabilities.tolist() == [0.9]


@deterministic
@given(st.integers(0, 10**6), st.sets(st.integers(1, SIZE)), st.integers(1, SIZE))
def test_a_group_removed_without_a_row_leaves_no_entries(
    seed: int, looked_up: set[int], removed: int
) -> None:
    harness = GraphHarness(seed)
    harness.present = {*range(1, SIZE + 1)}
    for group in sorted(looked_up - {removed}):
        harness.graph.neighbours(group)
    harness.remove(removed)
    for group in sorted(harness.present):
        assert removed not in harness.graph.neighbours(group).groups
    assert harness.links() == {frozenset(pair) for pair in harness.expected().edges}


def test_neighbours_beyond_the_lookup_budget_are_not_linked() -> None:
    groups = np.arange(1, 5)
    graph = NeighbourGraph(lambda group: (groups[groups != group], np.full(3, 0.9)))
    graph.lookup_budget = 1
    assert graph.linked_neighbours([1]).tolist() == []
    graph.lookup_budget = inf
    assert graph.linked_neighbours([1]).tolist() == [2, 3, 4]


@deterministic
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=60))
def test_adjacency_keeps_rows_when_the_pool_grows_and_closes_its_gaps(
    rows: list[tuple[int, int]],
) -> None:
    adjacency, expected = Adjacency(), dict[int, list[int]]()
    for number, (node, size) in enumerate(rows):
        entries = Entries.zeros(size * 40)
        entries.neighbour[:] = range(number, number + size * 40)
        adjacency.set_row(node, entries)
        expected[node] = entries.neighbour.tolist()
        if number % 3 == 0:
            adjacency.remove_row(node)
            del expected[node]
    assert {
        node: adjacency.row(node).neighbour.tolist() for node in adjacency.nodes().tolist()
    } == expected
