"""Cost of an article by stage, by sampling what the service does while articles are posted.

    python -m benchmarks.stage_profile ARTICLES.jsonl --db STORE

A timer interrupts the process every millisecond, and counts the innermost module that belongs to a
stage. Unlike `stage_costs`, this needs no timers in the service and divides features and judging
further; but it sees one thread only. The articles are stored, so give it a copy of a store. After
the first hundred, half of the articles is posted by batches, and half one by one.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import FrameType
from typing import Final

from flask.testing import FlaskClient

from benchmarks.output import Row, options, show
from service import settings
from service.web import extensions
from service.web.app import close_app, create_app

_SAMPLE_SECONDS: Final = 0.001
_ARTICLES_PER_BATCH: Final = 100
_ALL_ELSE: Final = "all else"
N_FIRST: Final = 100
"""Articles that are posted before anything is sampled: the first in a language loads its words."""

STAGE_MODULES: Final = {
    "read": ("service.web.http.request_body", "werkzeug.wsgi"),
    "parse": ("service.ingest.parsing", "service.ingest.submission", "service.web.api"),
    "clean": ("clustering.features.normalize", "clustering.features.markup"),
    "sign": (
        "clustering.features.fingerprint",
        "clustering.features.minhash",
        "clustering.features.tokenize",
    ),
    "terms": ("clustering.features",),
    "candidates": ("clustering.duplicates", "clustering.state.inverted_index"),
    "verify": (
        "clustering.duplicates.comparison",
        "clustering.duplicates.comparison_matrix",
        "clustering.duplicates.alignment",
        "clustering.duplicates.veto",
    ),
    "vectors": (
        "clustering.similarity.tfidf",
        "clustering.similarity.idf",
        "clustering.events.term_store",
    ),
    "events": ("clustering.events", "clustering.similarity", "clustering.constraints"),
    "write": ("service.store", "service.engine"),
    "answer": ("service.queries",),
}
"""Modules and packages by stage; of several that match, the longest name counts. Other modules
belong to the stage of their caller."""
_COMMIT: Final = ("sqlalchemy.engine.default", "do_commit")

STAGES: Final = (*STAGE_MODULES, "commit", _ALL_ELSE)
_STAGE_OF_MODULE: Final = {
    module: stage for stage, modules in STAGE_MODULES.items() for module in modules
}

Post = Callable[[FlaskClient, Sequence[str]], None]


@cache
def find_stage(module: str) -> str | None:
    """Return the stage of a module, by the longest name that it is or is in."""
    while module:
        if module in _STAGE_OF_MODULE:
            return _STAGE_OF_MODULE[module]
        module = module.rpartition(".")[0]
    return None


def stage_of_frame(frame: FrameType | None) -> str:
    """Return the stage of the innermost frame that belongs to one."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if (module, frame.f_code.co_name) == _COMMIT:
            return "commit"
        if stage := find_stage(module):
            return stage
        frame = frame.f_back
    return _ALL_ELSE


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """Count the samples of a block by stage."""
    samples: Counter[str] = Counter()

    def handle(_: int, frame: FrameType | None) -> None:
        samples[stage_of_frame(frame)] += 1

    previous = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, _SAMPLE_SECONDS, _SAMPLE_SECONDS)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def post_batches(client: FlaskClient, lines: Sequence[str]) -> None:
    for start in range(0, len(lines), _ARTICLES_PER_BATCH):
        body = "".join(lines[start : start + _ARTICLES_PER_BATCH])
        response = client.post("/v1/articles/batch", data=body, content_type="application/x-ndjson")
        response.get_data()


def post_singly(client: FlaskClient, lines: Sequence[str]) -> None:
    for line in lines:
        client.post("/v1/articles", data=line, content_type="application/json")


def ms_by_stage(client: FlaskClient, post: Post, lines: Sequence[str]) -> dict[str, float]:
    """Post articles; return the milliseconds of one by stage, which add up to the whole time."""
    started = perf_counter()
    with sampled() as samples:
        post(client, lines)
    ms_a_sample = 1000 * (perf_counter() - started) / len(lines) / samples.total()
    return {stage: samples[stage] * ms_a_sample for stage in STAGES}


def rows(batches: Mapping[str, float], singly: Mapping[str, float]) -> Iterator[Row]:
    """Yield a row for each stage, with the slowest ones marked."""
    for stage in STAGES:
        row: Row = {"stage": stage}
        for way, costs in (("by batches", batches), ("one by one", singly)):
            share = f"{costs[stage] / sum(costs.values()):.0%}"
            is_slowest = costs[stage] == max(costs.values())
            row |= {
                f"{way}, ms": costs[stage],
                f"{way}, share": f"slowest {share}" if is_slowest else share,
            }
        yield row


def measure(db: str, lines: Sequence[str]) -> Iterator[Row]:
    """Open a store, and post the articles into it."""
    first, timed = lines[:N_FIRST], lines[N_FIRST:]
    half = len(timed) // 2
    app = create_app(settings.load(db=db))
    try:
        app.extensions[extensions.INDEX_WRITER].wait_ready()
        client = app.test_client()
        post_batches(client, first)
        batches = ms_by_stage(client, post_batches, timed[:half])
        yield from rows(batches, ms_by_stage(client, post_singly, timed[half:]))
    finally:
        close_app(app)


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("articles", type=Path, help="JSON lines")
    parser.add_argument("--db", help="a store to add the articles to; a new one by default")
    args = parser.parse_args()
    lines = args.articles.read_text(encoding="utf-8").splitlines(keepends=True)
    with TemporaryDirectory() as folder:
        show(measure(args.db or f"{folder}/news.db", lines), args.json)


if __name__ == "__main__":
    main()
