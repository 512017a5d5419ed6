"""Find the files and addresses to read, open them, and choose the reader."""

from __future__ import annotations

import errno
import gzip
import io
import logging
import os
import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast
from urllib.parse import urljoin, urlsplit

from service.common.missing_extra import MissingExtraError
from service.ingest.readers import fetch
from service.ingest.readers.feeds import read_feed
from service.ingest.readers.fetch import FetchError, FetchResult
from service.ingest.readers.items import (
    Format,
    ReaderItem,
    ReaderNote,
    SitemapRef,
    UnreadableRecord,
)
from service.ingest.readers.parquet import read_parquet
from service.ingest.readers.text_formats import TEXT_READERS
from service.ingest.readers.warc import read_web_archive

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LOGGER: Final = logging.getLogger(__name__)

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
_SELF_DECOMPRESSING: Final = frozenset({"warc", "parquet"})
"""Formats whose readers decompress by themselves: each record of a web archive is compressed."""
_URL_SCHEMES: Final = ("http://", "https://")
_MAX_SITEMAP_DEPTH: Final = 2
"""Levels of sitemap indexes; deeper ones are skipped, so that a cycle of indexes ends."""
_MAX_SITEMAPS: Final = 100
"""Sitemaps that are read from one index; the rest are skipped, to bound the requests to a site."""

MAX_UNREADABLE_IN_A_ROW: Final = 10_000
"""Unreadable records in a row after which the rest of a source is taken for nonsense too."""

BytesReadCallback = Callable[[int], None]


class UnknownFormatError(ValueError):
    """The format of a source is unknown or not supported; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, an address, or standard input (without path and address)."""

    path: Path | None
    format: Format
    url: str | None = None
    fetched: FetchResult | None = None
    """The content of the address, once it has been fetched."""
    depth: int = 0
    """Number of sitemap indexes above this source."""

    @property
    def name(self) -> str:
        """The name to show, and the first part of each record's origin."""
        if self.url is not None:
            return self.url
        # A file name may be any bytes, but only text can be shown.
        return "<stdin>" if self.path is None else os.fsencode(self.path).decode(errors="replace")

    @property
    def source_key(self) -> str | None:
        """Name of the source in checkpoints; None if it cannot be read again, as standard input."""
        if self.path is None or not self.path.is_file():
            return self.url
        return os.fsencode(self.path.resolve()).decode(errors="backslashreplace")

    @property
    def size(self) -> int | None:
        """Bytes to read; None if that is unknown."""
        return self.path.stat().st_size if self.path and self.path.is_file() else None

    @property
    def version_tag(self) -> str:
        """Differs when the content differs: size and modification time, or the fetched version."""
        if self.fetched is not None:
            return self.fetched.version_tag
        if self.path is None:
            return ""
        status = self.path.stat()
        return f"{status.st_size}:{status.st_mtime_ns}"


