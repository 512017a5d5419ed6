"""Decisions of editors: every active one holds, and every one is in the change log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from clustering.constraints.decision import ConstraintSet
from service.common import ids
from service.integrity.finding import Finding
from service.store import bulk
from service.store.review import decisions as decision_table
from service.store.schema import articles, assignments, changes, decisions, events

INVARIANT: Final = "decisions are kept"
_LOGGED_KINDS: Final = ("decision.made", "decision.undone")


class _Placement(NamedTuple):
    id: str
    group: int
    event: int
    canonical: int


def find_violated(connection: Connection) -> Iterator[Finding]:
    """Yield articles that active decisions keep together or apart, and that are not."""
    constraints = ConstraintSet.from_decisions(decision_table.load_active_decisions(connection))
    placed = _load_placements(connection, constraints)
    yield from _find_divided(
        constraints.event_components, {key: row.event for key, row in placed.items()}, placed
    )
    yield from _find_divided(
        constraints.duplicate_components, {key: row.group for key, row in placed.items()}, placed
    )
    yield from _find_united(
        constraints.event_components,
        constraints.cannot_link_events,
        {key: row.event for key, row in placed.items()},
        placed,
    )
    yield from _find_united(
        constraints.duplicate_components,
        constraints.cannot_link_duplicates,
        {key: row.group for key, row in placed.items()},
        placed,
    )
    yield from _find_not_canonical(constraints, placed)
    yield from _find_lost_locks(connection, constraints)


def find_unlogged(connection: Connection) -> Iterator[Finding]:
    """Yield decisions without a change of their own, and changes without their decision."""
    logged = select(changes.c.source).where(changes.c.kind.in_(_LOGGED_KINDS))
    made = {*connection.scalars(select(decisions.c.number))}
    changed = list(connection.scalars(logged))
    for number in sorted(made.symmetric_difference(changed)):
        detail = "has no change in the log" if number in made else "is in the log and not stored"
        yield Finding(INVARIANT, ids.encode("d", number), detail)
    twice = logged.group_by(changes.c.source).having(func.count() > 1)
    for number in connection.scalars(twice):
        yield Finding(INVARIANT, ids.encode("d", number), "is in the log several times")


def _load_placements(connection: Connection, constraints: ConstraintSet) -> dict[int, _Placement]:
    query = select(
        articles.c.key,
        articles.c.id,
        assignments.c.group_number,
        assignments.c.event_number,
        func.coalesce(assignments.c.duplicate_of, articles.c.key).label("canonical"),
    ).join(assignments, assignments.c.key == articles.c.key)
    rows = bulk.select_in(connection, query, articles.c.key, constraints.articles)
    return {row.key: _Placement._make(row[1:]) for row in rows}


def _find_divided(
    components: Mapping[int, tuple[int, ...]],
    place_of: Mapping[int, int],
    placed: Mapping[int, _Placement],
) -> Iterator[Finding]:
    for members in components.values():
        present = [key for key in members if key in place_of]
        if len({place_of[key] for key in present}) > 1:
            named = ", ".join(placed[key].id for key in present)
            yield Finding(INVARIANT, named, "belong together by a decision, and are apart")


def _find_united(
    components: Mapping[int, tuple[int, ...]],
    cannot_link: Mapping[int, frozenset[int]],
    place_of: Mapping[int, int],
    placed: Mapping[int, _Placement],
) -> Iterator[Finding]:
    places = {
        name: {place_of[key]: key for key in members if key in place_of}
        for name, members in components.items()
    }
    for name, others in cannot_link.items():
        for other in (other for other in others if other > name):
            for shared in places[name].keys() & places[other].keys():
                named = f"{placed[places[name][shared]].id}, {placed[places[other][shared]].id}"
                yield Finding(INVARIANT, named, "are apart by a decision, and together")


def _find_not_canonical(
    constraints: ConstraintSet, placed: Mapping[int, _Placement]
) -> Iterator[Finding]:
    """Yield articles that were chosen as canonical, the latest of each group, and are not."""
    chosen = sorted(constraints.chosen_canonical.items(), key=lambda choice: choice[1])
    latest = {placed[key].group: key for key, _ in chosen if key in placed}
    for key in latest.values():
        if placed[key].canonical != key:
            yield Finding(INVARIANT, placed[key].id, "is canonical by a decision, and a copy")


def _find_lost_locks(connection: Connection, constraints: ConstraintSet) -> Iterator[Finding]:
    """Yield locked events that have merged into others."""
    merged = select(events.c.number).where(events.c.state == "merged")
    for row in bulk.select_in(connection, merged, events.c.number, constraints.locked_events):
        yield Finding(INVARIANT, ids.encode("e", row.number), "is locked, and has merged")
