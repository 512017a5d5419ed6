"""No active decision is ever violated, whatever is added, removed, decided, undone or restarted."""

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
from service.ingest import ingestion
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
def texts_pool() -> list[str]:
    """Texts of three events in two versions each, with near-duplicates; and a very short text."""
    factory, texts = StoryFactory(1), []
    for _ in range(3):
        names = factory.names(5)
        for _ in range(2):
            story = factory.text(6, names)
            texts += [story, truncate(story, 0.6), f"{story}\n\n{BOILERPLATE}"]
    return [*texts, "Ferry aground"]


ARTICLE_IDS = st.sampled_from([f"a{number}" for number in range(9)])
TEXTS = st.integers(0, 18)
DATES = st.sampled_from([None, "2025-06-14", "2025-06-16"])
WRITERS = st.integers(0, 1)
Result = TypeVar("Result")
Assignments = dict[str, queries.AssignmentView]


@dataclass(frozen=True)
class Expectation:
    """What a decision demands, by article ids, according to the test."""

    decision_id: str
    one_event: frozenset[str] = frozenset()
    one_group: frozenset[str] = frozenset()
    together_unless: frozenset[str] = frozenset()
    """In one event, unless a later decision puts them on different sides."""
    sides: tuple[frozenset[str], ...] = ()
    distinct: frozenset[str] = frozenset()
    locked: str = ""
    unlocked: str = ""
    canonical: str = ""
    renamed: str = ""

    def without(self, article_id: str) -> Expectation:
        removed = frozenset([article_id])
        return replace(
            self,
            one_event=self.one_event - removed,
            one_group=self.one_group - removed,
            together_unless=self.together_unless - removed,
            sides=tuple(side - removed for side in self.sides),
            distinct=self.distinct - removed,
            canonical="" if self.canonical == article_id else self.canonical,
        )


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / "store.db")


