"""The field names of the trade: an article as its crawler writes it, in this service's own fields.

Known are news-please, Fundus, newspaper4k, trafilatura, feedparser, Miniflux, Media Cloud, Event
Registry and schema.org (JSON-LD); and whatever else uses their names. Nothing is judged here: a
value of a wrong type is handed on, to be refused by the name it came under.
"""

from service.ingest.parsing.field_mapping.aliases import FIELDS, field_of
from service.ingest.parsing.field_mapping.mapping import FieldMapping, map_fields

__all__ = ["FIELDS", "FieldMapping", "field_of", "map_fields"]
