"""What one more article costs the engine as the live articles grow in number, and its memory.

Articles are those of the files, again and again with their rarer words and passages changed and at
other times. All are taken in as after a start, each a group of its own; then the newest are judged
again, so that their neighbours are known as if they had come one after the other. The last of each
size are judged and taken over as in the service, and timed by the processor. Fingerprints lie in a
file, as they do there. The ratio is that to the smallest size in the same run.
"""

from __future__ import annotations

import gc
import pickle
import random
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from benchmarks.memory import OnDisk, resident
from benchmarks.records import read
from benchmarks.report import Row, options, show
from clustering import Article, Assignment, Features, extract_features
from clustering.features.minhash import Fingerprint, Hashes32, compute_signature
from clustering.features.terms import Terms
from clustering.pipeline.index import ArticleIndex
from clustering.similarity.idf import DocumentFrequencies

SIZES = (10_000, 100_000)
JUDGED_AGAIN = 40_000
"""The newest: a whole round of the files, those that newcomers may share an event with."""
TIMED = 1_000
CHANGED_FROM = 3e-3
"""Terms that a smaller share of articles carries are changed with every round."""
COMMON = 3
"""Passages of so many articles stay as they are."""
ROUND_SECONDS = 40 * 86400.0
_SHIFT = 2654435761


def analysed(data: Path, cache: Path | None) -> list[Features]:
    """Features of all background articles; kept in a file if one is named."""
    if cache and cache.exists():
        kept: list[Features] = pickle.loads(cache.read_bytes())
        return kept
    found = [
        extract_features(_article(fields))
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


def stream(found: list[Features], size: int) -> Iterator[Features]:
    """So many articles."""
    common = _common(found)
    for features, turn in _rounds(found, size):
        yield _changed(features, turn, common) if turn else features


def term_weights(found: list[Features], size: int, counted: int) -> bytes:
    """Those of a stream's first articles."""
    counts = DocumentFrequencies()
    for features, turn in islice(_rounds(found, size), counted):
        counts.add(_other_terms(Terms.from_bytes(features.terms), turn).term_ids)
    return counts.snapshot(counted + 1).to_bytes()


def _rounds(found: list[Features], size: int) -> Iterator[tuple[Features, int]]:
    """The articles in turns; the end is well inside of one, where its words are no longer new."""
    order = random.Random(1).sample(found, len(found))
    start = (len(order) * 3 // 5 - size) % len(order)
    rounds = ((features, turn) for turn in count() for features in order)
    return islice(rounds, start, start + size)


def _common(found: list[Features]) -> Hashes32:
    shingles = [Fingerprint.from_bytes(features.fingerprint).shingles for features in found]
    keys, counts = np.unique(np.concatenate(shingles), return_counts=True)
    return keys[counts >= COMMON]


def _changed(features: Features, turn: int, common: Hashes32) -> Features:
    later = None if features.published is None else features.published + turn * ROUND_SECONDS
    terms = _other_terms(Terms.from_bytes(features.terms), turn).to_bytes()
    texts = _other_text(Fingerprint.from_bytes(features.fingerprint), turn, common).to_bytes()
    return replace(features, published=later, terms=terms, fingerprint=texts)


def _other_terms(terms: Terms, turn: int) -> Terms:
    rare = terms.prior < CHANGED_FROM
    shift = np.uint32(turn * _SHIFT % (1 << 32))
    numbers = np.where(rare, terms.term_ids ^ shift, terms.term_ids)
    numbers, first = np.unique(numbers, return_index=True)
    names = tuple(terms.names[at] for at in first.tolist())
    return Terms(numbers, terms.prior[first], terms.counts[first], terms.field_flags[first], names)


def _other_text(text: Fingerprint, turn: int, common: Hashes32) -> Fingerprint:
    at = np.minimum(np.searchsorted(common, text.shingles), len(common) - 1)
    shift = np.uint32(turn * _SHIFT % (1 << 32))
    own = common[at] != text.shingles
    shingles = np.unique(np.where(own, text.shingles ^ shift, text.shingles))
    whole, address = text.text_hash ^ turn, text.url_hash and text.url_hash ^ turn
    return replace(
        text,
        signature=compute_signature(shingles),
        shingles=shingles,
        text_hash=whole,
        url_hash=address,
    )


class Newsroom:
    """The engine over a file of fingerprints."""

    def __init__(self, packed: MutableMapping[int, bytes]) -> None:
        self._packed = packed
        self._next = 1
        self.index = ArticleIndex(lambda keys: {key: packed[key] for key in keys})

    def load(self, articles: Iterator[Features], weights: bytes) -> None:
        """Take articles in as after a start, each a group and an event of its own."""
        self.index.reset_idf(weights)
        self.index.load(self._rows(articles), self._next, self._next)

    def _rows(self, articles: Iterator[Features]) -> Iterator[tuple[int, Features, Assignment]]:
        for features in articles:
            key = self._store(features)
            yield key, features, Assignment(key, key, key)

    def judge_again(self, newest: int) -> None:
        """Find the neighbours and the events of the newest articles."""
        waiting = dict.fromkeys(range(max(self._next - newest, 1), self._next))
        while waiting:
            with self.index.begin() as change:
                _, judged = change.propose_reclustering(next(iter(waiting)))
                change.commit()
            for article in judged:
                waiting.pop(article, None)

    def add(self, features: Features) -> float:
        """Judge one more article and take it over; return the seconds that it took."""
        key = self._store(features)
        started = process_time()
        with self.index.begin() as change:
            change.propose(key, features)
            change.commit()
        if self.index.is_snapshot_due():
            self.index.update_idf(self.index.snapshot())
        return process_time() - started

    def _store(self, features: Features) -> int:
        self._packed[self._next] = features.fingerprint
        self._next += 1
        return self._next - 1


def measure(found: list[Features], size: int, folder: Path) -> Row:
    articles, packed = stream(found, size), OnDisk(folder / f"{size}.db")
    newsroom = Newsroom(packed)
    gc.collect()
    before = resident()
    loaded = size - 2 * TIMED
    newsroom.load(islice(articles, loaded), term_weights(found, size, loaded))
    grown = resident() - before
    newsroom.judge_again(JUDGED_AGAIN)
    for features in islice(articles, TIMED):
        newsroom.add(features)
    seconds = [newsroom.add(features) for features in articles]
    packed.close()
    return {
        "live articles": f"{size:,}",
        "median ms": 1000 * median(seconds),
        "p95 ms": 1000 * quantiles(seconds, n=20)[-1],
        "slowest ms": 1000 * max(seconds),
        "bytes an article": round(grown / size),
    }


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--cache", type=Path, help="file to keep analysed articles in")
    args = parser.parse_args()
    found = analysed(args.data, args.cache)

    def rows(folder: Path) -> Iterator[Row]:
        first = 0.0
        for size in args.sizes:
            row = measure(found, size, folder)
            first = first or float(row["median ms"])
            yield {**row, "ratio": float(row["median ms"]) / first}

    with TemporaryDirectory() as folder:
        show(rows(Path(folder)), args.json)


if __name__ == "__main__":
    main()