def find_sources(names: Sequence[str], forced_format: Format | None = None) -> Iterator[Source]:
    """Yield the sources that command line arguments name.

    Parameters
    ----------
    names : sequence of str
        Files, folders, addresses, or "-" for standard input. A folder yields every file with a
        known suffix, in order of path, except hidden ones.
    forced_format : Format, optional
        Format of all files, whatever their suffixes. Standard input is JSON lines without it.

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
    """Yield the items of a source; the sitemaps that an index lists are fetched and read too.

    Parameters
    ----------
    source : Source
    on_bytes_read : callable
        Called after each read with the number of bytes, as they are on the disk.
    """
    for item in iter_items(source, on_bytes_read):
        if isinstance(item, SitemapRef):
            child = open_sitemap(source, item)
            yield from read_source(child, on_bytes_read) if isinstance(child, Source) else (child,)
        else:
            yield item


def iter_items(
    source: Source, on_bytes_read: BytesReadCallback = lambda _: None
) -> Iterator[ReaderItem]:
    """Yield the items of a source; for a sitemap index the references, to be opened later."""
    try:
        fetched = _ensure_fetched(source)
        # The reader is closed before its file.
        with (
            _open_source(fetched, on_bytes_read) as file,
            closing(_read_format(file, fetched)) as items,
        ):
            yield from _stop_at_nonsense(_limit_sitemaps(items, source.name), source.name)
    except (FetchError, MissingExtraError) as error:
        yield UnreadableRecord(source.name, str(error), is_fatal=True)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield UnreadableRecord(source.name, f"reading stopped: {reason}", is_fatal=True)
    except Exception as error:  # whatever is wrong with one source, the others are read
        _LOGGER.debug("reading %s failed", source.name, exc_info=True)
        yield UnreadableRecord(source.name, f"reading failed: {error!r}", is_fatal=True)


def fetch_source(source: Source, known_version_tag: str | None = None) -> Source | None:
    """Return the source with its content fetched, or None if it is still the known version.

    Files need no fetching.

    Raises
    ------
    FetchError
    OSError
    """
    if source.url is None:
        return None if source.version_tag == known_version_tag else source
    fetched = source.fetched or fetch.fetch(source.url, known_version_tag)
    return replace(source, fetched=fetched) if fetched else None


def open_sitemap(source: Source, ref: SitemapRef) -> Source | ReaderNote:
    """Return the sitemap that an index lists, or a note why it is skipped."""
    if source.url is None:
        return ReaderNote(ref.origin, f"a sitemap index; to read this sitemap, pass {ref.url}")
    url = urljoin(source.url, ref.url)
    # The sitemap protocol allows only addresses on the same host.
    if urlsplit(url).netloc.lower() != urlsplit(source.url).netloc.lower():
        return ReaderNote(ref.origin, f"sitemap on another host, skipped: {url}")
    if source.depth >= _MAX_SITEMAP_DEPTH:
        return ReaderNote(ref.origin, f"sitemap indexes nested too deeply, skipped: {url}")
    return Source(None, "feed", url, depth=source.depth + 1)


def _ensure_fetched(source: Source) -> Source:
    return fetch_source(source) or source


def _read_format(file: BinaryIO, source: Source) -> Generator[ReaderItem]:
    match source.format:
        case "feed":
            yield from _read_fetched_feed(file, source)
        case "warc":
            yield from read_web_archive(file, source.name)
        case "parquet":
            yield from read_parquet(file, source.name)
        case text:
            yield from TEXT_READERS[text](file, source.name)


def _read_fetched_feed(file: BinaryIO, source: Source) -> Iterator[ReaderItem]:
    if source.fetched is None:
        return read_feed(file, source.name)
    return read_feed(
        file,
        source.name,
        address=source.url or "",
        base_url=source.fetched.url,
        content_type=source.fetched.content_type,
    )


def _limit_sitemaps(items: Iterator[ReaderItem], name: str) -> Iterator[ReaderItem]:
    sitemap_numbers = count(1)
    for item in items:
        if not isinstance(item, SitemapRef) or next(sitemap_numbers) <= _MAX_SITEMAPS:
            yield item
        else:
            yield ReaderNote(name, f"only the first {_MAX_SITEMAPS} sitemaps are read")
            return


def _stop_at_nonsense(items: Iterator[ReaderItem], name: str) -> Iterator[ReaderItem]:
    unreadable_in_a_row = 0
    for item in items:
        yield item
        is_unreadable = isinstance(item, UnreadableRecord)
        unreadable_in_a_row = unreadable_in_a_row + 1 if is_unreadable else 0
        if unreadable_in_a_row == MAX_UNREADABLE_IN_A_ROW:
            reason = f"stopped after {unreadable_in_a_row:,} unreadable records in a row"
            yield UnreadableRecord(name, reason, is_fatal=True)
            return


def _url_source(url: str, forced_format: Format | None) -> Source:
    if forced_format not in (None, "feed"):
        raise UnknownFormatError(f"{url}: only feeds and sitemaps can be read from an address")
    return Source(None, "feed", url)


def _folder_sources(folder: Path, forced_format: Format | None) -> Iterator[Source]:
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        format_ = forced_format or _detect_format(path)
        if format_ and not is_hidden and path.is_file():
            yield Source(path, format_)


def _file_source(path: Path, forced_format: Format | None) -> Source:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or folder", str(path))
    format_ = forced_format or _detect_format(path)
    if format_ is None:
        raise UnknownFormatError(
            f"{path}: unknown format; the known suffixes are {', '.join(FORMAT_BY_SUFFIX)}"
            " (each also with .gz); for other names use --format"
        )
    return Source(path, format_)


def _detect_format(path: Path) -> Format | None:
    uncompressed = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return FORMAT_BY_SUFFIX.get(uncompressed.suffix.lower())


class _MeteredFile(io.FileIO):
    """A file that reports how many bytes are read."""

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
