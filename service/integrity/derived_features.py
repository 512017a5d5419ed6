"""Features: fingerprints and terms are those of the stored texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from clustering.features.extract import extract_features
from clustering.features.fingerprint import FINGERPRINT_VERSION
from service.integrity.finding import Finding
from service.store.change_log.reanalyse import to_article
from service.store.change_log.write import feature_row
from service.store.schema import articles, features, texts

INVARIANT: Final = "features follow from the texts"
_ROWS_PER_FETCH: Final = 200
_CURRENT_FEATURES: Final = (
    select(articles, texts.c.text, features)
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .join(features, features.c.key == articles.c.key)
    .where(features.c.fingerprint_version == FINGERPRINT_VERSION, texts.c.text != "")
)


def find_outdated(connection: Connection) -> Iterator[Finding]:
    """Yield articles whose features are not those of their text: a millisecond for each article.

    Features of an older version are left out, as the service computes them anew; so are those of
    deleted texts.
    """
    query = _CURRENT_FEATURES.with_only_columns(
        articles, texts.c.text, *(column.label(f"f_{column.name}") for column in features.columns)
    )
    with connection.execute(query.execution_options(yield_per=_ROWS_PER_FETCH)) as rows:
        for row in rows:
            yield from _compare(row)


def _compare(row: Row[Any]) -> Iterator[Finding]:
    made_anew = feature_row(row.key, extract_features(to_article(row)))
    differing = [name for name, value in made_anew.items() if getattr(row, f"f_{name}") != value]
    if differing:
        yield Finding(INVARIANT, row.id, f"differs from its text in {', '.join(differing)}")
