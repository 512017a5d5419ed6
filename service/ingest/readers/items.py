"""The items that readers yield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.ingest.feed_entry_id import FeedEntryId

Format = Literal["txt", "jsonl", "json", "csv", "html", "feed", "warc", "parquet"]

Extent = Literal["whole", "content", "summary"]
"""How much of an article a source gives: all of it, a feed's content, which may be cut off, or a
feed's summary, which usually is."""


@dataclass(frozen=True, slots=True)
class Record:
    """One article as the source holds it, not validated yet.

    Attributes
    ----------
    origin : str
        Where it begins: ``file:line``.
    article : object
        The decoded value, as in a JSON request body; a valid article is a dict.
    extent : Extent
        How much of the text it may hold. An excerpt never replaces a longer text.
    warnings : tuple of str
        What the reader replaced or left out.
    shares_address : bool
        Whether other articles have the same address, so that it does not identify this one.
    feed_entry : FeedEntryId or None
        What its feed calls it, if it is an entry of a feed.
    """

    origin: str
    article: object
    extent: Extent = "whole"
    warnings: tuple[str, ...] = ()
    shares_address: bool = False
    feed_entry: FeedEntryId | None = None


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that cannot be read.

    Attributes
    ----------
    origin : str
        Where it begins, or the name of the source.
    reason : str
    is_fatal : bool
        Whether the rest of the source cannot be read either.
    """

    origin: str
    reason: str
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A record that holds no article, such as the picture in a web archive."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReaderNote:
    """A message about the source; no article is lost."""

    origin: str
    message: str


@dataclass(frozen=True, slots=True)
class SitemapRef:
    """Address of a sitemap that a sitemap index lists."""

    origin: str
    url: str


ReaderItem = Record | UnreadableRecord | PassedOver | ReaderNote | SitemapRef
