"""Which files there are to read, and opening them."""

from __future__ import annotations

import errno
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO, cast

from service.readers.formats import READERS, Format, Reading, Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SUFFIXES: Final[dict[str, Format]] = {
    ".txt": "txt",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".html": "html",
    ".htm": "html",
}
# A line of JSON ends at a line feed only, and the csv module wants line ends untouched.
_NEWLINES: Final[dict[Format, str | None]] = {
    "txt": None,
    "html": None,
    "json": None,
    "jsonl": "\n",
    "csv": "",
}

Meter = Callable[[int], None]


class UnknownFormatError(ValueError):
    """Nothing tells what is in a file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or standard input where `path` is None."""

    path: Path | None
    format: Format

    @property
    def name(self) -> str:
        """What origins call it."""
        # The name of a file may be any bytes, and is shown where only text can be.
        return "<stdin>" if self.path is None else os.fsencode(self.path).decode(errors="replace")

    @property
    def size(self) -> int | None:
        """Bytes to read; None if there is no telling."""
        return self.path.stat().st_size if self.path and self.path.is_file() else None


def find(names: Sequence[str], forced: Format | None = None) -> Iterator[Source]:
    """Turn what was typed into sources: files, whole folders, "-" for standard input.

    Of a folder every file with a known suffix is taken, in order of path, hidden ones left out.

    Parameters
    ----------
    names : sequence of str
    forced : Format, optional
        What the files hold, whatever they are called.

    Raises
    ------
    FileNotFoundError
    UnknownFormatError
    """
    for name in names:
        if name == "-":
            yield Source(None, forced or "jsonl")
        elif Path(name).is_dir():
            yield from _walk(Path(name), forced)
        else:
            yield _single(Path(name), forced)


def read(source: Source, meter: Meter = lambda _: None) -> Iterator[Reading]:
    """Yield every article of a source, and whatever could not be made out.

    Parameters
    ----------
    source : Source
    meter : callable
        Told of every portion that was read, in bytes as they are on the disk.
    """
    try:
        with _open(source, meter) as stream:
            yield from READERS[source.format](stream, source.name)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield Unreadable(source.name, f"reading stopped: {reason}")


def _walk(folder: Path, forced: Format | None) -> Iterator[Source]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        format_ = forced or _format(path)
        if format_ and not hidden and path.is_file():
            yield Source(path, format_)


def _single(path: Path, forced: Format | None) -> Source:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or folder", str(path))
    format_ = forced or _format(path)
    if format_ is None:
        raise UnknownFormatError(
            f"{path}: can't tell what is in it; known are {', '.join(SUFFIXES)}"
            " (each also with .gz); otherwise name it by --format"
        )
    return Source(path, format_)


def _format(path: Path) -> Format | None:
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return SUFFIXES.get(plain.suffix.lower())


class _Metered(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, meter: Meter) -> None:
        super().__init__(path)
        self._meter = meter

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = super().readinto(buffer) or 0
        self._meter(count)
        return count


@contextmanager
def _open(source: Source, meter: Meter) -> Iterator[TextIO]:
    newline = _NEWLINES.get(source.format)
    if source.path is None:
        stream = _decode(sys.stdin.buffer, newline)
        yield stream
        stream.detach()  # or standard input would be closed along with it
        return
    with io.BufferedReader(_Metered(source.path, meter)) as file:
        if source.path.suffix.lower() == ".gz":
            with gzip.open(file) as unpacked:
                yield _decode(cast(BinaryIO, unpacked), newline)
        else:
            yield _decode(file, newline)


def _decode(file: BinaryIO, newline: str | None) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=newline)
