"""Simulate a year of articles with the clock advanced: memory, write time and disk by day.

    python -m benchmarks.simulated_year --per-day 20000 --days 365

Articles are those of the starter corpus with words of their own (see `multiplied_corpus`). After
`STORYFOLD_LIVE_DAYS` the index should neither grow nor become slower. With --prune-days, older
texts are deleted at the end of each day, and the longest wait of a writer is shown.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from benchmarks.multiplied_corpus import iter_articles, read_corpus
from benchmarks.output import Row, options, show
from service import settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion, retention
from service.ingest.retention import RetentionRule
from service.ingest.submission import ValidatedArticle, validate_article
from service.store import Store

SECONDS_PER_DAY: Final = 86400.0
START: Final = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
_BATCH: Final = 100


def resident_mebibytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def take_day(articles: Iterator[dict[str, Any]], n: int, at: float) -> list[ValidatedArticle]:
    published = datetime.fromtimestamp(at, UTC).isoformat()
    day = [{**article, "published_at": published} for article in islice(articles, n)]
    return [validate_article(article, max_text_chars=1_000_000) for article in day]


def ingest_day(writer: IndexWriter, articles: Sequence[ValidatedArticle]) -> float:
    started = time.monotonic()
    for position in range(0, len(articles), _BATCH):
        ingestion.ingest(writer, articles[position : position + _BATCH])
    return time.monotonic() - started


def simulate(per_day: int, days: int, live_days: int, prune_days: int | None) -> Iterator[Row]:
    articles = iter_articles(read_corpus(None), per_day)
    with tempfile.TemporaryDirectory() as folder, patch("time.time") as clock:
        clock.return_value = START
        loaded = settings.load(db=f"{folder}/year.db", live_days=live_days)
        with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
            writer.wait_ready()
            for day in range(1, days + 1):
                clock.return_value = START + day * SECONDS_PER_DAY
                seconds = ingest_day(writer, take_day(articles, per_day, clock.return_value))
                longest = 0.0
                if prune_days is not None:
                    before = clock.return_value - prune_days * SECONDS_PER_DAY
                    longest = retention.delete_texts(store, RetentionRule(before)).longest_seconds
                if day % max(days // 24, 1) == 0:
                    disk = sum(path.stat().st_size for path in Path(folder).iterdir())
                    with writer.read_index(timeout=10) as index:
                        live = 0 if index is None else len(index)
                    yield {
                        "day": f"day {day}",
                        "live articles": live,
                        "ms per article": round(1000 * seconds / per_day, 2),
                        "resident MiB": round(resident_mebibytes(), 1),
                        "disk MiB": round(disk / (1 << 20), 1),
                        "bytes per article": disk // (per_day * day),
                        "longest wait ms": round(1000 * longest, 1),
                    }


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("--per-day", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--live-days", type=int, default=90)
    parser.add_argument("--prune-days", type=int)
    chosen = parser.parse_args()
    simulated = simulate(chosen.per_day, chosen.days, chosen.live_days, chosen.prune_days)
    show(simulated, chosen.json)


if __name__ == "__main__":
    main()
