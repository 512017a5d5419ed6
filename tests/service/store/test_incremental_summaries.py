"""What is kept of an event as it grows is what reading it as a whole would find."""

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
from service.store.log.change_set import ArticleChangeKind, ArticleRow, LogEntry, open_change_set
from service.store.log.commit import write_change_set
from service.store.projections import event_summaries, headlines
from service.store.review import decisions as decision_table
from service.store.schema import events, group_summaries

TITLES = ("", "", "Storm", "STORM ", "Harbour reopens")
TEXTS = ("The harbour reopened on Sunday.", "Two cranes fell. The quay is closed.", "Ferries wait.")

papers = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "text": st.sampled_from(TEXTS),
        "source": st.sampled_from((None, None, "Coast Echo", "Post", "AP")),
        "origin": st.sampled_from((None, None, "AP", "DPA")),
        "language": st.sampled_from(("en", "de")),
        "published": st.sampled_from((None, 100.0, 200.0, 300.0)),
    }
)
which = st.integers(0, 11)
steps = st.one_of(
    *[st.tuples(st.just("report"), which, papers)] * 3,
    *[st.tuples(st.just("copy"), which, papers)] * 4,
    st.tuples(st.just("better copy"), which, papers),
    st.tuples(st.just("remove"), which, st.none()),
    st.tuples(st.just("update"), which, papers),
    st.tuples(st.just("move"), which, which),
    st.tuples(st.just("merge"), which, which),
    st.tuples(st.just("rename"), which, st.none()),
    st.tuples(st.just("undo"), which, st.none()),
)


@cache
def terms(title: str, text: str) -> bytes:
    return extract_terms(title, text, "en").to_bytes()


