"""Media type constants."""

from __future__ import annotations

from typing import Final

JSON: Final = "application/json"


NDJSON: Final = "application/x-ndjson"


NDJSON_TYPES: Final = frozenset(
    {NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
