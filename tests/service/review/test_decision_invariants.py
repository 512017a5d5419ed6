"""Whatever comes, goes, is decided, taken back or restarted: no decision that stands is broken."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from unittest import mock

import networkx as nx
import pytest
from hypothesis import seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from service import queries, settings
from service.engine.writer import IndexWriter, NotReadyError
from service.ingest import articles
from service.ingest.submission import validate_article
from service.review import decisions, requests
from service.review.decisions import ConflictError
from service.review.requests import InvalidDecisionError
from service.store import Store
from tests.support.postgres import empty_database
from tests.support.story_factory import BOILERPLATE, StoryFactory, truncate

DAY = 86_400.0
KINDS = ("same_event", "keep_apart", "duplicate", "not_duplicate")


@cache
def pool() -> list[str]:
    """Short articles: three events told by two hands, each with reprints, and notices about."""
    press, texts = StoryFactory(1), []
    for _ in range(3):
        cast = press.names(5)
        for _ in range(2):
            story = press.text(6, cast)
            texts += [story, truncate(story, 0.6), f"{story}\n\n{BOILERPLATE}"]
    return [*texts, "Ferry aground"]


NAMES = st.sampled_from([f"a{number}" for number in range(9)])
SOME = st.lists(NAMES, min_size=2, max_size=3, unique=True)
TEXTS = st.integers(0, 18)
DATES = st.sampled_from([None, "2025-06-14", "2025-06-16"])
Done = TypeVar("Done")
Placed = dict[str, queries.AssignmentView]


@dataclass(frozen=True)
class Said:
    """What the test holds a decision to have said."""

    number: str
    together: frozenset[str] = frozenset()
    reprints: frozenset[str] = frozenset()
    loosely: frozenset[str] = frozenset()
    sides: tuple[frozenset[str], ...] = ()
    distinct: frozenset[str] = frozenset()
    locked: str = ""
    unlocked: str = ""
    chosen: str = ""
    named: str = ""

    def without(self, name: str) -> Said:
        gone = frozenset([name])
        return replace(
            self,
            together=self.together - gone,
            reprints=self.reprints - gone,
            loosely=self.loosely - gone,
            sides=tuple(side - gone for side in self.sides),
            distinct=self.distinct - gone,
            chosen="" if self.chosen == name else self.chosen,
        )


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / "store.db")


class PeopleDecide(RuleBasedStateMachine):
    store: ClassVar[Callable[[], AbstractContextManager[str]]] = staticmethod(sqlite)

    @initialize()
    def open(self) -> None:
        self.now = 1_750_000_000.0
        self.clock = mock.patch("time.time", self.moment)
        self.clock.start()
        self.opening = ExitStack()
        self.opened: list[tuple[Store, IndexWriter]] = []
        self.where = self.opening.enter_context(self.store())
        self.desks = [self.open_desk(), self.open_desk()]
        self.standing: dict[str, Said] = {}
        self.locked: dict[str, frozenset[str]] = {}
        self.places: Placed = {}
        for number, text in enumerate((0, 1, 3, 6, 7, 9)):
            self.comes(f"a{number}", text, None, 0)

    def moment(self) -> float:
        return self.now

    def teardown(self) -> None:
        if not hasattr(self, "clock"):
            return
        self.clock.stop()
        for store, desk in self.opened:
            desk.close()
            store.close()
        self.opening.close()

    def open_desk(self) -> IndexWriter:
        given = settings.load(db=self.where, live_days=30)
        store = Store(given.db)
        desk = IndexWriter(given, store)
        self.opened.append((store, desk))
        desk.start()
        assert desk.wait_ready(60)
        return desk

    def look(self) -> Placed:
        with self.desks[0].store.reading() as transaction:
            found = queries.get_assignments(transaction, range(1, 100))
        return {it.article_id: it.assignment for it in found.values()}

    @rule(name=NAMES, text=TEXTS, date=DATES, at=st.integers(0, 1))
    def comes_in(self, name: str, text: int, date: str | None, at: int) -> None:
        self.comes(name, text, date, at)

    def comes(self, name: str, text: int, date: str | None, at: int) -> None:
        """One more article, or a new version of one."""
        raw = {"id": name, "title": "", "text": pool()[text], "published_at": date}
        received = validate_article(raw, max_text_chars=100_000)
        patiently(self.desks[at], lambda desk: articles.ingest(desk, [received]))

    @precondition(lambda self: self.places)
    @rule(data=st.data(), at=st.integers(0, 1))
    def goes(self, data: st.DataObject, at: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.places)))
        assert patiently(self.desks[at], lambda desk: articles.remove(desk, name))
        self.standing = {number: it.without(name) for number, it in self.standing.items()}
        self.locked = {event: inside - {name} for event, inside in self.locked.items()}

    @rule(days=st.sampled_from([1, 20, 40]))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule(at=st.integers(0, 1), text=TEXTS, date=DATES)
    def is_restarted(self, at: int, text: int, date: str | None) -> None:
        """A desk that is opened again judges as the one that has lived through it all."""
        old, new = self.desks[at], self.open_desk()
        raw = {"id": "probe", "title": "", "text": pool()[text], "published_at": date}
        probe = validate_article(raw, max_text_chars=100_000)
        answers = [
            patiently(desk, lambda desk: articles.ingest(desk, [probe], dry_run=True))
            for desk in (old, new)
        ]
        assert answers[0] == answers[1]
        self.desks[at] = new

    @precondition(lambda self: len(self.places) > 1)
    @rule(kind=st.sampled_from(KINDS), data=st.data(), at=st.integers(0, 1))
    def is_said_of_articles(self, kind: str, data: st.DataObject, at: int) -> None:
        names = data.draw(
            st.lists(st.sampled_from(sorted(self.places)), min_size=2, max_size=3, unique=True)
        )
        self.decide(at, data, kind=kind, article_ids=names)

    @precondition(lambda self: self.places)
    @rule(
        kind=st.sampled_from(
            ["merge_events", "split_event", "move_article", "lock_event", "unlock_event",
             "rename_event", "set_canonical"]
        ),
        data=st.data(),
        at=st.integers(0, 1),
    )  # fmt: skip
    def is_said_of_an_event(self, kind: str, data: st.DataObject, at: int) -> None:
        events = sorted({it.event_id for it in self.places.values()})
        event, other = (data.draw(st.sampled_from(events)) for _ in range(2))
        name = data.draw(st.sampled_from(sorted(self.places)))
        place = self.places[name]
        fields: dict[str, Any] = {
            "merge_events": {"event_ids": [event, other]},
            "split_event": {"event_id": place.event_id, "article_ids": [name]},
            "move_article": {"article_id": name, "event_id": event},
            "lock_event": {"event_id": event},
            "unlock_event": {"event_id": event},
            "rename_event": {"event_id": event, "headline": f"Named {event}"},
            "set_canonical": {
                "article_id": name,
                "duplicate_group_id": place.duplicate_group_id,
            },
        }[kind]
        self.decide(at, data, kind=kind, **fields)

    def decide(self, at: int, data: st.DataObject, **wanted: Any) -> None:
        before = self.everything()
        refused: tuple[str, ...] = ()
        try:
            made = patiently(
                self.desks[at],
                lambda desk: decisions.decide(desk, requests.parse_decision(wanted), "somebody"),
            )
        except InvalidDecisionError:
            return
        except ConflictError as error:
            refused = error.decisions
        assert set(refused) <= set(self.standing)
        if refused:
            assert self.everything() == before
            return
        said = self.said(made.decision_id, **wanted)
        if data.draw(st.booleans()):
            self.undo(1 - at, made.decision_id)
            assert self.everything() == before
            return
        self.standing[said.number] = said
        if said.locked:
            self.locked[said.locked] = frozenset(
                name for name, it in self.places.items() if it.event_id == said.locked
            )
        self.locked.pop(said.unlocked, None)

    def said(self, number: str, kind: str, **fields: Any) -> Said:
        """What it said, by how things were before it."""
        inside = defaultdict(set)
        for name, it in self.places.items():
            inside[it.event_id].add(name)
            inside[it.duplicate_group_id].add(name)
        names = frozenset(fields.get("article_ids", ()))
        if kind == "merge_events":
            one, other = fields["event_ids"]
            return Said(number, together=frozenset(inside[one] | inside[other]))
        if kind in ("split_event", "move_article"):
            name = fields.get("article_id") or fields["article_ids"][0]
            place = self.places[name]
            leave = frozenset(inside[place.duplicate_group_id])
            sides = (leave, frozenset(inside[place.event_id]) - leave)
            if kind == "split_event":
                return Said(number, loosely=leave, sides=sides)
            return Said(number, together=leave | inside[fields["event_id"]], sides=sides)
        if kind == "keep_apart":
            return Said(number, sides=tuple(frozenset([name]) for name in names))
        event = fields.get("event_id", "")
        return {
            "same_event": Said(number, together=names),
            "duplicate": Said(number, together=names, reprints=names),
            "not_duplicate": Said(number, distinct=names),
            "lock_event": Said(number, locked=event),
            "unlock_event": Said(number, unlocked=event),
            "rename_event": Said(number, named=event),
            "set_canonical": Said(number, chosen=fields.get("article_id", "")),
        }[kind]

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), at=st.integers(0, 1))
    def is_taken_back(self, data: st.DataObject, at: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.standing)))
        refused: tuple[str, ...] = ()
        try:
            self.undo(at, number)
        except ConflictError as error:
            refused = error.decisions
        assert set(refused) <= set(self.standing)
        if refused:
            return
        said = self.standing.pop(number)
        self.locked.pop(said.locked, None)
        if said.unlocked and any(it.locked == said.unlocked for it in self.standing.values()):
            self.locked[said.unlocked] = frozenset(
                name for name, it in self.look().items() if it.event_id == said.unlocked
            )

    def undo(self, at: int, number: str) -> None:
        patiently(
            self.desks[at],
            lambda desk: decisions.undo(
                desk, int(number[1:]), requests.UndoRequest(), "somebody else"
            ),
        )

    def everything(self) -> Any:
        return self.look(), self.listed()

    def listed(self) -> tuple[queries.EventSummary, ...]:
        return queries.list_events(self.desks[0].store, queries.EventFilter()).items

    @invariant()
    def every_decision_is_kept(self) -> None:
        if not hasattr(self, "clock"):
            return
        before, self.places = self.places, self.look()
        event = {name: it.event_id for name, it in self.places.items()}
        group = {name: it.duplicate_group_id for name, it in self.places.items()}
        assert all(len({event[n] for n in names}) == 1 for names in grouped(group).values())
        standing = sorted(self.standing.values(), key=lambda said: int(said.number[1:]))
        links = nx.Graph()
        links.add_nodes_from(event)
        for said in standing:
            links.add_edges_from(combinations(said.together, 2))
        for part in nx.connected_components(links):
            assert len({event[name] for name in part}) == 1
        for at, said in enumerate(standing):
            assert len({group[name] for name in said.reprints}) < 2
            assert len({group[name] for name in said.distinct}) == len(said.distinct)
            for here, there in combinations(said.sides, 2):
                assert all(event[one] != event[other] for one, other in product(here, there))
            later = {name for it in standing[at + 1 :] for side in it.sides for name in side}
            assert len({event[name] for name in said.loosely - later}) < 2
        self.events_are_called_as_people_do(standing)
        self.canonical_articles_are_those_chosen(standing, group)
        self.locked_events_stay(before, event, group)

    def events_are_called_as_people_do(self, standing: list[Said]) -> None:
        found = {it.event_id: it.headline for it in self.listed()}
        for event in found.keys() & {said.named for said in standing}:
            assert found[event] == f"Named {event}"

    def canonical_articles_are_those_chosen(
        self, standing: list[Said], group: dict[str, str]
    ) -> None:
        chosen = {group[said.chosen]: said.chosen for said in standing if said.chosen}
        for name, its in group.items():
            original = self.places[name].duplicate_of
            assert group[original or name] == its
            assert (original or name) == chosen.get(its, original or name)

    def locked_events_stay(
        self, before: Placed, event: dict[str, str], group: dict[str, str]
    ) -> None:
        for locked, inside in self.locked.items():
            assert {event[name] for name in inside} <= {locked}
            groups = {group[name] for name in inside}
            groups |= {before[name].duplicate_group_id for name in inside if name in before}
            now = {name for name, its in event.items() if its == locked}
            assert {group[name] for name in now} <= groups
            self.locked[locked] = frozenset(now)


def patiently(index_writer: IndexWriter, work: Callable[[IndexWriter], Done]) -> Done:
    """Do what a client does that is told to try again: wait until the index is loaded anew."""
    while True:
        try:
            return work(index_writer)
        except NotReadyError:
            assert index_writer.wait_ready(60)


def grouped(group: dict[str, str]) -> dict[str, list[str]]:
    members = defaultdict(list)
    for name, its in group.items():
        members[its].append(name)
    return members


TestPeopleDecide = PeopleDecide.TestCase
TestPeopleDecide.settings = hypothesis_settings(
    derandomize=True, deadline=None, max_examples=12, stateful_step_count=25
)


class PeopleDecideInPostgres(PeopleDecide):
    store = staticmethod(empty_database)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_no_decision_is_broken_in_many_ways(number: int) -> None:
    deep = hypothesis_settings(
        deadline=None, max_examples=50, stateful_step_count=30, database=None
    )
    run_state_machine_as_test(seed(number)(PeopleDecide), settings=deep)


@pytest.mark.slow
@pytest.mark.database
def test_no_decision_is_broken_in_postgres() -> None:
    few = hypothesis_settings(deadline=None, max_examples=10, derandomize=True)
    run_state_machine_as_test(PeopleDecideInPostgres, settings=few)