class Paper:
    """Writes into a store what happens to articles, and knows where each is."""

    def __init__(self, transaction: Connection) -> None:
        self.transaction = transaction
        self.places: dict[int, Assignment] = {}
        self.versions: dict[int, int] = {}
        self.numbers = 0
        self.names: list[int] = []

    def issue(self, happening: list[tuple[str, Any, Any]]) -> None:
        """Let things happen in one transaction of the desk."""
        self.journal = open_change_set(self.transaction, now=1000.0)
        for step in happening:
            self.happen(*step)
        write_change_set(self.transaction, self.journal, EARLIEST)

    def happen(self, kind: str, at: int, more: Any) -> None:
        keys = sorted(self.places)
        if kind == "report" or (kind.endswith("copy") and not keys):
            known = sorted({place.event for place in self.places.values()})
            event = [*known, 0][at % (len(known) + 1)] or self.number()
            self.file(self.number(), event, None, more)
        elif kind.endswith("copy"):
            lead = self.places[keys[at % len(keys)]]
            standing = lead.duplicate_of or lead.article
            self.file(lead.group, lead.event, standing, more, takes_over=kind == "better copy")
        elif keys and kind in ("rename", "undo"):
            self.name(kind, self.places[keys[at % len(keys)]].event)
        elif keys:
            getattr(self, kind)(keys[at % len(keys)], more)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def file(
        self, group: int, event: int, standing: int | None, paper: Any, *, takes_over: bool = False
    ) -> None:
        key = self.journal.next_key()
        moved: tuple[Assignment, ...] = ()
        if takes_over:
            moved = tuple(self.led(group, key))
            standing = None
        self.place(key, "article.assigned", Assignment(key, group, event, standing), moved, paper)

    def place(
        self,
        key: int,
        kind: ArticleChangeKind,
        place: Assignment,
        moved: tuple[Assignment, ...],
        paper: Any,
    ) -> None:
        version = self.versions[key] = self.versions.get(key, 0) + 1
        paper_of = self.journal.added if version == 1 else self.journal.replaced
        if key in self.journal.added:
            paper_of = self.journal.added
        article = {
            **dict.fromkeys(("url", "canonical_url", "published_at")),
            **{"key": key, "id": f"a{key}", "version": version, "title": paper["title"]},
            **{"source": paper["source"], "language": paper["language"]},
            **{"published": paper["published"], "received_at": 10.0 * key},
            **{"updated_at": 1000.0, "content_hash": b"#"},
        }
        paper_of[key] = ArticleRow(article, paper["text"])
        found = terms(paper["title"], paper["text"])
        self.journal.features[key] = Features(
            paper["language"], b"", found, None, None, 5, wire_agency=paper["origin"]
        )
        self.places[key] = place
        self.places |= {it.article: it for it in moved}
        self.journal.entries.append(LogEntry(kind, key, f"a{key}", Proposal(place, moved)))

    def led(self, group: int, standing: int) -> Iterator[Assignment]:
        for key, place in self.places.items():
            if place.group == group and key != standing:
                yield Assignment(key, group, place.event, standing)

    def leave(self, key: int, kind: ArticleChangeKind) -> None:
        gone = self.places.pop(key)
        rest = sorted(it for it, place in self.places.items() if place.group == gone.group)
        moved: tuple[Assignment, ...] = ()
        if rest and gone.duplicate_of is None:
            first = Assignment(rest[0], gone.group, gone.event, None)
            moved = (first, *self.led(gone.group, rest[0]))
        self.places |= {it.article: it for it in moved}
        self.journal.entries.append(LogEntry(kind, key, f"a{key}", Proposal(None, moved)))

    def remove(self, key: int, _: Any) -> None:
        if key not in self.journal.added and key not in self.journal.replaced:
            self.leave(key, "article.removed")
            self.journal.removed.add(key)

    def update(self, key: int, paper: Any) -> None:
        if key not in self.journal.added and key not in self.journal.replaced:
            events = sorted({place.event for place in self.places.values()})
            self.leave(key, "article.updated")
            place = Assignment(key, self.number(), events[len(paper["text"]) % len(events)])
            self.place(key, "article.updated", place, (), paper)

    def move(self, key: int, to: int) -> None:
        events = sorted({place.event for place in self.places.values()})
        self.shift({self.places[key].group}, events[to % len(events)])

    def merge(self, key: int, to: int) -> None:
        events = sorted({place.event for place in self.places.values()})
        gone, stays = self.places[key].event, events[to % len(events)]
        if gone != stays:
            groups = {it.group for it in self.places.values() if it.event == gone}
            self.shift(groups, stays, Change("event.merged", gone, stays, "they are one"))

    def shift(self, groups: set[int], to: int, *changes: Change) -> None:
        moved = tuple(
            Assignment(key, place.group, to, place.duplicate_of)
            for key, place in self.places.items()
            if place.group in groups
        )
        self.places |= {it.article: it for it in moved}
        judgement = Proposal(None, moved, changes)
        self.journal.entries.append(LogEntry("store.reclustered", None, None, judgement))

    def name(self, kind: str, event: int) -> None:
        if kind == "undo" and not self.names:
            return
        number = decision_table.next_number(self.transaction)
        undoes = self.names.pop() if kind == "undo" else None
        if undoes is not None:
            event = self.transaction.scalar(
                select(schema.decisions.c.event_number).where(schema.decisions.c.number == undoes)
            )
            event = headlines.find_surviving_event(self.transaction, event)
        said = {
            "number": number,
            "seq": 0,
            "at": 0.0,
            "actor": "anna",
            "reason": "",
            "constraints": "{}",
        }
        headline = json.dumps({"headline": f"Named {number}"})
        words = {"kind": "undo" if undoes else "rename_event", "payload": headline, "moves": "[]"}
        row = {**said, **words, "event_number": event, "undoes": undoes}
        self.transaction.execute(insert(schema.decisions), [row])
        if undoes is None:
            self.names.append(number)
        self.journal.renamed_events.add(event)
        entry = LogEntry("decision.made", None, None, Proposal(None), decision=number)
        self.journal.entries.append(entry)


def kept(transaction: Connection) -> list[Any]:
    tables = (select(events).order_by(events.c.number), select(group_summaries))
    return [sorted(map(tuple, transaction.execute(query))) for query in tables]


@pytest.mark.parametrize("examples", [40, pytest.param(300, marks=pytest.mark.slow)])
def test_a_summary_that_grew_is_that_of_the_whole(where: str, examples: int) -> None:
    with Store(where) as store:

        @settings(max_examples=examples)
        @given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=3, max_size=9))
        def holds(history: list[list[tuple[str, Any, Any]]]) -> None:
            with store.writing(commit=False) as transaction:
                paper = Paper(transaction)
                for happening in history:
                    paper.issue(happening)
                    grown = kept(transaction)
                    living = select(events.c.number).where(events.c.state == "open")
                    touched = dict.fromkeys(transaction.scalars(living).all())
                    event_summaries.refresh_events(transaction, touched, 1000.0)
                    assert kept(transaction) == grown

        holds()
