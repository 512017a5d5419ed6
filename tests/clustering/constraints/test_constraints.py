"""Constraints that follow from decisions, and contradictions between decisions."""

from __future__ import annotations

from itertools import combinations, product

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from clustering.constraints.conflicts import find_conflict
from clustering.constraints.decision import ConstraintSet, Decision

ARTICLES = st.integers(1, 9)
SEVERAL_ARTICLES = st.lists(ARTICLES, min_size=2, max_size=4, unique=True).map(tuple)


@st.composite
def decision_lists(draw: st.DrawFn) -> list[Decision]:
    decisions = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        articles = draw(SEVERAL_ARTICLES)
        kind = draw(st.sampled_from(["one_event", "one_group", "distinct", "sides", "split"]))
        if kind == "sides":
            decisions.append(Decision(number, sides=tuple((article,) for article in articles)))
        elif kind == "split":
            sides = (articles[:-1], articles[-1:])
            decisions.append(Decision(number, unless=articles[:-1], sides=sides))
        else:
            decisions.append(Decision(number, **{kind: articles}))
    return decisions


def must_link_graph(decisions: list[Decision], *fields: str) -> nx.Graph:
    """The oracle: articles joined by those fields of the decisions."""
    graph = nx.Graph()
    graph.add_nodes_from(range(1, 10))
    for decision, name in product(decisions, fields):
        graph.add_edges_from(combinations(getattr(decision, name), 2))
    return graph


def cannot_link_pairs(decisions: list[Decision]) -> list[tuple[int, int]]:
    sides = [pair for decision in decisions for pair in combinations(decision.sides, 2)]
    return [pair for first, second in sides for pair in product(first, second)]


@given(decision_lists())
def test_conflict_is_a_path_between_separated_articles(decisions: list[Decision]) -> None:
    decisions = [decision for decision in decisions if not decision.unless]
    events = must_link_graph(decisions, "one_event", "one_group")
    groups = must_link_graph(decisions, "one_group")
    distinct = [pair for decision in decisions for pair in combinations(decision.distinct, 2)]
    expected = any(nx.has_path(events, *pair) for pair in cannot_link_pairs(decisions)) or any(
        nx.has_path(groups, *pair) for pair in distinct
    )
    assert (find_conflict(decisions) is not None) == expected


@given(decision_lists())
def test_named_decisions_are_in_conflict_by_themselves(decisions: list[Decision]) -> None:
    conflict = find_conflict(decisions)
    if conflict is None:
        return
    named = [decision for decision in decisions if decision.number in conflict.decisions]
    smaller = find_conflict(named)
    assert smaller is not None
    assert set(smaller.decisions) <= set(conflict.decisions)


@given(decision_lists())
def test_components_are_connected_and_separated_ones_cannot_link(
    decisions: list[Decision],
) -> None:
    consistent: list[Decision] = []
    for decision in decisions:
        if find_conflict([*consistent, decision]) is None:
            consistent.append(decision)
    constraints = ConstraintSet.from_decisions(consistent)
    component_of = constraints.event_component_of
    for first, second in must_link_graph(consistent, "one_event", "one_group").edges:
        assert component_of[first] == component_of[second]
    for first, second in cannot_link_pairs(consistent):
        assert component_of[second] in constraints.cannot_link_events[component_of[first]]
        assert component_of[first] in constraints.cannot_link_events[component_of[second]]
        assert component_of[first] != component_of[second]
    for component, articles in constraints.event_components.items():
        links = must_link_graph(consistent, "one_event", "one_group", "unless").subgraph(articles)
        assert nx.is_connected(links)
        assert {component_of[article] for article in articles} == {component}
    duplicates = must_link_graph(consistent, "one_group")
    for first, second in combinations(constraints.duplicate_component_of, 2):
        is_linked = (
            constraints.duplicate_component_of[first] == constraints.duplicate_component_of[second]
        )
        assert is_linked == nx.has_path(duplicates, first, second)


def test_conflict_names_the_decisions_on_the_path_newest_first() -> None:
    decisions = [
        Decision(1, one_event=(1, 2)),
        Decision(2, one_event=(5, 6)),
        Decision(3, one_group=(2, 3)),
        Decision(4, sides=((1,), (3,))),
    ]
    conflict = find_conflict(decisions)
    assert conflict is not None
    assert conflict.decisions == (4, 3, 1)
    assert set(conflict.articles) == {1, 3}


def test_path_through_a_duplicate_group_names_no_decision_for_it() -> None:
    decisions = [Decision(1, one_event=(1, 2)), Decision(2, sides=((3,), (2,)))]
    assert find_conflict(decisions) is None
    conflict = find_conflict(decisions, groups=[(1, 3)])
    assert conflict is not None
    assert conflict.decisions == (2, 1)


def test_split_off_articles_stay_together_until_a_later_decision_separates_them() -> None:
    split = Decision(1, unless=(1, 2, 3), sides=((1, 2, 3), (4,)))
    component_of = ConstraintSet.from_decisions([split]).event_component_of
    assert len({component_of[article] for article in (1, 2, 3)}) == 1
    apart = Decision(2, sides=((3,), (1,)))
    assert find_conflict([split, apart]) is None
    component_of = ConstraintSet.from_decisions([split, apart]).event_component_of
    # Both sides have one article: the rest stays with the side that is named first.
    assert component_of[3] == component_of[2] != component_of[1]
    earlier = Decision(0, sides=((3,), (1,)))
    assert find_conflict([earlier, split]) is not None


def test_undoing_a_decision_may_put_later_ones_in_conflict() -> None:
    split = Decision(1, unless=(1, 2), sides=((1, 2), (3,)))
    apart = Decision(2, sides=((1,), (2,)))
    moved = Decision(3, one_event=(1, 5), sides=((2,), (5,)))
    assert find_conflict([split, apart, moved]) is None
    later = [
        Decision(4, one_event=(1, 5)),
        Decision(5, one_event=(2, 6)),
        Decision(6, sides=((5,), (6,))),
    ]
    conflict = find_conflict([split, *later])
    assert conflict is not None
    assert conflict.decisions == (6, 5, 4, 1)
    assert find_conflict([split, apart, *later]) is None


def test_locks_and_chosen_canonicals_are_collected() -> None:
    constraints = ConstraintSet.from_decisions(
        [Decision(2, locked_event=7), Decision(1, chosen=4), Decision(3, chosen=5)]
    )
    assert constraints.locked_events == {7}
    assert constraints.chosen_canonical == {4: 1, 5: 3}
    assert constraints.articles == {4, 5}
