"""Files of articles, archives and feeds: where they are, what is in them, what is good in that.

`sources`, `formats` and those for one kind of file only unpack. Whether an article is a good one is
judged by `service.submission`, for files just as for HTTP, so that both accept the same.
"""

from service.ingest.readers.fetch import FetchError
from service.ingest.readers.sources import (
    Source,
    UnknownFormatError,
    fetch_source,
    find_sources,
    iter_items,
    open_sitemap,
    read_source,
)
from service.ingest.readers.text_formats import (
    Format,
    Note,
    ReaderItem,
    Record,
    SitemapRef,
    Unreadable,
)
from service.ingest.readers.validate import ParsedArticle, Reporter, parse_articles

__all__ = [
    "FetchError",
    "Format",
    "Note",
    "ParsedArticle",
    "ReaderItem",
    "Record",
    "Reporter",
    "SitemapRef",
    "Source",
    "UnknownFormatError",
    "Unreadable",
    "fetch_source",
    "find_sources",
    "iter_items",
    "open_sitemap",
    "parse_articles",
    "read_source",
]
