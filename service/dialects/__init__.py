"""The field names of the trade: an article as its crawler writes it, in this service's own fields.

Known are news-please, Fundus, newspaper4k, trafilatura, feedparser, Miniflux, Media Cloud, Event
Registry and schema.org (JSON-LD); and whatever else uses their names. Nothing is judged here: a
value of a wrong type is handed on, to be refused by the name it came under.
"""

from service.dialects.names import FIELDS, field_of
from service.dialects.translation import Translation, translate

__all__ = ["FIELDS", "Translation", "field_of", "translate"]
