"""Map the field names of crawlers and feeds to the fields of this service.

Supported are news-please, Fundus, newspaper4k, trafilatura, feedparser, Miniflux, Media Cloud,
Event Registry and schema.org (JSON-LD), and any other source that uses their names. Nothing is
validated here: a value of a wrong type is passed on, so that the error can name its original field.
"""

from service.ingest.parsing.field_mapping.aliases import FIELDS, field_of
from service.ingest.parsing.field_mapping.mapping import FieldMapping, map_fields
from service.ingest.parsing.field_mapping.schema_org import list_articles

__all__ = ["FIELDS", "FieldMapping", "field_of", "list_articles", "map_fields"]
