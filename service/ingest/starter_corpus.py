"""Load the starter corpus: about a hundred short articles that show what the service does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import service
from service import queries
from service.engine.writer import IndexWriter
from service.ingest import ingestion, readers
from service.ingest.readers import Source

CORPUS_PATH: Final = Path(service.__file__).parent.parent / "seeds" / "starter.jsonl"


class BrokenCorpusError(ValueError):
    """The starter corpus cannot be read; the message names the line."""


class _StrictReporter:
    """Raises on any unreadable or invalid line: the corpus is part of the program."""

    def refuse(self, origin: str, reason: str) -> None:
        raise BrokenCorpusError(f"{origin}: {reason}")

    pass_over = fail = note = refuse

    def warn(self, origin: str, message: str) -> None:
        """Labels of the corpus are fields that nobody reads here."""


def load_starter_corpus(writer: IndexWriter) -> int:
    """Ingest the starter corpus if the store has never held an article.

    Parameters
    ----------
    writer : IndexWriter

    Returns
    -------
    int
        Number of ingested articles.

    Raises
    ------
    BrokenCorpusError
    """
    if queries.list_changes(writer.store, limit=1).items:
        return 0
    writer.wait_ready()
    items = readers.read_source(Source(CORPUS_PATH, "jsonl"))
    parsed = readers.parse_articles(items, _StrictReporter(), writer.settings.max_text_chars)
    return len(ingestion.ingest(writer, [parsed_article.article for parsed_article in parsed]))
