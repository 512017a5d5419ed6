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

from benchmarks.index_memory import resident_bytes
from benchmarks.output import Row, options, show
from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import ValidatedArticle, validate_article
from service.review import decisions as review_decisions
from service.review import requests
from service.store import Store

N_DECISIONS = 500
"""Decisions that are made and then undone."""
N_TIMED_POSTS = 200
"""Articles that are posted one by one for each median."""
KINDS = ("same_event", "keep_apart", "not_duplicate", "lock_event", "rename_event", "set_canonical")
_REPORTS_PER_EVENT = 3
_ARTICLES_PER_BATCH = 100

TimedCall = Callable[[], object]


def articles(seed: int) -> Iterator[ValidatedArticle]:
    """Yield reports on synthetic events, without end."""
    rng = random.Random(seed)
    common_words = [_word(rng) for _ in range(4_000)]
    for event in count():
        names = [_word(rng).title() for _ in range(8)]
        reports = [_report(rng, names, common_words) for _ in range(_REPORTS_PER_EVENT)]
        for number, text in enumerate((*reports, *reports[: event % 2])):
            raw = {"id": f"{seed}-{event}-{number}", "title": " ".join(names[:3]), "text": text}
            yield validate_article(raw, max_text_chars=100_000)


def _word(rng: random.Random) -> str:
    syllables = ("ba", "den", "fi", "gor", "ka", "lem", "mo", "nur", "pel", "ros", "tav", "wi")
    return "".join(rng.choices(syllables, k=rng.randint(2, 4)))


def _report(rng: random.Random, names: list[str], common_words: list[str]) -> str:
    sentences = (
        " ".join([*rng.choices(common_words, k=12), *rng.sample(names, 3)]) for _ in range(12)
    )
    return ". ".join(sentences)


def median_ms(calls: Iterable[TimedCall]) -> float:
    """Return the median processor time of some calls, in milliseconds."""
    seconds = []
    for call in calls:
        started = process_time()
        call()
        seconds.append(process_time() - started)
    return 1000 * median(seconds)


def iter_posts(writer: IndexWriter, news: Iterator[ValidatedArticle]) -> Iterator[TimedCall]:
    """Yield calls that post one article each."""
    for article in islice(news, N_TIMED_POSTS):
        yield partial(ingestion.ingest, writer, [article])


def iter_requests(writer: IndexWriter, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield decisions of all kinds about random articles, each about another event."""
    by_event: dict[str, list[Any]] = {}
    for assignment in list(queries.iter_assignments(writer.store)):
        by_event.setdefault(assignment.event_id, []).append(assignment)
    event_ids = rng.sample(sorted(by_event), len(by_event))
    for kind in cycle(KINDS):
        first = by_event[event_ids.pop()][0]
        fields = {
            "lock_event": ("event_id",),
            "rename_event": ("event_id",),
            "set_canonical": ("duplicate_group_id", "article_id"),
        }.get(kind)
        if fields is None:
            second = by_event[event_ids.pop()][0]
            yield {"kind": kind, "article_ids": [first.article_id, second.article_id]}
        else:
            headline = {"headline": "A new headline"} if kind == "rename_event" else {}
            yield {"kind": kind, **{name: getattr(first, name) for name in fields}, **headline}


def iter_decisions(writer: IndexWriter, numbers: list[int]) -> Iterator[TimedCall]:
    """Yield calls that make one decision each and append its number to `numbers`."""

    def decide(request: requests.DecisionRequest) -> None:
        numbers.append(int(review_decisions.decide(writer, request, "benchmark").decision_id[1:]))

    for fields in islice(iter_requests(writer, random.Random(1)), N_DECISIONS):
        yield partial(decide, requests.parse_decision(fields))


def iter_undos(writer: IndexWriter, numbers: list[int]) -> Iterator[TimedCall]:
    """Yield calls that undo one decision each, oldest first."""
    for number in numbers:
        yield partial(review_decisions.undo, writer, number, requests.UndoRequest(), "benchmark")


def measure(n_articles: int) -> Iterator[Row]:
    news, numbers = articles(1), list[int]()
    with TemporaryDirectory() as folder:
        loaded = settings.load(db=str(Path(folder) / "store.db"))
        with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
            writer.wait_ready()
            for _ in range(0, n_articles, _ARTICLES_PER_BATCH):
                ingestion.ingest(writer, list(islice(news, _ARTICLES_PER_BATCH)))
            post_before, bytes_before = median_ms(iter_posts(writer, news)), resident_bytes()
            decide = median_ms(iter_decisions(writer, numbers))
            bytes_per_decision = (resident_bytes() - bytes_before) / N_DECISIONS
            post_with_decisions = median_ms(iter_posts(writer, news))
            undo = median_ms(iter_undos(writer, numbers))
            post = mean([post_before, median_ms(iter_posts(writer, news))])
    for operation, milliseconds in (
        ("posting an article", post),
        (f"posting with {N_DECISIONS} decisions", post_with_decisions),
        ("making a decision", decide),
        ("undoing a decision", undo),
    ):
        yield {
            "operation": operation,
            "ms": milliseconds,
            "ratio to a post": milliseconds / post,
            "bytes": "",
        }
    yield {
        "operation": "memory per decision",
        "ms": "",
        "ratio to a post": "",
        "bytes": round(bytes_per_decision),
    }


if __name__ == "__main__":
    parser = options(__doc__, data=False)
    parser.add_argument("--articles", type=int, default=20_000)
    args = parser.parse_args()
    show(measure(args.articles), args.json)
