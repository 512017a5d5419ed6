"""Memory that finding duplicates takes for each live article, as the operating system counts it.

One process indexes articles with no shingle in common: those of a file again and again, with every
third word changed each time. Fingerprints for verification lie in a file, as in the service. What
does not grow with the articles (the cache of fingerprints, entries not yet frozen) is in the
figures, so they fall as articles grow in number; the last column leaves it out.
"""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator, MutableMapping
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.records import Record, lines
from benchmarks.report import Row, options, show
from benchmarks.stream import Stream
from clustering.fingerprints import Fingerprint, fingerprint

SIZES = (20_000, 50_000, 100_000)
WARM_UP = 500
"""Texts fingerprinted before the first count, so that tables and buffers are there already."""


class OnDisk(MutableMapping[int, bytes]):
    """Packed fingerprints in a file."""

    def __init__(self, file: Path) -> None:
        self._file = sqlite3.connect(file)
        self._file.execute("create table packed (article integer primary key, print blob)")

    def __getitem__(self, article: int) -> bytes:
        query = "select print from packed where article = ?"
        found: bytes = self._file.execute(query, (article,)).fetchone()[0]
        return found

    def __setitem__(self, article: int, packed: bytes) -> None:
        self._file.execute("insert into packed values (?, ?)", (article, packed))

    def __delitem__(self, article: int) -> None:
        self._file.execute("delete from packed where article = ?", (article,))

    def __iter__(self) -> Iterator[int]:
        return (row[0] for row in self._file.execute("select article from packed"))

    def __len__(self) -> int:
        return int(self._file.execute("select count(*) from packed").fetchone()[0])

    def close(self) -> None:
        self._file.close()


def articles(file: Path) -> Iterator[Fingerprint]:
    """Fingerprints without end; no two share a shingle because they are of one article."""
    return (_changed(record, again) for again in count() for record in lines(file))


def _changed(record: Record, again: int) -> Fingerprint:
    words = record.body.split()
    words[::3] = [f"{word}{again}x" for word in words[::3]]
    return fingerprint(" ".join(words), record.fields["url"], record.fields["source"])


def resident() -> int:
    """Bytes of memory this process has, by the kernel's count (Linux)."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def measure(file: Path, folder: Path) -> Iterator[Row]:
    packed = OnDisk(folder / "fingerprints.db")
    stream, arriving = Stream(packed), articles(file)
    for _ in range(WARM_UP):
        next(arriving)
    gc.collect()
    before = resident()
    done, taken = 0, 0
    for size in SIZES:
        for _ in range(size - done):
            stream.add(next(arriving))
        gc.collect()
        grown = resident() - before
        yield {
            "articles": size,
            "groups": len(set(stream.groups())),
            "bytes per article": round(grown / size),
            "of which postings": round(stream.index.nbytes / size),
            "bytes per further article": round((grown - taken) / (size - done)),
        }
        done, taken = size, grown
    packed.close()


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--file", default="background_en.jsonl.gz")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        show(measure(args.data / args.file, Path(folder)), args.json)


if __name__ == "__main__":
    main()
