"""Media types of requests and responses."""

from __future__ import annotations

from typing import Final

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
NDJSON_TYPES: Final = frozenset(
    {NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
"""All media types that are accepted for lines of JSON; none is registered."""
