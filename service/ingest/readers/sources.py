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

from service.ingest.readers import fetch
from service.ingest.readers.feeds import read_feed
from service.ingest.readers.fetch import FetchError, FetchResult
from service.ingest.readers.parquet import read_parquet
from service.ingest.readers.text_formats import (
    TEXT_READERS,
    Format,
    Note,
    ReaderItem,
    SitemapRef,
    TextFormat,
    Unreadable,
)
from service.ingest.readers.warc import read_web_archive

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FORMAT_BY_SUFFIX: Final[dict[str, Format]] = {
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
_NEWLINES: Final[dict[TextFormat, str | None]] = {
    "txt": None,
    "html": None,
    "json": None,
    "jsonl": "\n",
    "csv": "",
}
# These unpack what they read by themselves: the members of a web archive one by one.
_SELF_DECOMPRESSING: Final = frozenset({"warc", "parquet"})
_URL_SCHEMES: Final = ("http://", "https://")
_MAX_SITEMAP_DEPTH: Final = 2
_MAX_SITEMAPS: Final = 100
"""Sitemaps that are followed out of one index, and indexes above one another."""

BytesReadCallback = Callable[[int], None]


class UnknownFormatError(ValueError):
    """Nothing tells what is in a file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or an address, or standard input where it is neither."""

    path: Path | None
    format: Format
    url: str | None = None
    fetched: FetchResult | None = None
    """What stood at the address, once it was fetched."""
    depth: int = 0
    """Indexes that led to it."""

    @property
    def name(self) -> str:
        """What origins call it."""
        if self.url is not None:
            return self.url
        # The name of a file may be any bytes, and is shown where only text can be.
        return "<stdin>" if self.path is None else os.fsencode(self.path).decode(errors="replace")

    @property
    def source_key(self) -> str | None:
        """The same for everybody who reads it again; None if nobody can."""
        if self.path is None or not self.path.is_file():
            return self.url
        return os.fsencode(self.path.resolve()).decode(errors="backslashreplace")

    @property
    def size(self) -> int | None:
        """Bytes to read; None if there is no telling."""
        return self.path.stat().st_size if self.path and self.path.is_file() else None

    @property
    def version_tag(self) -> str:
        """Tells what it holds from what it holds another time."""
        if self.fetched is not None:
            return self.fetched.version_tag
        if self.path is None:
            return ""
        state = self.path.stat()
        return f"{state.st_size}:{state.st_mtime_ns}"


def find_sources(names: Sequence[str], forced_format: Format | None = None) -> Iterator[Source]:
    """Turn what was typed into sources: files, whole folders, addresses, "-" for standard input.

    Of a folder every file with a known suffix is taken, in order of path, hidden ones left out.

    Parameters
    ----------
    names : sequence of str
    forced_format : Format, optional
        What the files hold, whatever they are called.

    Raises
    ------
    FileNotFoundError
    UnknownFormatError
    """
    for name in names:
        if name == "-":
            yield Source(None, forced_format or "jsonl")
        elif name.lower().startswith(_URL_SCHEMES):
            yield _url_source(name, forced_format)
        elif Path(name).is_dir():
            yield from _folder_sources(Path(name), forced_format)
        else:
            yield _file_source(Path(name), forced_format)


def read_source(
    source: Source, on_bytes_read: BytesReadCallback = lambda _: None
) -> Iterator[ReaderItem]:
    """Yield every article of a source, and whatever could not be made out.

    What an index of sitemaps names is fetched and read in its place.

    Parameters
    ----------
    source : Source
    on_bytes_read : callable
        Told of every portion that was read, in bytes as they are on the disk.
    """
    for reading in iter_items(source, on_bytes_read):
        if isinstance(reading, SitemapRef):
            child = open_sitemap(source, reading)
            yield from read_source(child, on_bytes_read) if isinstance(child, Source) else (child,)
        else:
            yield reading


def iter_items(
    source: Source, on_bytes_read: BytesReadCallback = lambda _: None
) -> Iterator[ReaderItem]:
    """Yield the same, and of an index of sitemaps where they are (see `follow`)."""
    try:
        with _open_source(_ensure_fetched(source), on_bytes_read) as file:
            yield from _limit_sitemaps(_read_format(file, source), source.name)
    except FetchError as error:
        yield Unreadable(source.name, str(error), is_fatal=True)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield Unreadable(source.name, f"reading stopped: {reason}", is_fatal=True)


def fetch_source(source: Source, known_version_tag: str | None = None) -> Source | None:
    """Return a source with what stands at its address; None if it is still the known edition.

    Files are there without being fetched.

    Raises
    ------
    FetchError
    OSError
    """
    if source.url is None:
        return None if source.version_tag == known_version_tag else source
    fetched = source.fetched or fetch.fetch(source.url, known_version_tag)
    return replace(source, fetched=fetched) if fetched else None


def open_sitemap(source: Source, ref: SitemapRef) -> Source | Note:
    """Return the sitemap that an index names, or say why it is left out."""
    if source.url is None:
        return Note(ref.origin, f"an index of sitemaps; to read it, give {ref.url}")
    address = urljoin(source.url, ref.url)
    # The protocol asks for the same host.
    if urlsplit(address).netloc.lower() != urlsplit(source.url).netloc.lower():
        return Note(ref.origin, f"a sitemap on another host is left out: {address}")
    if source.depth >= _MAX_SITEMAP_DEPTH:
        return Note(ref.origin, f"an index below too many others is left out: {address}")
    return Source(None, "feed", address, depth=source.depth + 1)


def _ensure_fetched(source: Source) -> Source:
    return fetch_source(source) or source


def _read_format(file: BinaryIO, source: Source) -> Iterator[ReaderItem]:
    match source.format:
        case "feed":
            return read_feed(file, source.name)
        case "warc":
            return read_web_archive(file, source.name)
        case "parquet":
            return read_parquet(file, source.name)
        case text:
            return _read_text(file, text, source.name)


def _read_text(file: BinaryIO, format_: TextFormat, name: str) -> Iterator[ReaderItem]:
    newline = _NEWLINES[format_]
    stream = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=newline)
    try:
        yield from TEXT_READERS[format_](stream, name)
    finally:
        stream.detach()  # or the file, standard input even, would be closed along with it


