"""What decisions come to, and which leave no room for one another."""

from __future__ import annotations

from itertools import combinations, product

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from clustering.constraints.conflicts import find_conflict
from clustering.constraints.decision import ConstraintSet, Decision

ARTICLES = st.integers(1, 9)
SOME = st.lists(ARTICLES, min_size=2, max_size=4, unique=True).map(tuple)


@st.composite
def decisions(draw: st.DrawFn) -> list[Decision]:
    made = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        some = draw(SOME)
        kind = draw(st.sampled_from(["one_event", "one_group", "distinct", "sides", "split"]))
        if kind == "sides":
            made.append(Decision(number, sides=tuple((article,) for article in some)))
        elif kind == "split":
            made.append(Decision(number, unless=some[:-1], sides=(some[:-1], some[-1:])))
        else:
            made.append(Decision(number, **{kind: some}))
    return made


def tied(made: list[Decision], *fields: str) -> nx.Graph:
    """The oracle: articles joined by what decisions say without exceptions."""
    graph = nx.Graph()
    graph.add_nodes_from(range(1, 10))
    for one, name in product(made, fields):
        graph.add_edges_from(combinations(getattr(one, name), 2))
    return graph


def separated(made: list[Decision]) -> list[tuple[int, int]]:
    sides = [pair for one in made for pair in combinations(one.sides, 2)]
    return [pair for here, there in sides for pair in product(here, there)]


@given(decisions())
def test_conflicts_are_those_of_paths_between_separated_articles(made: list[Decision]) -> None:
    made = [it for it in made if not it.unless]
    events, groups = tied(made, "one_event", "one_group"), tied(made, "one_group")
    distinct = [pair for one in made for pair in combinations(one.distinct, 2)]
    expected = any(nx.has_path(events, *pair) for pair in separated(made)) or any(
        nx.has_path(groups, *pair) for pair in distinct
    )
    assert (find_conflict(made) is not None) == expected


@given(decisions())
def test_without_any_of_those_blamed_there_is_another_conflict_or_none(
    made: list[Decision],
) -> None:
    found = find_conflict(made)
    if found is None:
        return
    blamed = [one for one in made if one.number in found.decisions]
    again = find_conflict(blamed)
    assert again is not None
    assert set(again.decisions) <= set(found.decisions)


@given(decisions())
def test_bonds_are_the_connected_parts(made: list[Decision]) -> None:
    kept: list[Decision] = []
    for one in made:
        if find_conflict([*kept, one]) is None:
            kept.append(one)
    bonds = ConstraintSet.from_decisions(kept)
    firm = tied(kept, "one_event", "one_group")
    for first, second in firm.edges:
        assert bonds.event_component_of[first] == bonds.event_component_of[second]
    for first, second in separated(kept):
        assert (
            bonds.event_component_of[second]
            in bonds.cannot_link_events[bonds.event_component_of[first]]
        )
        assert (
            bonds.event_component_of[first]
            in bonds.cannot_link_events[bonds.event_component_of[second]]
        )
        assert bonds.event_component_of[first] != bonds.event_component_of[second]
    for camp, articles in bonds.event_components.items():
        loose = tied(kept, "one_event", "one_group", "unless").subgraph(articles)
        assert nx.is_connected(loose)
        assert {bonds.event_component_of[article] for article in articles} == {camp}
    circles = tied(kept, "one_group")
    for first, second in combinations(bonds.duplicate_component_of, 2):
        same = bonds.duplicate_component_of[first] == bonds.duplicate_component_of[second]
        assert same == nx.has_path(circles, first, second)


def test_the_decisions_on_the_way_are_named_the_newest_first() -> None:
    made = [
        Decision(1, one_event=(1, 2)),
        Decision(2, one_event=(5, 6)),
        Decision(3, one_group=(2, 3)),
        Decision(4, sides=((1,), (3,))),
    ]
    found = find_conflict(made)
    assert found is not None
    assert found.decisions == (4, 3, 1)
    assert set(found.articles) == {1, 3}


def test_reprints_are_stepped_over_and_not_blamed() -> None:
    made = [Decision(1, one_event=(1, 2)), Decision(2, sides=((3,), (2,)))]
    assert find_conflict(made) is None
    found = find_conflict(made, groups=[(1, 3)])
    assert found is not None
    assert found.decisions == (2, 1)


def test_what_was_split_off_holds_together_until_it_is_put_on_different_sides() -> None:
    split = Decision(1, unless=(1, 2, 3), sides=((1, 2, 3), (4,)))
    assert (
        len(
            {
                ConstraintSet.from_decisions([split]).event_component_of[article]
                for article in (1, 2, 3)
            }
        )
        == 1
    )
    apart = Decision(2, sides=((3,), (1,)))
    assert find_conflict([split, apart]) is None
    camp_of = ConstraintSet.from_decisions([split, apart]).event_component_of
    assert camp_of[3] == camp_of[2] != camp_of[1]  # as many on both sides: the first named
    earlier = Decision(0, sides=((3,), (1,)))
    assert find_conflict([earlier, split]) is not None


def test_a_decision_that_is_taken_back_may_leave_no_room_for_those_after_it() -> None:
    split = Decision(1, unless=(1, 2), sides=((1, 2), (3,)))
    apart = Decision(2, sides=((1,), (2,)))
    moved = Decision(3, one_event=(1, 5), sides=((2,), (5,)))
    assert find_conflict([split, apart, moved]) is None
    found = find_conflict([split, Decision(4, one_event=(1, 5)), Decision(5, one_event=(2, 6)),
                      Decision(6, sides=((5,), (6,)))])  # fmt: skip
    assert found is not None
    assert found.decisions == (6, 5, 4, 1)
    assert find_conflict([split, apart, Decision(4, one_event=(1, 5)), Decision(5, one_event=(2, 6)),
                     Decision(6, sides=((5,), (6,)))]) is None  # fmt: skip


def test_locks_and_choices() -> None:
    bonds = ConstraintSet.from_decisions(
        [Decision(2, locked_event=7), Decision(1, chosen=4), Decision(3, chosen=5)]
    )
    assert bonds.locked_events == {7}
    assert bonds.chosen_canonical == {4: 1, 5: 3}
    assert bonds.articles == {4, 5}
