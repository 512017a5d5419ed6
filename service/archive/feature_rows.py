"""Rows of a data frame as the features that clustering takes."""

from __future__ import annotations

import math
from typing import Any

from clustering.types import Features


def to_features(row: dict[str, Any]) -> Features:
    """Return the features in a row with the columns of `read_articles.FEATURE_COLUMNS`."""
    published = row["published"]
    is_known = published is not None and not math.isnan(published)
    return Features(
        language=row["language"],
        fingerprint=row["fingerprint"],
        terms=row.get("terms") or b"",
        published=published if is_known else None,
        source=row["source"],
        words=row["words"],
        wire_agency=row.get("wire_agency"),
        date_only=row["date_only"],
    )
