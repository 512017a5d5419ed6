"""The starter corpus: a hundred short articles that show what the service does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import service
from service import queries
from service.engine.writer import IndexWriter
from service.ingest import articles, readers
from service.ingest.readers import Source

CORPUS_PATH: Final = Path(service.__file__).parent.parent / "seeds" / "starter.jsonl"


class BrokenCorpusError(ValueError):
    """The starter corpus itself can't be read; the message names the line."""


class _StrictReporter:
    """Takes no excuse: the corpus belongs to the program."""

    def refuse(self, origin: str, reason: str) -> None:
        raise BrokenCorpusError(f"{origin}: {reason}")

    note = refuse


def load_starter_corpus(writer: IndexWriter) -> int:
    """Take the starter corpus in if the store never held an article.

    Parameters
    ----------
    writer : IndexWriter

    Returns
    -------
    int
        How many articles were taken in.

    Raises
    ------
    BrokenCorpusError
    """
    if queries.list_changes(writer.store, limit=1).items:
        return 0
    writer.wait_ready()
    readings = readers.read_source(Source(CORPUS_PATH, "jsonl"))
    found = readers.parse_articles(readings, _StrictReporter(), writer.settings.max_text_chars)
    return len(articles.ingest(writer, [each.article for each in found]))
