"""Read articles from files, archives, feeds and standard input.

`sources` finds and opens the sources, and one reader per format unpacks them. `validate` passes the
records to `service.ingest.submission`, as the HTTP API does, so that both accept the same.
"""

from service.ingest.readers.fetch import FetchError
from service.ingest.readers.items import (
    Format,
    PassedOver,
    ReaderItem,
    ReaderNote,
    Record,
    SitemapRef,
    UnreadableRecord,
)
from service.ingest.readers.sources import (
    Source,
    UnknownFormatError,
    fetch_source,
    find_sources,
    iter_items,
    open_sitemap,
    read_source,
)
from service.ingest.readers.validate import (
    ParsedArticle,
    Reporter,
    parse_articles,
    validate_record,
)

__all__ = [
    "FetchError",
    "Format",
    "ParsedArticle",
    "PassedOver",
    "ReaderItem",
    "ReaderNote",
    "Record",
    "Reporter",
    "SitemapRef",
    "Source",
    "UnknownFormatError",
    "UnreadableRecord",
    "fetch_source",
    "find_sources",
    "iter_items",
    "open_sitemap",
    "parse_articles",
    "read_source",
    "validate_record",
]
