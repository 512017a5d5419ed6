"""Media types of requests and responses."""

from __future__ import annotations

from typing import Final

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"
NDJSON: Final = "application/x-ndjson"
NDJSON_TYPES: Final = frozenset(
    {
        *(NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonl"),
        *("application/jsonlines", "application/x-jsonlines", "application/json-lines"),
    }
)
"""All media types that are accepted for lines of JSON; none is registered."""


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON, or built upon it, such as ``application/ld+json``."""
    return media_type == JSON or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
