"""Time of the engine for one more article, and memory per article, by number of live articles.

The articles are those of the files, repeated with changed rare words and passages and at other
times. All are loaded as after a start, each in a group of its own. Then the newest are reclustered,
so that their neighbours are known as if they had arrived one by one. The last articles of each size
are proposed and committed as in the service, and timed by processor time. Fingerprints are in a
file, as in the service. The ratio is to the smallest size of the same run.
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

from benchmarks.index_memory import FingerprintFile, resident_bytes
from benchmarks.labelled_records import read
from benchmarks.output import Row, options, show
from clustering import Article, Assignment, Features, extract_features
from clustering.features.fingerprint import Fingerprint
from clustering.features.minhash import Hashes32, compute_signature
from clustering.features.terms import Terms
from clustering.pipeline.index import ArticleIndex
from clustering.similarity.idf import DocumentFrequencies

SIZES = (10_000, 100_000)
N_RECLUSTERED = 40_000
"""The newest articles, a whole round of the files: new ones may share an event with them."""
N_TIMED = 1_000
MAX_CHANGED_FREQUENCY = 3e-3
"""Terms in a smaller share of articles are changed in every round."""
MIN_COMMON_ARTICLES = 3
"""Shingles of at least so many articles stay as they are."""
ROUND_SECONDS = 40 * 86400.0
_SHIFT = 2654435761
"""Odd multiplier (Knuth) that gives each round its own bits to change hashes with."""


def extract_all(data: Path, cache: Path | None) -> list[Features]:
    """Return the features of all background articles, from the cache file if there is one."""
    if cache and cache.exists():
        cached: list[Features] = pickle.loads(cache.read_bytes())
        return cached
    features = [
        extract_features(_article(fields))
        for file in sorted(data.glob("background_*.jsonl.gz"))
        for fields in read(file)
    ]
    if cache:
        cache.write_bytes(pickle.dumps(features))
    return features


def _article(fields: dict[str, str | None]) -> Article:
    date = fields["published_at"]
    published = None if date is None else datetime.fromisoformat(date).timestamp()
    title, text = fields["title"] or "", fields["text"] or ""
    return Article(1, title, text, published, fields["source"], fields["language"])


def stream(originals: list[Features], size: int) -> Iterator[Features]:
    """Yield `size` articles, changed in every round but the first."""
    common = _common_shingles(originals)
    for features, round_number in _rounds(originals, size):
        yield _change(features, round_number, common) if round_number else features


def term_weights(originals: list[Features], size: int, n_counted: int) -> bytes:
    """Return the IDF snapshot of the first articles of a stream."""
    frequencies = DocumentFrequencies()
    for features, round_number in islice(_rounds(originals, size), n_counted):
        terms = _change_terms(Terms.from_bytes(features.terms), round_number)
        frequencies.add(terms.term_ids)
    return frequencies.snapshot(n_counted + 1).to_bytes()


def _rounds(originals: list[Features], size: int) -> Iterator[tuple[Features, int]]:
    """Yield the articles in rounds, and the number of the round.

    The last article is well inside a round, so that the words of that round are no longer new.
    """
    order = random.Random(1).sample(originals, len(originals))
    start = (len(order) * 3 // 5 - size) % len(order)
    rounds = ((features, round_number) for round_number in count() for features in order)
    return islice(rounds, start, start + size)


def _common_shingles(originals: list[Features]) -> Hashes32:
    shingles = [Fingerprint.from_bytes(features.fingerprint).shingles for features in originals]
    hashes, counts = np.unique(np.concatenate(shingles), return_counts=True)
    return hashes[counts >= MIN_COMMON_ARTICLES]


def _change(features: Features, round_number: int, common: Hashes32) -> Features:
    published = features.published
    terms = _change_terms(Terms.from_bytes(features.terms), round_number)
    fingerprint = Fingerprint.from_bytes(features.fingerprint)
    return replace(
        features,
        published=None if published is None else published + round_number * ROUND_SECONDS,
        terms=terms.to_bytes(),
        fingerprint=_change_fingerprint(fingerprint, round_number, common).to_bytes(),
    )


def _change_terms(terms: Terms, round_number: int) -> Terms:
    is_rare = terms.prior < MAX_CHANGED_FREQUENCY
    mask = np.uint32(round_number * _SHIFT % (1 << 32))
    term_ids = np.where(is_rare, terms.term_ids ^ mask, terms.term_ids)
    term_ids, first = np.unique(term_ids, return_index=True)
    names = tuple(terms.names[index] for index in first.tolist())
    return Terms(term_ids, terms.prior[first], terms.counts[first], terms.field_flags[first], names)


def _change_fingerprint(
    fingerprint: Fingerprint, round_number: int, common: Hashes32
) -> Fingerprint:
    nearest = np.minimum(np.searchsorted(common, fingerprint.shingles), len(common) - 1)
    is_own = common[nearest] != fingerprint.shingles
    mask = np.uint32(round_number * _SHIFT % (1 << 32))
    shingles = np.unique(np.where(is_own, fingerprint.shingles ^ mask, fingerprint.shingles))
    return replace(
        fingerprint,
        signature=compute_signature(shingles),
        shingles=shingles,
        text_hash=fingerprint.text_hash ^ round_number,
        url_hash=fingerprint.url_hash and fingerprint.url_hash ^ round_number,
    )


class Engine:
    """The index of all live articles, with their fingerprints in a file."""

    def __init__(self, packed: MutableMapping[int, bytes]) -> None:
        self._packed = packed
        self._next = 1
        self.index = ArticleIndex(lambda keys: {key: packed[key] for key in keys})

    def load(self, articles: Iterator[Features], weights: bytes) -> None:
        """Load articles as after a start, each with its own group and event."""
        self.index.reset_idf(weights)
        self.index.load(self._rows(articles), self._next, self._next)

    def _rows(self, articles: Iterator[Features]) -> Iterator[tuple[int, Features, Assignment]]:
        for features in articles:
            key = self._store(features)
            yield key, features, Assignment(key, key, key)

    def recluster(self, n_newest: int) -> None:
        """Find the neighbours and the events of the newest articles."""
        pending = dict.fromkeys(range(max(self._next - n_newest, 1), self._next))
        while pending:
            with self.index.begin() as change:
                _, reclustered = change.propose_reclustering(next(iter(pending)))
                change.commit()
            for key in reclustered:
                pending.pop(key, None)

    def add(self, features: Features) -> float:
        """Propose and commit one more article, and return the seconds it took."""
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


def measure(originals: list[Features], size: int, folder: Path) -> Row:
    articles, packed = stream(originals, size), FingerprintFile(folder / f"{size}.db")
    engine = Engine(packed)
    gc.collect()
    bytes_before = resident_bytes()
    n_loaded = size - 2 * N_TIMED
    engine.load(islice(articles, n_loaded), term_weights(originals, size, n_loaded))
    grown = resident_bytes() - bytes_before
    engine.recluster(N_RECLUSTERED)
    for features in islice(articles, N_TIMED):
        engine.add(features)
    seconds = [engine.add(features) for features in articles]
    packed.close()
    return {
        "live articles": f"{size:,}",
        "median ms": 1000 * median(seconds),
        "p95 ms": 1000 * quantiles(seconds, n=20)[-1],
        "slowest ms": 1000 * max(seconds),
        "bytes per article": round(grown / size),
    }


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--cache", type=Path, help="file to keep the extracted features in")
    args = parser.parse_args()
    originals = extract_all(args.data, args.cache)

    def rows(folder: Path) -> Iterator[Row]:
        first = 0.0
        for size in args.sizes:
            row = measure(originals, size, folder)
            first = first or float(row["median ms"])
            yield {**row, "ratio": float(row["median ms"]) / first}

    with TemporaryDirectory() as folder:
        show(rows(Path(folder)), args.json)


if __name__ == "__main__":
    main()
