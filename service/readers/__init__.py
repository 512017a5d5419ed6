"""Files of articles, archives and feeds: where they are, what is in them, what is good in that.

`sources`, `formats` and those for one kind of file only unpack. Whether an article is a good one is
judged by `service.submission`, for files just as for HTTP, so that both accept the same.
"""

from service.readers.accepting import Found, Report, accept
from service.readers.fetching import FetchError
from service.readers.formats import Elsewhere, Format, Note, Reading, Record, Unreadable
from service.readers.sources import (
    Source,
    UnknownFormatError,
    fetch,
    find,
    follow,
    read,
    unfollowed,
)

__all__ = [
    "Elsewhere",
    "FetchError",
    "Format",
    "Found",
    "Note",
    "Reading",
    "Record",
    "Report",
    "Source",
    "UnknownFormatError",
    "Unreadable",
    "accept",
    "fetch",
    "find",
    "follow",
    "read",
    "unfollowed",
]
