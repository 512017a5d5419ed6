"""Incremental event summaries equal those of reading the whole event, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from clustering.features.terms import extract_terms
from clustering.state.canonical import EARLIEST
from clustering.types import Assignment, Change, Features, Proposal
from service.store import Store, schema
from service.store.change_log.change_set import (
    ArticleChangeKind,
    ArticleRow,
    LogEntry,
    open_change_set,
)
from service.store.change_log.write import write_change_set
from service.store.projections import event_summaries, headlines
from service.store.review import decisions as decision_table
from service.store.schema import events, group_summaries

TITLES = ("", "", "Storm", "STORM ", "Harbour reopens")
TEXTS = ("The harbour reopened on Sunday.", "Two cranes fell. The quay is closed.", "Ferries wait.")

contents = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "text": st.sampled_from(TEXTS),
        "source": st.sampled_from((None, None, "Coast Echo", "Post", "AP")),
        "wire_agency": st.sampled_from((None, None, "AP", "DPA")),
        "language": st.sampled_from(("en", "de")),
        "published": st.sampled_from((None, 100.0, 200.0, 300.0)),
    }
)
positions = st.integers(0, 11)
steps = st.one_of(
    *[st.tuples(st.just("new group"), positions, contents)] * 3,
    *[st.tuples(st.just("copy"), positions, contents)] * 4,
    st.tuples(st.just("canonical copy"), positions, contents),
    st.tuples(st.just("remove"), positions, st.none()),
    st.tuples(st.just("update"), positions, contents),
    st.tuples(st.just("move"), positions, positions),
    st.tuples(st.just("merge"), positions, positions),
    st.tuples(st.just("rename"), positions, st.none()),
    st.tuples(st.just("undo"), positions, st.none()),
)


@cache
def terms(title: str, text: str) -> bytes:
    return extract_terms(title, text, "en").to_bytes()


class ArticleHistory:
    """Writes change sets into a store, and knows the assignment of each article."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.assignments: dict[int, Assignment] = {}
        self.versions: dict[int, int] = {}
        self.last_number = 0
        self.renames: list[int] = []

    def write(self, transaction_steps: list[tuple[str, Any, Any]]) -> None:
        """Apply steps in one write transaction."""
        self.change_set = open_change_set(self.connection, now=1000.0)
        for step in transaction_steps:
            self.apply(*step)
        write_change_set(self.connection, self.change_set, EARLIEST)

    def apply(self, kind: str, position: int, argument: Any) -> None:
        keys = sorted(self.assignments)
        if kind == "new group" or (kind.endswith("copy") and not keys):
            known = sorted({assignment.event for assignment in self.assignments.values()})
            event = [*known, 0][position % (len(known) + 1)] or self.next_number()
            self.add(self.next_number(), event, None, argument)
        elif kind.endswith("copy"):
            original = self.assignments[keys[position % len(keys)]]
            canonical = original.duplicate_of or original.article
            self.add(
                original.group,
                original.event,
                canonical,
                argument,
                becomes_canonical=kind == "canonical copy",
            )
        elif keys and kind in ("rename", "undo"):
            self.rename(kind, self.assignments[keys[position % len(keys)]].event)
        elif keys:
            getattr(self, kind)(keys[position % len(keys)], argument)

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def add(
        self,
        group: int,
        event: int,
        canonical: int | None,
        content: Any,
        *,
        becomes_canonical: bool = False,
    ) -> None:
        key = self.change_set.next_key()
        moved: tuple[Assignment, ...] = ()
        if becomes_canonical:
            moved = tuple(self.with_canonical(group, key))
            canonical = None
        assignment = Assignment(key, group, event, canonical)
        self.assign(key, "article.assigned", assignment, moved, content)

    def assign(
        self,
        key: int,
        kind: ArticleChangeKind,
        assignment: Assignment,
        moved: tuple[Assignment, ...],
        content: Any,
    ) -> None:
        version = self.versions[key] = self.versions.get(key, 0) + 1
        is_added = version == 1 or key in self.change_set.added
        article_rows = self.change_set.added if is_added else self.change_set.replaced
        article = {
            **dict.fromkeys(("url", "canonical_url", "published_at")),
            **{"key": key, "id": f"a{key}", "version": version, "title": content["title"]},
            **{"source": content["source"], "language": content["language"]},
            **{"published": content["published"], "received_at": 10.0 * key},
            **{"updated_at": 1000.0, "content_hash": b"#"},
        }
        article_rows[key] = ArticleRow(article, content["text"])
        self.change_set.features[key] = Features(
            content["language"],
            b"",
            terms(content["title"], content["text"]),
            None,
            None,
            5,
            wire_agency=content["wire_agency"],
        )
        self.assignments[key] = assignment
        self.assignments |= {member.article: member for member in moved}
        self.change_set.entries.append(LogEntry(kind, key, f"a{key}", Proposal(assignment, moved)))

    def with_canonical(self, group: int, canonical: int) -> Iterator[Assignment]:
        """The other members of a group, with another canonical article."""
        for key, assignment in self.assignments.items():
            if assignment.group == group and key != canonical:
                yield Assignment(key, group, assignment.event, canonical)

    def take_out(self, key: int, kind: ArticleChangeKind) -> None:
        removed = self.assignments.pop(key)
        remaining = sorted(
            member
            for member, assignment in self.assignments.items()
            if assignment.group == removed.group
        )
        moved: tuple[Assignment, ...] = ()
        if remaining and removed.duplicate_of is None:
            canonical = Assignment(remaining[0], removed.group, removed.event, None)
            moved = (canonical, *self.with_canonical(removed.group, remaining[0]))
        self.assignments |= {member.article: member for member in moved}
        self.change_set.entries.append(LogEntry(kind, key, f"a{key}", Proposal(None, moved)))

    def remove(self, key: int, _: Any) -> None:
        if key not in self.change_set.added and key not in self.change_set.replaced:
            self.take_out(key, "article.removed")
            self.change_set.removed.add(key)

    def update(self, key: int, content: Any) -> None:
        if key not in self.change_set.added and key not in self.change_set.replaced:
            event_numbers = sorted({assignment.event for assignment in self.assignments.values()})
            self.take_out(key, "article.updated")
            event = event_numbers[len(content["text"]) % len(event_numbers)]
            assignment = Assignment(key, self.next_number(), event)
            self.assign(key, "article.updated", assignment, (), content)

    def move(self, key: int, target: int) -> None:
        event_numbers = sorted({assignment.event for assignment in self.assignments.values()})
        self.move_groups({self.assignments[key].group}, event_numbers[target % len(event_numbers)])

    def merge(self, key: int, target: int) -> None:
        event_numbers = sorted({assignment.event for assignment in self.assignments.values()})
        source = self.assignments[key].event
        survivor = event_numbers[target % len(event_numbers)]
        if source != survivor:
            groups = {
                assignment.group
                for assignment in self.assignments.values()
                if assignment.event == source
            }
            change = Change("event.merged", source, survivor, "they are one event")
            self.move_groups(groups, survivor, change)

    def move_groups(self, groups: set[int], event: int, *changes: Change) -> None:
        moved = tuple(
            Assignment(key, assignment.group, event, assignment.duplicate_of)
            for key, assignment in self.assignments.items()
            if assignment.group in groups
        )
        self.assignments |= {member.article: member for member in moved}
        proposal = Proposal(None, moved, changes)
        self.change_set.entries.append(LogEntry("store.reclustered", None, None, proposal))

    def rename(self, kind: str, event: int) -> None:
        if kind == "undo" and not self.renames:
            return
        number = decision_table.next_number(self.connection)
        undoes = self.renames.pop() if kind == "undo" else None
        if undoes is not None:
            decisions = schema.decisions.c
            query = select(decisions.event_number).where(decisions.number == undoes)
            event = headlines.find_surviving_event(
                self.connection, self.connection.scalars(query).one()
            )
        row = {
            **{"number": number, "seq": 0, "at": 0.0, "actor": "anna", "reason": ""},
            **{"kind": "undo" if undoes else "rename_event", "constraints": "{}", "moves": "[]"},
            "payload": json.dumps({"headline": f"Named {number}"}),
            **{"event_number": event, "undoes": undoes},
        }
        self.connection.execute(insert(schema.decisions), [row])
        if undoes is None:
            self.renames.append(number)
        self.change_set.renamed_events.add(event)
        entry = LogEntry("decision.made", None, None, Proposal(None), decision=number)
        self.change_set.entries.append(entry)


def stored_summaries(connection: Connection) -> list[Any]:
    summary_queries = (select(events).order_by(events.c.number), select(group_summaries))
    return [sorted(map(tuple, connection.execute(query))) for query in summary_queries]


@pytest.mark.parametrize("examples", [40, pytest.param(300, marks=pytest.mark.slow)])
def test_extended_summary_equals_that_of_the_whole_event(store_url: str, examples: int) -> None:
    with Store(store_url) as store:

        @settings(max_examples=examples)
        @given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=3, max_size=9))
        def summaries_are_equal(transactions: list[list[tuple[str, Any, Any]]]) -> None:
            with store.writing(commit=False) as connection:
                history = ArticleHistory(connection)
                for transaction_steps in transactions:
                    history.write(transaction_steps)
                    extended = stored_summaries(connection)
                    open_events = select(events.c.number).where(events.c.state == "open")
                    numbers = dict.fromkeys(connection.scalars(open_events).all())
                    event_summaries.refresh_events(connection, numbers, 1000.0)
                    assert stored_summaries(connection) == extended

        summaries_are_equal()