def _limit_sitemaps(items: Iterator[ReaderItem], name: str) -> Iterator[ReaderItem]:
    places = count(1)
    for reading in items:
        if not isinstance(reading, SitemapRef) or next(places) <= _MAX_SITEMAPS:
            yield reading
        else:
            yield Note(name, f"only the first {_MAX_SITEMAPS} sitemaps of it are read")
            return


def _url_source(url: str, forced_format: Format | None) -> Source:
    if forced_format not in (None, "feed"):
        raise UnknownFormatError(f"{url}: only feeds and sitemaps are read from an address")
    return Source(None, "feed", url)


def _folder_sources(folder: Path, forced_format: Format | None) -> Iterator[Source]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        format_ = forced_format or _detect_format(path)
        if format_ and not hidden and path.is_file():
            yield Source(path, format_)


def _file_source(path: Path, forced_format: Format | None) -> Source:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or folder", str(path))
    format_ = forced_format or _detect_format(path)
    if format_ is None:
        raise UnknownFormatError(
            f"{path}: can't tell what is in it; known are {', '.join(FORMAT_BY_SUFFIX)}"
            " (each also with .gz); otherwise name it by --format"
        )
    return Source(path, format_)


def _detect_format(path: Path) -> Format | None:
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return FORMAT_BY_SUFFIX.get(plain.suffix.lower())


class _MeteredFile(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, on_bytes_read: BytesReadCallback) -> None:
        super().__init__(path)
        self._on_bytes_read = on_bytes_read

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = super().readinto(buffer) or 0
        self._on_bytes_read(count)
        return count


@contextmanager
def _open_source(source: Source, on_bytes_read: BytesReadCallback) -> Iterator[BinaryIO]:
    if source.fetched is not None:
        yield io.BytesIO(source.fetched.content)
    elif source.path is None:
        yield sys.stdin.buffer
    else:
        with io.BufferedReader(_MeteredFile(source.path, on_bytes_read)) as file:
            if source.path.suffix.lower() == ".gz" and source.format not in _SELF_DECOMPRESSING:
                with gzip.open(file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield file
