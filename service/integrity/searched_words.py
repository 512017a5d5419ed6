"""The search index: it holds the words of the stored texts and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from service.integrity.finding import Finding
from service.store.search import index as search_index

INVARIANT: Final = "the search index follows from the texts"


def find_misindexed(connection: Connection) -> Iterator[Finding]:
    """Yield articles whose words in the index are not those of their text."""
    for key in search_index.find_misindexed(connection):
        yield Finding(INVARIANT, f"key {key}", "is indexed by other words than those of its text")
