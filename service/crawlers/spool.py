"""The items that the service has not answered yet, on disk and in order."""

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


_MAX_CRAWLERS: Final = 100


class SpoolError(OSError):
    """The spool can't be used; the message names the file."""


class _SpoolInUseError(Exception):
    """Another crawler has the file open."""


class SpoolEntry(NamedTuple):
    """One item on its way."""

    number: int
    content: bytes
    failures: int


def open_spool(path: Path) -> Spool:
    """Open a spool that no other crawler has open.

    Crawlers of one name that run side by side get a file each: ``news.db``, ``news-2.db`` and so
    on. One that was left behind with lines in it is taken before an empty one.

    Parameters
    ----------
    path : Path
        The first of the files.

    Raises
    ------
    SpoolError
        If a file can't be written, or too many crawlers are at work.
    """
    empty: Spool | None = None
    for candidate in _candidate_paths(path):
        if empty is not None and not candidate.exists():
            return empty
        try:
            found = Spool(candidate)
        except _SpoolInUseError:
            continue
        if len(found):
            if empty is not None:
                empty.close()
            return found
        if empty is None:
            empty = found
        else:
            found.close()
    if empty is None:
        raise SpoolError(f"STORYFOLD_SPOOL: {path}: {_MAX_CRAWLERS} crawlers use it already")
    return empty


def _candidate_paths(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, _MAX_CRAWLERS + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


class Spool:
    """A file of lines, to which one crawler at a time writes.

    A line survives the end of the process once `add` has returned. That it was delivered survives
    a power cut too: what was delivered is never sent after what came behind it.

    Parameters
    ----------
    path : Path

    Raises
    ------
    SpoolError
        If the file can't be written.
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
        """Append a line; return its number."""
        with self._lock:
            number = self._connection.execute(
                "INSERT INTO waiting (line) VALUES (?)", (line,)
            ).lastrowid
        assert number is not None  # noqa: S101  an insertion has one
        return number

    def __len__(self) -> int:
        with self._lock:
            (count,) = self._connection.execute("SELECT count(*) FROM waiting").fetchone()
        return int(count)

    def oldest(self, limit: int, identities_of: Callable[[bytes], set[str]]) -> list[SpoolEntry]:
        """Return the lines to send next.

        Parameters
        ----------
        limit : int
        identities_of : callable
            What an article may be known by. No two lines have one in common: sent again after an
            answer was lost, an older version would go over the newer one behind it.
        """
        query = "SELECT number, line, failures FROM waiting ORDER BY number LIMIT ?"
        with self._lock:
            rows = self._connection.execute(query, (limit,)).fetchall()
        lines: list[SpoolEntry] = []
        seen: set[str] = set()
        for line in map(SpoolEntry._make, rows):
            known = identities_of(line.content)
            if seen & known:
                break
            seen |= known
            lines.append(line)
        return lines

    def record_outcomes(
        self,
        delivered: Iterable[int] = (),
        refused: Iterable[tuple[int, str]] = (),
        failed: Iterable[int] = (),
    ) -> None:
        """Write down what became of lines, on disk when it returns."""
        refused = list(refused)
        gone = [(number,) for number in [*delivered, *(number for number, _ in refused)]]
        with self._lock:
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO refused SELECT number, line, ? FROM waiting WHERE number = ?",
                [(reason, number) for number, reason in refused],
            )
            self._connection.executemany("DELETE FROM waiting WHERE number = ?", gone)
            self._connection.executemany(
                "UPDATE waiting SET failures = failures + 1 WHERE number = ?",
                [(number,) for number in failed],
            )
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        file.execute("PRAGMA locking_mode = EXCLUSIVE")
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} COMMIT")
    except sqlite3.Error:
        file.close()
        raise
    return file
