"""Durable queue of the items that are not delivered yet, in an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    line BLOB NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS refused (
    number INTEGER PRIMARY KEY, line BLOB NOT NULL, reason TEXT NOT NULL
);
"""
"""Spool files lie on users' disks, so that these names stay: there is no migration."""

_MAX_CRAWLERS: Final = 100
"""Spool files of one name, and so crawlers of one name at a time."""


class SpoolError(OSError):
    """The spool cannot be used; the message names the file."""


class _SpoolInUseError(Exception):
    """Another crawler has the file open."""


class SpoolEntry(NamedTuple):
    """One undelivered item: its position, its line of JSON, and the failed attempts."""

    number: int
    content: bytes
    failures: int


def open_spool(path: Path) -> Spool:
    """Open a spool that no other crawler has open.

    Crawlers with the same path that run at the same time get a file each: ``news.db``,
    ``news-2.db`` and so on. A file with items of an earlier crawl is preferred to an empty one.

    Parameters
    ----------
    path : Path
        The first of the files.

    Raises
    ------
    SpoolError
        If a file cannot be written, or too many crawlers use the path.
    """
    empty_spool: Spool | None = None
    for candidate in _candidate_paths(path):
        if empty_spool is not None and not candidate.exists():
            return empty_spool
        try:
            spool = Spool(candidate)
        except _SpoolInUseError:
            continue
        if len(spool):
            if empty_spool is not None:
                empty_spool.close()
            return spool
        if empty_spool is None:
            empty_spool = spool
        else:
            spool.close()
    if empty_spool is None:
        raise SpoolError(f"STORYFOLD_SPOOL: {path}: {_MAX_CRAWLERS} crawlers already use it")
    return empty_spool


def _candidate_paths(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, _MAX_CRAWLERS + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


class Spool:
    """Queue of lines of JSON in a file that one crawler has open at a time.

    A line is kept through a crash of the process once `add` has returned. A delivery is kept
    through a power cut too: a delivered line is never sent again after a later one.

    Parameters
    ----------
    path : Path

    Raises
    ------
    SpoolError
        If the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(path)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise _SpoolInUseError from None
            raise SpoolError(f"STORYFOLD_SPOOL: {path}: {error}") from None
        except (sqlite3.DatabaseError, OSError) as error:
            raise SpoolError(f"STORYFOLD_SPOOL: {path}: {error}") from None

    def add(self, line: bytes) -> int:
        """Append a line; return its position."""
        with self._lock:
            number = self._connection.execute(
                "INSERT INTO waiting (line) VALUES (?)", (line,)
            ).lastrowid
        assert number is not None  # noqa: S101  an INSERT sets it
        return number

    def __len__(self) -> int:
        with self._lock:
            (count,) = self._connection.execute("SELECT count(*) FROM waiting").fetchone()
        return int(count)

    def oldest(self, limit: int, identities_of: Callable[[bytes], set[str]]) -> list[SpoolEntry]:
        """Return the lines to send next, oldest first.

        Parameters
        ----------
        limit : int
            Maximum number of lines.
        identities_of : callable
            Returns what may identify the article of a line. No two of the returned lines share an
            identity: if a batch is sent again because its results were lost, an older version of
            an article would otherwise overwrite the newer one in the same batch.
        """
        query = "SELECT number, line, failures FROM waiting ORDER BY number LIMIT ?"
        with self._lock:
            rows = self._connection.execute(query, (limit,)).fetchall()
        entries: list[SpoolEntry] = []
        seen: set[str] = set()
        for entry in map(SpoolEntry._make, rows):
            identities = identities_of(entry.content)
            if seen & identities:
                break
            seen |= identities
            entries.append(entry)
        return entries

    def record_outcomes(
        self,
        delivered: Iterable[int] = (),
        refused: Iterable[tuple[int, str]] = (),
        failed: Iterable[int] = (),
    ) -> None:
        """Record the outcome of lines; it is on disk when the method returns."""
        refused = list(refused)
        removed = [(number,) for number in [*delivered, *(number for number, _ in refused)]]
        with self._lock:
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO refused SELECT number, line, ? FROM waiting WHERE number = ?",
                [(reason, number) for number, reason in refused],
            )
            self._connection.executemany("DELETE FROM waiting WHERE number = ?", removed)
            self._connection.executemany(
                "UPDATE waiting SET failures = failures + 1 WHERE number = ?",
                [(number,) for number in failed],
            )
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the file, so that another crawler can open it."""
        with self._lock:
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} COMMIT")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