class DecisionMachine(RuleBasedStateMachine):
    database: ClassVar[Callable[[], AbstractContextManager[str]]] = staticmethod(sqlite)

    @initialize()
    def open(self) -> None:
        self.now = 1_750_000_000.0
        self.clock = mock.patch("time.time", self.current_time)
        self.clock.start()
        self.exit_stack = ExitStack()
        self.opened: list[tuple[Store, IndexWriter]] = []
        self.path = self.exit_stack.enter_context(self.database())
        self.writers = [self.open_writer(), self.open_writer()]
        self.active: dict[str, Expectation] = {}
        self.locked: dict[str, frozenset[str]] = {}
        self.assignments: Assignments = {}
        for number, text in enumerate((0, 1, 3, 6, 7, 9)):
            self.post_article(f"a{number}", text, None, 0)

    def current_time(self) -> float:
        return self.now

    def teardown(self) -> None:
        if not hasattr(self, "clock"):
            return
        self.clock.stop()
        for store, writer in self.opened:
            writer.close()
            store.close()
        self.exit_stack.close()

    def open_writer(self) -> IndexWriter:
        loaded = settings.load(db=self.path, live_days=30)
        store = Store(loaded.db)
        writer = IndexWriter(loaded, store)
        self.opened.append((store, writer))
        writer.start()
        assert writer.wait_ready(60)
        return writer

    def load_assignments(self) -> Assignments:
        with self.writers[0].store.reading() as connection:
            articles_by_key = queries.get_assignments(connection, range(1, 100))
        return {article.article_id: article.assignment for article in articles_by_key.values()}

    @rule(article_id=ARTICLE_IDS, text=TEXTS, date=DATES, writer_number=WRITERS)
    def add_article(self, article_id: str, text: int, date: str | None, writer_number: int) -> None:
        self.post_article(article_id, text, date, writer_number)

    def post_article(
        self, article_id: str, text: int, date: str | None, writer_number: int
    ) -> None:
        """Add an article, or a new version of one."""
        raw = {"id": article_id, "title": "", "text": texts_pool()[text], "published_at": date}
        article = validate_article(raw, max_text_chars=100_000)
        retry_until_ready(
            self.writers[writer_number], lambda writer: ingestion.ingest(writer, [article])
        )

    @precondition(lambda self: self.assignments)
    @rule(data=st.data(), writer_number=WRITERS)
    def remove_article(self, data: st.DataObject, writer_number: int) -> None:
        article_id = data.draw(st.sampled_from(sorted(self.assignments)))
        assert retry_until_ready(
            self.writers[writer_number], lambda writer: ingestion.remove(writer, article_id)
        )
        self.active = {
            decision_id: expectation.without(article_id)
            for decision_id, expectation in self.active.items()
        }
        self.locked = {event: members - {article_id} for event, members in self.locked.items()}

    @rule(days=st.sampled_from([1, 20, 40]))
    def pass_time(self, days: int) -> None:
        self.now += days * DAY

    @rule(writer_number=WRITERS, text=TEXTS, date=DATES)
    def restart_writer(self, writer_number: int, text: int, date: str | None) -> None:
        """A new writer answers like the one that has processed every change."""
        old_writer, new_writer = self.writers[writer_number], self.open_writer()
        raw = {"id": "probe", "title": "", "text": texts_pool()[text], "published_at": date}
        probe = validate_article(raw, max_text_chars=100_000)
        answers = [
            retry_until_ready(
                writer, lambda writer: ingestion.ingest(writer, [probe], dry_run=True)
            )
            for writer in (old_writer, new_writer)
        ]
        assert answers[0] == answers[1]
        self.writers[writer_number] = new_writer

    @precondition(lambda self: len(self.assignments) > 1)
    @rule(kind=st.sampled_from(KINDS), data=st.data(), writer_number=WRITERS)
    def relate_articles(self, kind: str, data: st.DataObject, writer_number: int) -> None:
        article_ids = data.draw(
            st.lists(st.sampled_from(sorted(self.assignments)), min_size=2, max_size=3, unique=True)
        )
        self.decide(writer_number, data, kind=kind, article_ids=article_ids)

    @precondition(lambda self: self.assignments)
    @rule(
        kind=st.sampled_from(
            ["merge_events", "split_event", "move_article", "lock_event", "unlock_event",
             "rename_event", "set_canonical"]
        ),
        data=st.data(),
        writer_number=WRITERS,
    )  # fmt: skip
    def edit_event(self, kind: str, data: st.DataObject, writer_number: int) -> None:
        event_ids = sorted({assignment.event_id for assignment in self.assignments.values()})
        event_id, other_event_id = (data.draw(st.sampled_from(event_ids)) for _ in range(2))
        article_id = data.draw(st.sampled_from(sorted(self.assignments)))
        assignment = self.assignments[article_id]
        fields: dict[str, Any] = {
            "merge_events": {"event_ids": [event_id, other_event_id]},
            "split_event": {"event_id": assignment.event_id, "article_ids": [article_id]},
            "move_article": {"article_id": article_id, "event_id": event_id},
            "lock_event": {"event_id": event_id},
            "unlock_event": {"event_id": event_id},
            "rename_event": {"event_id": event_id, "headline": f"Named {event_id}"},
            "set_canonical": {
                "article_id": article_id,
                "duplicate_group_id": assignment.duplicate_group_id,
            },
        }[kind]
        self.decide(writer_number, data, kind=kind, **fields)

    def decide(self, writer_number: int, data: st.DataObject, **raw: Any) -> None:
        before = self.snapshot()
        conflicting: tuple[str, ...] = ()
        try:
            result = retry_until_ready(
                self.writers[writer_number],
                lambda writer: decisions.decide(writer, requests.parse_decision(raw), "somebody"),
            )
        except InvalidDecisionError:
            return
        except ConflictError as error:
            conflicting = error.decisions
        assert set(conflicting) <= set(self.active)
        if conflicting:
            assert self.snapshot() == before
            return
        expectation = self.expect(result.decision_id, **raw)
        if data.draw(st.booleans()):
            self.undo(1 - writer_number, result.decision_id)
            assert self.snapshot() == before
            return
        self.active[expectation.decision_id] = expectation
        if expectation.locked:
            self.locked[expectation.locked] = frozenset(
                article_id
                for article_id, assignment in self.assignments.items()
                if assignment.event_id == expectation.locked
            )
        self.locked.pop(expectation.unlocked, None)

    def expect(self, decision_id: str, kind: str, **fields: Any) -> Expectation:
        """The expectation that a decision sets, by the assignments before it."""
        members = defaultdict(set)
        for article_id, assignment in self.assignments.items():
            members[assignment.event_id].add(article_id)
            members[assignment.duplicate_group_id].add(article_id)
        article_ids = frozenset(fields.get("article_ids", ()))
        if kind == "merge_events":
            first, second = fields["event_ids"]
            return Expectation(decision_id, one_event=frozenset(members[first] | members[second]))
        if kind in ("split_event", "move_article"):
            article_id = fields.get("article_id") or fields["article_ids"][0]
            assignment = self.assignments[article_id]
            leaving = frozenset(members[assignment.duplicate_group_id])
            sides = (leaving, frozenset(members[assignment.event_id]) - leaving)
            if kind == "split_event":
                return Expectation(decision_id, together_unless=leaving, sides=sides)
            one_event = leaving | members[fields["event_id"]]
            return Expectation(decision_id, one_event=one_event, sides=sides)
        if kind == "keep_apart":
            sides = tuple(frozenset([article_id]) for article_id in article_ids)
            return Expectation(decision_id, sides=sides)
        event_id = fields.get("event_id", "")
        return {
            "same_event": Expectation(decision_id, one_event=article_ids),
            "duplicate": Expectation(decision_id, one_event=article_ids, one_group=article_ids),
            "not_duplicate": Expectation(decision_id, distinct=article_ids),
            "lock_event": Expectation(decision_id, locked=event_id),
            "unlock_event": Expectation(decision_id, unlocked=event_id),
            "rename_event": Expectation(decision_id, renamed=event_id),
            "set_canonical": Expectation(decision_id, canonical=fields.get("article_id", "")),
        }[kind]

    @precondition(lambda self: self.active)
    @rule(data=st.data(), writer_number=WRITERS)
    def undo_decision(self, data: st.DataObject, writer_number: int) -> None:
        decision_id = data.draw(st.sampled_from(sorted(self.active)))
        conflicting: tuple[str, ...] = ()
        try:
            self.undo(writer_number, decision_id)
        except ConflictError as error:
            conflicting = error.decisions
        assert set(conflicting) <= set(self.active)
        if conflicting:
            return
        undone = self.active.pop(decision_id)
        self.locked.pop(undone.locked, None)
        locks = {expectation.locked for expectation in self.active.values()}
        if undone.unlocked and undone.unlocked in locks:
            self.locked[undone.unlocked] = frozenset(
                article_id
                for article_id, assignment in self.load_assignments().items()
                if assignment.event_id == undone.unlocked
            )

    def undo(self, writer_number: int, decision_id: str) -> None:
        number = int(decision_id[1:])
        retry_until_ready(
            self.writers[writer_number],
            lambda writer: decisions.undo(writer, number, requests.UndoRequest(), "somebody else"),
        )

    def snapshot(self) -> Any:
        return self.load_assignments(), self.list_events()

    def list_events(self) -> tuple[queries.EventSummary, ...]:
        return queries.list_events(self.writers[0].store, queries.EventFilter()).items

    @invariant()
    def every_active_decision_holds(self) -> None:
        if not hasattr(self, "clock"):
            return
        before, self.assignments = self.assignments, self.load_assignments()
        event_of = {key: assignment.event_id for key, assignment in self.assignments.items()}
        group_of = {
            key: assignment.duplicate_group_id for key, assignment in self.assignments.items()
        }
        assert all(
            len({event_of[member] for member in members}) == 1
            for members in group_members(group_of).values()
        )
        active = sorted(
            self.active.values(), key=lambda expectation: int(expectation.decision_id[1:])
        )
        must_links = nx.Graph()
        must_links.add_nodes_from(event_of)
        for expectation in active:
            must_links.add_edges_from(combinations(expectation.one_event, 2))
        for component in nx.connected_components(must_links):
            assert len({event_of[article_id] for article_id in component}) == 1
        for position, expectation in enumerate(active):
            self.check_expectation(expectation, active[position + 1 :], event_of, group_of)
        self.check_headlines(active)
        self.check_canonical_articles(active, group_of)
        self.check_locked_events(before, event_of, group_of)

    def check_expectation(
        self,
        expectation: Expectation,
        later: list[Expectation],
        event_of: dict[str, str],
        group_of: dict[str, str],
    ) -> None:
        assert len({group_of[article_id] for article_id in expectation.one_group}) < 2
        distinct_groups = {group_of[article_id] for article_id in expectation.distinct}
        assert len(distinct_groups) == len(expectation.distinct)
        for side, other_side in combinations(expectation.sides, 2):
            assert all(
                event_of[first] != event_of[second] for first, second in product(side, other_side)
            )
        divided_later = {
            article_id for expected in later for side in expected.sides for article_id in side
        }
        still_together = expectation.together_unless - divided_later
        assert len({event_of[article_id] for article_id in still_together}) < 2

    def check_headlines(self, active: list[Expectation]) -> None:
        headline_of = {event.event_id: event.headline for event in self.list_events()}
        for event_id in headline_of.keys() & {expectation.renamed for expectation in active}:
            assert headline_of[event_id] == f"Named {event_id}"

    def check_canonical_articles(self, active: list[Expectation], group_of: dict[str, str]) -> None:
        chosen = {
            group_of[expectation.canonical]: expectation.canonical
            for expectation in active
            if expectation.canonical
        }
        for article_id, group_id in group_of.items():
            canonical = self.assignments[article_id].duplicate_of or article_id
            assert group_of[canonical] == group_id
            assert canonical == chosen.get(group_id, canonical)

    def check_locked_events(
        self, before: Assignments, event_of: dict[str, str], group_of: dict[str, str]
    ) -> None:
        for locked, members in self.locked.items():
            assert {event_of[article_id] for article_id in members} <= {locked}
            groups = {group_of[article_id] for article_id in members}
            groups |= {
                before[article_id].duplicate_group_id
                for article_id in members
                if article_id in before
            }
            current = {article_id for article_id, event in event_of.items() if event == locked}
            assert {group_of[article_id] for article_id in current} <= groups
            self.locked[locked] = frozenset(current)


def retry_until_ready(writer: IndexWriter, work: Callable[[IndexWriter], Result]) -> Result:
    """Retry as a client does while the index is being loaded again."""
    while True:
        try:
            return work(writer)
        except NotReadyError:
            assert writer.wait_ready(60)


def group_members(group_of: dict[str, str]) -> dict[str, list[str]]:
    members = defaultdict(list)
    for article_id, group_id in group_of.items():
        members[group_id].append(article_id)
    return members


TestDecisions = DecisionMachine.TestCase
TestDecisions.settings = hypothesis_settings(
    derandomize=True, deadline=None, max_examples=12, stateful_step_count=25
)


class PostgresDecisionMachine(DecisionMachine):
    database = staticmethod(empty_database)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_no_decision_is_violated_in_many_histories(number: int) -> None:
    deep = hypothesis_settings(
        deadline=None, max_examples=50, stateful_step_count=30, database=None
    )
    run_state_machine_as_test(seed(number)(DecisionMachine), settings=deep)


@pytest.mark.slow
@pytest.mark.database
def test_no_decision_is_violated_in_postgres() -> None:
    few = hypothesis_settings(deadline=None, max_examples=10, database=None)
    run_state_machine_as_test(seed(0)(PostgresDecisionMachine), settings=few)
