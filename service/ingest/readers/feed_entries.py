"""Turn the entries of a feed into records: their addresses and identities.

The identity of an entry is its address, so that a feed, a sitemap and a crawler agree on it. A guid
is unique only within its feed. It identifies an entry without an address, and entries that share
one, such as notices that all link to one page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from service.common import date_order, dates
from service.common.date_order import DateOrder
from service.ingest.feed_entry_id import FeedEntryId, identify_entry
from service.ingest.parsing import urls
from service.ingest.readers import ambiguous_dates
from service.ingest.readers.items import Extent, Record, UnreadableRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What identifies a feed; a part that is unknown is empty."""

    name: str
    """The source, as shown."""
    address: str = ""
    """Where it was requested, or else what it says of its own address."""
    base_url: str = ""
    """What relative addresses refer to."""
    site: str = ""
    """Address of the site that it belongs to."""
    title: str = ""

    @property
    def scope(self) -> str:
        """Names the feed, the same each time it is read."""
        return _canonical(self.address) or "\n".join((self.site, self.title)).strip() or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as the feed holds it; a part that is missing is empty."""

    guid: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    extent: Extent = "summary"
    dates: tuple[str, ...] = ()
    """Of publication and of the last change, best first."""
    source: str = ""
    language: str = ""


def build_records(
    entries: Mapping[int, Entry | str], feed: Feed
) -> Iterator[Record | UnreadableRecord]:
    """Yield a record for each entry of a feed, in order.

    Parameters
    ----------
    entries : dict
        All entries by their numbers in the feed; or why one cannot be read.
    feed : Feed
    """
    readable = {number: entry for number, entry in entries.items() if isinstance(entry, Entry)}
    addresses = {number: _resolve(entry, feed) for number, entry in readable.items()}
    shared = _shared_addresses(readable, addresses, feed)
    order = date_order.find_order(date for entry in readable.values() for date in entry.dates)
    for number, entry in entries.items():
        if isinstance(entry, str):
            yield UnreadableRecord(f"{feed.name}:{number}", entry)
        elif entry.title or entry.text:
            url = addresses[number]
            yield _build_record(number, entry, feed, url, _canonical(url) in shared, order)
        else:
            yield UnreadableRecord(f"{feed.name}:{number}", "an entry without title and text")


def _build_record(
    number: int,
    entry: Entry,
    feed: Feed,
    url: str,
    shares_address: bool,
    order: DateOrder | None,
) -> Record:
    feed_entry = _identify(entry, feed, url)
    own_id = feed_entry.article_id if feed_entry else ""
    article = {
        "id": "" if url and not shares_address else own_id,
        "url": url,
        "title": entry.title,
        "text": entry.text,
        "published_at": _best_date(entry.dates),
        "source": entry.source or feed.title,
        "language": entry.language,
    }
    fields: dict[str, object] = {field: value for field, value in article.items() if value}
    is_left_out = bool(entry.link) and not url
    warnings = ambiguous_dates.resolve(fields, "published_at", order)
    if is_left_out:
        warnings += (f"link: not a web address, left out: {entry.link!r}",)
    origin = f"{feed.name}:{number}"
    return Record(origin, fields, entry.extent, warnings, shares_address, feed_entry)


def resolve_url(link: str, base_url: str) -> str:
    """Return the absolute web address of a link, or "" if it has none."""
    try:
        url = urljoin(base_url, link.strip())
        return url if _canonical(url) else ""
    except ValueError:  # for example an unclosed bracket
        return ""


def _resolve(entry: Entry, feed: Feed) -> str:
    """The address of an entry; a guid that is a web address counts as one."""
    base_url = feed.base_url or feed.address or feed.site
    return (entry.link and resolve_url(entry.link, base_url)) or resolve_url(entry.guid, "")


def _shared_addresses(
    entries: Mapping[int, Entry], addresses: Mapping[int, str], feed: Feed
) -> set[str]:
    """Canonical addresses that do not identify an entry of the feed."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for number, entry in entries.items():
        names[_canonical(addresses[number])].add(entry.guid or entry.title)
    names.pop("", None)
    site = _canonical(feed.site)
    return {
        address
        for address, entry_names in names.items()
        if len(entry_names) > 1 or address == site or urls.is_front_page(address)
    }


def _identify(entry: Entry, feed: Feed, url: str) -> FeedEntryId | None:
    """An id that is unique beyond the feed, or None if only the text identifies the entry."""
    name = entry.guid or (entry.link and f"{entry.link}\n{entry.title}")
    if not name:
        return None
    is_guid = bool(entry.guid) and not urls.is_same_address(entry.guid, url)
    return identify_entry(feed.scope, name, is_guid=is_guid)


def _canonical(url: str) -> str:
    try:
        return urls.canonicalise(url) if url else ""
    except ValueError:
        return ""


def _best_date(candidates: Sequence[str]) -> str:
    """The first date that can be read; otherwise the first one, for validation to quote."""
    for candidate in candidates:
        try:
            dates.parse(candidate)
        except ValueError:
            continue
        return candidate
    return next(iter(candidates), "")
