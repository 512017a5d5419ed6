"""Cost of editors' decisions: making one, undoing one, and posting with many in force.

Measured is the processor time of the service's own calls over a SQLite store, as a ratio to posting
one article in the same run (the mean of posting before any decision and after all were undone). The
articles are synthetic: events of a few reports, every other event with a duplicate.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from benchmarks.index_memory import resident
from benchmarks.output import Row, options, show
from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import articles as ingest_articles
from service.ingest.submission import ValidatedArticle, validate_article
from service.review import decisions as review_decisions
from service.review import requests
from service.store import Store

STANDING = 500
TIMED = 200
KINDS = ("same_event", "keep_apart", "not_duplicate", "lock_event", "rename_event", "set_canonical")
_REPORTS = 3
_CHUNK = 100

Measured = Callable[[], object]


def articles(seed: int) -> Iterator[ValidatedArticle]:
    """Reports on made-up events, without end."""
    chance = random.Random(seed)
    plain = [_word(chance) for _ in range(4_000)]
    for event in count():
        names = [_word(chance).title() for _ in range(8)]
        reports = [_report(chance, names, plain) for _ in range(_REPORTS)]
        for at, text in enumerate((*reports, *reports[: event % 2])):
            raw = {"id": f"{seed}-{event}-{at}", "title": " ".join(names[:3]), "text": text}
            yield validate_article(raw, max_text_chars=100_000)


def _word(chance: random.Random) -> str:
    syllables = ("ba", "den", "fi", "gor", "ka", "lem", "mo", "nur", "pel", "ros", "tav", "wi")
    return "".join(chance.choices(syllables, k=chance.randint(2, 4)))


def _report(chance: random.Random, names: list[str], plain: list[str]) -> str:
    sentences = (
        " ".join([*chance.choices(plain, k=12), *chance.sample(names, 3)]) for _ in range(12)
    )
    return ". ".join(sentences)


def timed(works: Iterable[Measured]) -> float:
    """The median of what some calls take, in milliseconds of the processor."""
    taken = []
    for work in works:
        started = process_time()
        work()
        taken.append(process_time() - started)
    return 1000 * median(taken)


def postings(desk: IndexWriter, news: Iterator[ValidatedArticle]) -> Iterator[Measured]:
    """Single articles to be posted."""
    for article in islice(news, TIMED):
        yield partial(ingest_articles.ingest, desk, [article])


def wanted(desk: IndexWriter, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Decisions of all kinds about articles drawn at random, each about another event."""
    placed = list(queries.iter_assignments(desk.store))
    inside: dict[str, list[Any]] = {}
    for place in placed:
        inside.setdefault(place.event_id, []).append(place)
    drawn = chance.sample(sorted(inside), len(inside))
    for kind in cycle(KINDS):
        one = inside[drawn.pop()][0]
        about = {
            "lock_event": ("event_id",),
            "rename_event": ("event_id",),
            "set_canonical": ("duplicate_group_id", "article_id"),
        }.get(kind)
        if about is None:
            other = inside[drawn.pop()][0]
            yield {"kind": kind, "article_ids": [one.article_id, other.article_id]}
        else:
            named = {"headline": "Named by somebody"} if kind == "rename_event" else {}
            yield {"kind": kind, **{name: getattr(one, name) for name in about}, **named}


def decisions(desk: IndexWriter, made: list[int]) -> Iterator[Measured]:
    """Decisions to be made; their numbers are noted."""

    def decide(one: requests.DecisionRequest) -> None:
        made.append(int(review_decisions.decide(desk, one, "benchmark").decision_id[1:]))

    for one in islice(wanted(desk, random.Random(1)), STANDING):
        yield partial(decide, requests.parse_decision(one))


def undoings(desk: IndexWriter, made: list[int]) -> Iterator[Measured]:
    """All decisions to be taken back, those first that have stood longest."""
    for number in made:
        yield partial(review_decisions.undo, desk, number, requests.UndoRequest(), "benchmark")


def measure(n_articles: int) -> Iterator[Row]:
    news, made = articles(1), list[int]()
    with TemporaryDirectory() as folder:
        given = settings.load(db=str(Path(folder) / "store.db"))
        with Store(given.db) as store, IndexWriter(given, store) as desk:
            desk.wait_ready()
            for _ in range(0, n_articles, _CHUNK):
                ingest_articles.ingest(desk, list(islice(news, _CHUNK)))
            first, before = timed(postings(desk, news)), resident()
            decided = timed(decisions(desk, made))
            grown = (resident() - before) / STANDING
            beside = timed(postings(desk, news))
            undone = timed(undoings(desk, made))
            alone = mean([first, timed(postings(desk, news))])
    for what, taken in (
        ("posting an article", alone),
        (f"the same beside {STANDING} decisions", beside),
        ("making a decision", decided),
        ("taking one back", undone),
    ):
        yield {"what": what, "ms": taken, "of a post": taken / alone, "bytes": ""}
    yield {"what": "memory a decision", "ms": "", "of a post": "", "bytes": round(grown)}


if __name__ == "__main__":
    parser = options(__doc__, data=False)
    parser.add_argument("--articles", type=int, default=20_000)
    given = parser.parse_args()
    show(measure(given.articles), given.json)
