"""The graph of likely neighbours against one that is worked out by hand."""

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
from clustering.events.neighbour_graph import (
    DEFAULT_EVENT_THRESHOLD,
    NEIGHBOUR_THRESHOLD,
    RESCORE_TOLERANCE,
    NeighbourGraph,
)
from clustering.events.structural_links import MIN_STRUCTURAL_SIMILARITY
from tests.support.story_factory import deterministic

SIZE = 14
Pairs = dict[frozenset[int], float]


class Town:
    """Groups, who is near whom, and the graph that follows them."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        crowd = draw.integers(0, 3, SIZE + 1)
        self.near: Pairs = {
            frozenset(pair): round(float(draw.beta(6, 2)), 6)
            for pair in combinations(range(1, SIZE + 1), 2)
            if draw.random() < (0.8 if crowd[pair[0]] == crowd[pair[1]] else 0.15)
        }
        self.here: set[int] = set()
        self.likeness = NeighbourGraph(self.find)

    def find(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        found = {
            other: self.near[frozenset((group, other))]
            for other in sorted(self.here - {group})
            if frozenset((group, other)) in self.near
        }
        return np.array([*found], np.int64), np.array([*found.values()], np.float64)

    def come(self, group: int) -> set[int]:
        self.here.add(group)
        return self.likeness.add(group)

    def leave(self, group: int) -> set[int]:
        changed = self.likeness.remove(group)
        self.here.discard(group)
        return changed

    def by_hand(self, join: float = DEFAULT_EVENT_THRESHOLD) -> nx.Graph:
        weight = {pair: round(p**2 * 2**20) / 2**20 for pair, p in self.near.items()}
        beside = {
            group: {other: weight[frozenset((group, other))] for other in self.find(group)[0]}
            for group in self.here
        }
        company = {
            group: {**nearness, group: max(nearness.values(), default=0)}
            for group, nearness in beside.items()
        }
        graph = nx.Graph()
        graph.add_nodes_from(self.here)
        for one, other in combinations(sorted(self.here), 2):
            both = company[one].keys() & company[other].keys()
            common = sum(company[one][it] * company[other][it] for it in both)
            lengths = [sum(it**2 for it in company[at].values()) for at in (one, other)]
            probable = self.near.get(frozenset((one, other)), 0) >= join
            if probable and common >= MIN_STRUCTURAL_SIMILARITY * sqrt(lengths[0] * lengths[1]):
                graph.add_edge(one, other)
        return graph

    def links(self) -> set[frozenset[int]]:
        pairs = (
            (one, self.likeness.linked_neighbours([one]).tolist()) for one in sorted(self.here)
        )
        return {frozenset((one, other)) for one, others in pairs for other in others}


steps = st.lists(
    st.tuples(st.sampled_from(("come", "leave")), st.integers(1, SIZE)), min_size=1, max_size=40
)


@deterministic
@given(st.integers(0, 10**6), steps, st.booleans())
def test_is_what_it_would_be_by_hand(seed: int, steps: list[tuple[str, int]], keep: bool) -> None:
    town = Town(seed)
    for step, group in steps:
        if (step == "come") != (group in town.here):
            before = {frozenset(pair) for pair in town.by_hand().edges}
            changed = town.come(group) if step == "come" else town.leave(group)
            after = {frozenset(pair) for pair in town.by_hand().edges}
            flipped = set().union(*(before ^ after))
            assert flipped - {group} <= changed
            if keep:
                town.likeness.commit()
    assert town.links() == {frozenset(pair) for pair in town.by_hand().edges}


@deterministic
@given(st.integers(0, 10**6), steps, steps)
def test_what_is_taken_back_has_never_been(
    seed: int, steps: list[tuple[str, int]], more: list[tuple[str, int]]
) -> None:
    town = Town(seed)
    for step, group in steps:
        if (step == "come") != (group in town.here):
            (town.come if step == "come" else town.leave)(group)
    town.likeness.commit()
    here, links = set(town.here), town.links()
    town.likeness.commit()
    for step, group in more:
        if (step == "come") != (group in town.here):
            (town.come if step == "come" else town.leave)(group)
    town.likeness.rollback()
    town.here = here
    assert town.links() == links
    for group in sorted(here):
        row = town.likeness.neighbours(group)
        expected = dict(zip(*(it.tolist() for it in town.find(group)), strict=True))
        assert dict(zip(row.groups.tolist(), row.probabilities.tolist(), strict=True)) == expected


@deterministic
@given(st.integers(0, 10**6), st.permutations(range(1, SIZE + 1)), st.integers(0, SIZE))
def test_looked_for_or_kept_up_it_is_the_same(seed: int, order: list[int], known: int) -> None:
    town = Town(seed)
    for group in order:
        town.come(group)
    kept_up = town.links()
    town.likeness = NeighbourGraph(town.find)  # as after a restart: rows are looked for when asked
    for group in order[:known]:
        town.likeness.neighbours(group)
    assert town.links() == kept_up


@deterministic
@given(st.integers(0, 10**6), st.integers(1, SIZE))
def test_parts_are_the_connected_ones(seed: int, start: int) -> None:
    town = Town(seed)
    for group in range(1, SIZE + 1):
        town.come(group)
    (part,) = linked_components(town.likeness, [start], set(), SIZE)
    assert set(part) == nx.node_connected_component(town.by_hand(), start)
    matrix = town.likeness.probability_matrix(part)
    for one, other in combinations(range(len(part)), 2):
        expected = town.near.get(frozenset((part[one], part[other])), 0.0)
        assert matrix[one, other] == matrix[other, one] == expected


@deterministic
@given(st.integers(0, 10**6), st.floats(0.2, 0.95))
def test_the_line_can_be_drawn_elsewhere(seed: int, join: float) -> None:
    town = Town(seed)
    for group in range(1, SIZE + 1):
        town.come(group)
    town.likeness.set_event_threshold(join)
    assert town.links() == {frozenset(pair) for pair in town.by_hand(join).edges}


@deterministic
@given(st.integers(0, 10**6), st.lists(st.integers(1, SIZE), unique=True), st.floats(0.02, 0.8))
def test_neighbours_are_weighed_anew(seed: int, some: list[int], scale: float) -> None:
    town = Town(seed)
    for group in range(1, SIZE + 1):
        town.come(group)
    before = {frozenset(pair) for pair in town.by_hand().edges}
    for pair in [*town.near]:
        if pair & {*some}:
            town.near[pair] = round(town.near[pair] * scale, 6)

    def weigh(group: int, others: np.ndarray) -> np.ndarray:
        return np.array([town.near[frozenset((group, it))] for it in others.tolist()])

    changed = town.likeness.rescore(some, weigh)
    town.near = {pair: p for pair, p in town.near.items() if p >= NEIGHBOUR_THRESHOLD}
    after = {frozenset(pair) for pair in town.by_hand().edges}
    assert set().union(*(before ^ after)) <= changed
    assert town.links() == after


@pytest.mark.parametrize("far", [False, True])
def test_who_moved_slightly_is_left_in_peace(far: bool) -> None:
    beside, now = (
        {1: np.array([2]), 2: np.array([1])},
        0.9 - RESCORE_TOLERANCE * (2 if far else 0.5),
    )
    likeness = NeighbourGraph(lambda group: (beside[group], np.array([0.9])))
    for group in beside:
        likeness.neighbours(group)
    judged = likeness.rescore([1], lambda group, others: np.array([now]))
    assert (1 in judged) is far
    assert likeness.neighbours(2).probabilities.tolist() == [now if far else 0.9]


def test_whoever_has_found_a_group_is_found_by_it() -> None:
    finds = {1: ([2], [0.9]), 2: ([], [])}
    likeness = NeighbourGraph(
        lambda group: (np.array(finds[group][0], np.int64), np.array(finds[group][1]))
    )
    assert likeness.neighbours(1).groups.tolist() == [2]
    assert likeness.neighbours(2).groups.tolist() == [1]
    assert likeness.neighbours(2).probabilities.tolist() == [0.9]


@deterministic
@given(st.integers(0, 10**6), st.sets(st.integers(1, SIZE)), st.integers(1, SIZE))
def test_who_leaves_unasked_is_noted_by_nobody(seed: int, asked: set[int], leaver: int) -> None:
    town = Town(seed)
    town.here = {*range(1, SIZE + 1)}
    for group in sorted(asked - {leaver}):
        town.likeness.neighbours(group)
    town.leave(leaver)
    for group in sorted(town.here):
        assert leaver not in town.likeness.neighbours(group).groups
    assert town.links() == {frozenset(pair) for pair in town.by_hand().edges}


def test_what_may_not_be_looked_for_is_not_linked() -> None:
    everybody = np.arange(1, 5)
    likeness = NeighbourGraph(lambda it: (everybody[everybody != it], np.full(3, 0.9)))
    likeness.lookup_budget = 1
    assert likeness.linked_neighbours([1]).tolist() == []
    likeness.lookup_budget = inf
    assert likeness.linked_neighbours([1]).tolist() == [2, 3, 4]


@deterministic
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=60))
def test_the_pool_holds_what_was_put_there(rows: list[tuple[int, int]]) -> None:
    adjacency, expected = Adjacency(), dict[int, list[int]]()
    for at, (node, size) in enumerate(rows):
        entries = Entries.zeros(size * 40)  # the pool has to grow, and to close its gaps
        entries.neighbour[:] = range(at, at + size * 40)
        adjacency.set_row(node, entries)
        expected[node] = entries.neighbour.tolist()
        if at % 3 == 0:
            adjacency.remove_row(node)
            del expected[node]
    assert {
        it: adjacency.row(it).neighbour.tolist() for it in adjacency.nodes().tolist()
    } == expected
