"""Memory of the duplicate index per live article, as the operating system counts it.

One process indexes articles as long as those of a file, with nothing in common: each has as many
random shingles as a text of the file. Fingerprints for verification are in a file, as in the
service. The numbers include parts that do not grow with the articles (the fingerprint cache and
entries not yet frozen), so they fall with more articles; the last column leaves these parts out.
"""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator, MutableMapping
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.duplicate_stream import Stream
from benchmarks.labelled_records import lines
from benchmarks.output import Row, options, show
from clustering.features.fingerprint import Fingerprint
from clustering.features.minhash import PERMUTATIONS, Hashes32

SIZES = (20_000, 50_000, 100_000)
SAMPLED_TEXTS = 2_000
"""Texts whose lengths are used."""
TERMS_PER_TEXT = 150
TITLE_WORDS_PER_TEXT = 8


class FingerprintFile(MutableMapping[int, bytes]):
    """Packed fingerprints in a file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)
        self._connection.execute("create table packed (article integer primary key, print blob)")

    def __getitem__(self, article: int) -> bytes:
        query = "select print from packed where article = ?"
        packed: bytes = self._connection.execute(query, (article,)).fetchone()[0]
        return packed

    def __setitem__(self, article: int, packed: bytes) -> None:
        self._connection.execute("insert into packed values (?, ?)", (article, packed))

    def __delitem__(self, article: int) -> None:
        self._connection.execute("delete from packed where article = ?", (article,))

    def __iter__(self) -> Iterator[int]:
        return (row[0] for row in self._connection.execute("select article from packed"))

    def __len__(self) -> int:
        return int(self._connection.execute("select count(*) from packed").fetchone()[0])

    def close(self) -> None:
        self._connection.close()


def articles(file: Path) -> Iterator[Fingerprint]:
    """Yield random fingerprints without end, as large as those of the texts of a file."""
    rng = np.random.default_rng(1)
    sizes = [len(record.fingerprint().shingles) for record in islice(lines(file), SAMPLED_TEXTS)]
    for size in cycle(sizes):
        signature, shingles = _hashes(rng, PERMUTATIONS), np.unique(_hashes(rng, size))
        words, title_words, term_words = (
            rng.integers(1 << 16, size=count, dtype=np.uint16)
            for count in (size, TITLE_WORDS_PER_TEXT, TERMS_PER_TEXT)
        )
        text_hash = int(rng.integers(1 << 63))
        yield Fingerprint(signature, shingles, words, title_words, term_words, words[:0], text_hash)


def _hashes(rng: np.random.Generator, count: int) -> Hashes32:
    return rng.integers(1 << 32, size=count, dtype=np.uint32)


def resident_bytes() -> int:
    """Return the resident memory of this process in bytes, as Linux counts it."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def measure(file: Path, folder: Path) -> Iterator[Row]:
    packed = FingerprintFile(folder / "fingerprints.db")
    stream, fingerprints = Stream(packed), articles(file)
    next(fingerprints)  # reads the file
    gc.collect()
    before = resident_bytes()
    last_size, last_grown = 0, 0
    for size in SIZES:
        for _ in range(size - last_size):
            stream.add(next(fingerprints))
        gc.collect()
        grown = resident_bytes() - before
        yield {
            "articles": size,
            "groups": len(set(stream.groups())),
            "bytes per article": round(grown / size),
            "of which postings": round(stream.index.nbytes / size),
            "bytes per further article": round((grown - last_grown) / (size - last_size)),
        }
        last_size, last_grown = size, grown
    packed.close()


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--file", default="background_en.jsonl.gz")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        show(measure(args.data / args.file, Path(folder)), args.json)


if __name__ == "__main__":
    main()
