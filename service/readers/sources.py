"""Which files and addresses there are to read, and opening them."""

from __future__ import annotations

import errno
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast
from urllib.parse import urljoin, urlsplit

from service.readers import fetching
from service.readers.archives import archive
from service.readers.feeds import feed
from service.readers.fetching import Fetched, FetchError
from service.readers.formats import READERS, Elsewhere, Format, Note, Reading, Text, Unreadable
from service.readers.parquet import parquet

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
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".warc": "warc",
    ".arc": "warc",
    ".parquet": "parquet",
}
# A line of JSON ends at a line feed only, and the csv module wants line ends untouched.
_NEWLINES: Final[dict[Text, str | None]] = {
    "txt": None,
    "html": None,
    "json": None,
    "jsonl": "\n",
    "csv": "",
}
# These unpack what they read by themselves: the members of a web archive one by one.
_UNPACKING: Final = frozenset({"warc", "parquet"})
_WEB: Final = ("http://", "https://")
_DEEPEST: Final = 2
_MOST: Final = 100
"""Sitemaps that are followed out of one index, and indexes above one another."""

Meter = Callable[[int], None]


class UnknownFormatError(ValueError):
    """Nothing tells what is in a file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or an address, or standard input where it is neither."""

    path: Path | None
    format: Format
    address: str | None = None
    fetched: Fetched | None = None
    """What stood at the address, once it was fetched."""
    depth: int = 0
    """Indexes that led to it."""

    @property
    def name(self) -> str:
        """What origins call it."""
        if self.address is not None:
            return self.address
        # The name of a file may be any bytes, and is shown where only text can be.
        return "<stdin>" if self.path is None else os.fsencode(self.path).decode(errors="replace")

    @property
    def place(self) -> str | None:
        """The same for everybody who reads it again; None if nobody can."""
        if self.path is None or not self.path.is_file():
            return self.address
        return os.fsencode(self.path.resolve()).decode(errors="backslashreplace")

    @property
    def size(self) -> int | None:
        """Bytes to read; None if there is no telling."""
        return self.path.stat().st_size if self.path and self.path.is_file() else None

    @property
    def edition(self) -> str:
        """Tells what it holds from what it holds another time."""
        if self.fetched is not None:
            return self.fetched.edition
        if self.path is None:
            return ""
        state = self.path.stat()
        return f"{state.st_size}:{state.st_mtime_ns}"


def find(names: Sequence[str], forced: Format | None = None) -> Iterator[Source]:
    """Turn what was typed into sources: files, whole folders, addresses, "-" for standard input.

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
        elif name.lower().startswith(_WEB):
            yield _web(name, forced)
        elif Path(name).is_dir():
            yield from _walk(Path(name), forced)
        else:
            yield _single(Path(name), forced)


def read(source: Source, meter: Meter = lambda _: None) -> Iterator[Reading]:
    """Yield every article of a source, and whatever could not be made out.

    What an index of sitemaps names is fetched and read in its place.

    Parameters
    ----------
    source : Source
    meter : callable
        Told of every portion that was read, in bytes as they are on the disk.
    """
    for reading in unfollowed(source, meter):
        if isinstance(reading, Elsewhere):
            child = follow(source, reading)
            yield from read(child, meter) if isinstance(child, Source) else (child,)
        else:
            yield reading


def unfollowed(source: Source, meter: Meter = lambda _: None) -> Iterator[Reading]:
    """Yield the same, and of an index of sitemaps where they are (see `follow`)."""
    try:
        with _open(_fetched(source), meter) as file:
            yield from _bounded(_readings(file, source), source.name)
    except FetchError as error:
        yield Unreadable(source.name, str(error), ends=True)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield Unreadable(source.name, f"reading stopped: {reason}", ends=True)


def fetch(source: Source, known: str | None = None) -> Source | None:
    """Return a source with what stands at its address; None if it is still the known edition.

    Files are there without being fetched.

    Raises
    ------
    FetchError
    OSError
    """
    if source.address is None:
        return None if source.edition == known else source
    fetched = source.fetched or fetching.fetch(source.address, known)
    return replace(source, fetched=fetched) if fetched else None


def follow(source: Source, found: Elsewhere) -> Source | Note:
    """Return the sitemap that an index names, or say why it is left out."""
    if source.address is None:
        return Note(found.origin, f"an index of sitemaps; to read it, give {found.address}")
    address = urljoin(source.address, found.address)
    # The protocol asks for the same host.
    if urlsplit(address).netloc.lower() != urlsplit(source.address).netloc.lower():
        return Note(found.origin, f"a sitemap on another host is left out: {address}")
    if source.depth >= _DEEPEST:
        return Note(found.origin, f"an index below too many others is left out: {address}")
    return Source(None, "feed", address, depth=source.depth + 1)


def _fetched(source: Source) -> Source:
    return fetch(source) or source


def _readings(file: BinaryIO, source: Source) -> Iterator[Reading]:
    match source.format:
        case "feed":
            return feed(file, source.name)
        case "warc":
            return archive(file, source.name)
        case "parquet":
            return parquet(file, source.name)
        case text:
            return _text(file, text, source.name)


def _text(file: BinaryIO, format_: Text, name: str) -> Iterator[Reading]:
    newline = _NEWLINES[format_]
    stream = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=newline)
    try:
        yield from READERS[format_](stream, name)
    finally:
        stream.detach()  # or the file, standard input even, would be closed along with it


def _bounded(readings: Iterator[Reading], name: str) -> Iterator[Reading]:
    places = count(1)
    for reading in readings:
        if not isinstance(reading, Elsewhere) or next(places) <= _MOST:
            yield reading
        else:
            yield Note(name, f"only the first {_MOST} sitemaps of it are read")
            return


def _web(name: str, forced: Format | None) -> Source:
    if forced not in (None, "feed"):
        raise UnknownFormatError(f"{name}: only feeds and sitemaps are read from an address")
    return Source(None, "feed", name)


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
def _open(source: Source, meter: Meter) -> Iterator[BinaryIO]:
    if source.fetched is not None:
        yield io.BytesIO(source.fetched.content)
    elif source.path is None:
        yield sys.stdin.buffer
    else:
        with io.BufferedReader(_Metered(source.path, meter)) as file:
            if source.path.suffix.lower() == ".gz" and source.format not in _UNPACKING:
                with gzip.open(file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield file
