"""What one more article costs the events part as the live articles grow in number, and its memory.

Articles are those of the files, again and again with their rarer words changed and at other times,
each a group of its own. Most are only taken in; the last of each size are judged, and timed by the
processor. Nothing is known of their neighbours before, as after a start. The ratio is that to the
smallest size in the same run.
"""

from __future__ import annotations

import gc
import pickle
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from statistics import median, quantiles
from time import process_time

import numpy as np

from benchmarks.memory import resident
from benchmarks.records import read
from benchmarks.report import Row, options, show
from clustering import Article, Features, analyse
from clustering.assign import default_similarity
from clustering.draft import Draft
from clustering.events import EventIndex
from clustering.rarity import Rarity
from clustering.roster import Roster
from clustering.terms import HASH_BITS, Terms

SIZES = (10_000, 100_000)
TIMED = 1_000
CHANGED_FROM = 3e-3
"""Terms that a smaller share of articles carries are changed with every round."""
ROUND_SECONDS = 40 * 86400.0


def analysed(data: Path, cache: Path | None) -> list[Features]:
    """Features of all background articles; kept in a file if one is named."""
    if cache and cache.exists():
        kept: list[Features] = pickle.loads(cache.read_bytes())
        return kept
    found = [
        replace(analyse(_article(fields)), fingerprint=b"")
        for file in sorted(data.glob("background_*.jsonl.gz"))
        for fields in read(file)
    ]
    if cache:
        cache.write_bytes(pickle.dumps(found))
    return found


def _article(fields: dict[str, str | None]) -> Article:
    stamp = fields["published_at"]
    published = None if stamp is None else datetime.fromisoformat(stamp).timestamp()
    title, text = fields["title"] or "", fields["text"] or ""
    return Article(1, title, text, published, fields["source"], fields["language"])


def stream(found: list[Features]) -> Iterator[tuple[Terms, Features]]:
    """Articles without end."""
    order = random.Random(1).sample(found, len(found))
    for turn in count():
        for features in order:
            terms = Terms.from_bytes(features.terms)
            yield _changed(terms, turn), _later(features, turn)


def _changed(terms: Terms, turn: int) -> Terms:
    rare = terms.prior < CHANGED_FROM
    shift = np.uint32(turn * 2654435761 % (1 << HASH_BITS))
    numbers = np.where(rare, terms.numbers ^ shift, terms.numbers)
    numbers, first = np.unique(numbers, return_index=True)
    return Terms(numbers, terms.prior[first], terms.counts[first], terms.places[first], ())


def _later(features: Features, turn: int) -> Features:
    if features.published is None:
        return features
    return replace(features, published=features.published + turn * ROUND_SECONDS)


class Newsroom:
    """The events part with its roster, each article a group of its own."""

    def __init__(self) -> None:
        self.roster = Roster()
        self.index = EventIndex(default_similarity())

    def take_in(self, terms: Terms, features: Features) -> None:
        """Take an article in without judging it."""
        slot = self.roster.enter(self.roster.next_slot + 1, features)
        self.roster.place(slot, slot + 1)
        self.roster.attach(slot + 1, slot + 1)
        self.index.enter(slot, terms, features)

    def judge(self, terms: Terms, features: Features) -> None:
        """Judge one more article, as `Index.judge` does, and take it in."""
        slot = self.roster.next_slot
        draft = Draft(self.roster, slot + 1, features)
        draft.place([slot], draft.found_group())
        self.index.enter(slot, terms, features)
        self.index.place(draft)
        self.roster.enter(slot + 1, features)
        for placed, group in draft.placed.items():
            self.roster.place(placed, group)
        for group, event in draft.attached.items():
            self.roster.attach(group, event)
        self.index.keep()


def measure(found: list[Features], size: int) -> Row:
    articles, newsroom = stream(found), Newsroom()
    gc.collect()
    before = resident()
    for terms, features in islice(articles, size - TIMED):
        newsroom.take_in(terms, features)
    newsroom.index.load(newsroom.roster)
    grown = resident() - before
    snapshot = newsroom.index.counts.snapshot().to_bytes()
    started = process_time()
    newsroom.index.use(Rarity.from_bytes(snapshot))
    renewal = process_time() - started
    for terms, features in islice(articles, TIMED):
        newsroom.judge(terms, features)
    seconds = []
    for terms, features in islice(articles, TIMED):
        started = process_time()
        newsroom.judge(terms, features)
        seconds.append(process_time() - started)
    return {
        "live articles": f"{size:,}",
        "median ms": 1000 * median(seconds),
        "p95 ms": 1000 * quantiles(seconds, n=20)[-1],
        "slowest ms": 1000 * max(seconds),
        "renewal ms": 1000 * renewal,
        "bytes an article": round(grown / size),
    }


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--cache", type=Path, help="file to keep analysed articles in")
    args = parser.parse_args()
    found = analysed(args.data, args.cache)

    def rows() -> Iterator[Row]:
        first = 0.0
        for size in args.sizes:
            row = measure(found, size)
            first = first or float(row["median ms"])
            yield {**row, "ratio": float(row["median ms"]) / first}

    show(rows(), args.json)


if __name__ == "__main__":
    main()
