"""All events judged again: the same in any order of arrival, safe to interrupt, told to others."""

from __future__ import annotations

import random
from typing import Any

import pytest

from clustering import evaluate
from service import queries
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest import articles as ingest_articles
from service.ingest.submission import validate_article
from service.store import schema
from tests.support import starter_corpus


def post(index_writer: IndexWriter, records: list[dict[str, Any]]) -> None:
    keys = ("id", "url", "title", "text", "published_at", "source", "language")
    articles = ({key: record[key] for key in keys} for record in records)
    ingest_articles.ingest(
        index_writer, [validate_article(article, max_text_chars=100_000) for article in articles]
    )


def shuffled(seed: int) -> list[dict[str, Any]]:
    return random.Random(seed).sample(starter_corpus.records(), len(starter_corpus.records()))


def market_reports(count: int) -> list[dict[str, Any]]:
    """Reports of one frame, which nobody can know before it has been seen a few times."""
    draw = random.Random(4)

    def name() -> str:
        return "".join(draw.choices(["ba", "dro", "fen", "gul", "kir", "mos", "tev"], k=3)).title()

    return [
        {
            **dict.fromkeys(("url", "source")),
            **{"id": f"market-{n}", "title": "", "language": "en"},
            "published_at": f"2025-05-04T{n // 6:02}:{n % 6}0:00Z",
            "text": f"Shares in {name()} closed {draw.randint(3, 39)} points higher on the day, led"
            f" by {name()}, which rose {draw.randint(1, 19)} per cent after an upgrade. {name()}"
            " fell. Turnover was light before the holiday, dealers said; bonds were little changed"
            " and the currency was steady against the others.",
        }
        for n in range(count)
    ]


def events(index_writer: IndexWriter) -> dict[str, str]:
    found = queries.iter_assignments(index_writer.store)
    return {each.article_id: each.event_id for each in found}


def agreement(one: IndexWriter, other: IndexWriter) -> float:
    here, there = events(one), events(other)
    return evaluate(list(here.values()), [there[name] for name in here]).ari


def kinds(index_writer: IndexWriter, since: int) -> list[str]:
    return [
        item.kind for item in queries.list_changes(index_writer.store, since, limit=10_000).items
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_arrival_makes_no_difference_afterwards(open_writer: Any, seed: int) -> None:
    by_date, mixed = open_writer("by-date"), open_writer("mixed")
    post(by_date, starter_corpus.records())
    post(mixed, shuffled(seed))
    for desk in (by_date, mixed):
        assert recluster.recluster(desk).articles == len(starter_corpus.records())
    assert agreement(by_date, mixed) >= 0.995


def test_done_again_it_moves_nothing(open_writer: Any) -> None:
    desk = open_writer()
    post(desk, shuffled(1))
    recluster.recluster(desk)
    again = recluster.recluster(desk)
    assert (again.moved, again.changes.total()) == (0, 0)


def test_what_moves_is_in_the_log_with_its_reason(open_writer: Any) -> None:
    desk = open_writer()
    post(desk, market_reports(48))
    before, seen = events(desk), int(queries.list_changes(desk.store, limit=10_000).next_cursor)
    done = recluster.recluster(desk)
    told = queries.list_changes(desk.store, seen, limit=10_000).items
    assert told[0].kind == "store.reclustered"
    moved = {item.article_id: item.event_id for item in told if item.kind == "article.moved"}
    assert {**before, **moved} == events(desk)
    assert len(moved) == done.moved > 0
    changed = [item for item in told if item.kind.startswith("event.")]
    assert len(changed) == done.changes.total()
    assert all(item.reason for item in changed)


class InterruptedRunError(Exception):
    pass


def test_interrupted_it_goes_on_where_it_was(
    open_writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recluster, "ARTICLES_PER_TRANSACTION", 20)
    desk, whole = open_writer("one"), open_writer("other")
    post(desk, shuffled(1))
    post(whole, shuffled(1))

    def interrupt(articles: int) -> None:
        if articles > 40:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        recluster.recluster(desk, interrupt)
    rest = recluster.recluster(open_writer("one"))
    assert 0 < rest.articles < len(starter_corpus.records())
    with desk.store.reading() as transaction:
        notes = transaction.execute(schema.meta.select()).all()
    assert schema.META_RECLUSTER_PROGRESS not in {note.name for note in notes}
    recluster.recluster(whole)
    assert agreement(desk, whole) == 1.0


def test_others_follow(open_writer: Any) -> None:
    """Another process that has the store open goes on from the new events and term weights."""
    first, second = open_writer(), open_writer()
    records = shuffled(2)
    post(first, records[:-6])
    post(second, records[-6:-4])
    recluster.recluster(first)
    post(second, records[-4:-2])
    post(first, records[-2:])
    after = events(first)
    assert recluster.recluster(second).articles == len(records)
    assert evaluate(list(after.values()), list(events(second).values())).ari >= 0.9


def test_an_empty_store_is_no_trouble(open_writer: Any) -> None:
    assert recluster.recluster(open_writer()).articles == 0
