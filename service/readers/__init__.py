"""Files of articles: where they are, what is in them, and what is good in that.

`sources` and `formats` only unpack. Whether an article is a good one is judged by
`service.submission`, for files just as for HTTP, so that both accept the same.
"""

from service.readers.accepting import Found, Report, accept
from service.readers.formats import Format, Note, Reading, Record, Unreadable
from service.readers.sources import Source, UnknownFormatError, find, read

__all__ = [
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
    "find",
    "read",
]
