"""Sources of articles, read into the store; a run that was broken off is gone on with.

How far each source was read is kept in the store, in the transaction that takes in the articles
before it. So no article is taken in twice or left out, wherever a run is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from service.engine.writer import IndexWriter, NotReadyError
from service.ingest import articles as ingest_articles
from service.ingest import readers
from service.ingest.articles import IngestResult
from service.ingest.readers import (
    FetchError,
    Note,
    ParsedArticle,
    Reporter,
    SitemapRef,
    Source,
    Unreadable,
)
from service.ingest.submission import ValidatedArticle
from service.store import checkpoints
from service.store.checkpoints import Checkpoint
from service.store.schema import articles, texts

_TEXT_LENGTHS_QUERY: Final = (
    select(articles.c.id, func.length(texts.c.text).label("length"))
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(slots=True)
class _PendingChunk:
    """Articles for one transaction, and how far their sources will be read with them."""

    parsed: list[ParsedArticle] = field(default_factory=list)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)


class IngestRun:
    """One run over sources.

    Parameters
    ----------
    writer : IndexWriter
    reporter : Report
        Hears what is not taken.
    reread : bool
        Read everything from the start, whatever was read before.
    on_bytes_read : callable
        Told of every portion that was read, in bytes as they are on the disk.
    """

    def __init__(
        self,
        writer: IndexWriter,
        reporter: Reporter,
        *,
        reread: bool = False,
        on_bytes_read: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._writer = writer
        self._reporter = reporter
        self._reread = reread
        self._on_bytes_read = on_bytes_read
        self._chunk = _PendingChunk()

    def run(self, sources: Iterable[Source]) -> Iterator[Sequence[IngestResult]]:
        """Take in what the sources hold; yield the answers of each transaction."""
        for source in sources:
            yield from self._ingest_source(source)
        yield self._commit_chunk()

    def _ingest_source(self, source: Source) -> Iterator[Sequence[IngestResult]]:
        mark = self._read_checkpoint(source)
        try:
            fetched = readers.fetch_source(source, mark.version_tag if mark.finished else None)
        except (FetchError, OSError) as error:
            self._reporter.refuse(source.name, str(error))
        else:
            if fetched is None:
                self._reporter.note(source.name, _describe_skipped(mark))
            else:
                yield from self._ingest_items(fetched, mark)

    def _read_checkpoint(self, source: Source) -> Checkpoint:
        if source.source_key is None or self._reread:
            return Checkpoint("")
        with self._writer.store.reading() as transaction:
            return checkpoints.read_checkpoint(transaction, source.source_key) or Checkpoint("")

    def _ingest_items(
        self, source: Source, checkpoint: Checkpoint
    ) -> Iterator[Sequence[IngestResult]]:
        edition = source.version_tag
        before = (
            checkpoint
            if checkpoint.version_tag == edition and not checkpoint.finished
            else Checkpoint(edition)
        )
        if before.position:
            self._reporter.note(source.name, f"goes on after {before.position:,} read before")
        whole, position, refused = True, 0, before.refused
        for position, reading in enumerate(
            readers.iter_items(source, self._on_bytes_read), start=1
        ):
            # What an index names is asked for each time: its own edition says nothing of it.
            if isinstance(reading, SitemapRef):
                whole = False
                yield from self._ingest_sitemap(source, reading)
            elif position > before.position:
                whole = whole and not (isinstance(reading, Unreadable) and reading.is_fatal)
                found = list(
                    readers.parse_articles([reading], self._reporter, self._max_text_chars)
                )
                refused += not found and not isinstance(reading, Note)
                self._chunk.parsed += found
                self._set_checkpoint(source, Checkpoint(edition, position, refused))
            if len(self._chunk.parsed) >= ingest_articles.ARTICLES_PER_TRANSACTION:
                yield self._commit_chunk()
        if whole:
            self._set_checkpoint(source, Checkpoint(edition, position, refused, finished=True))

    @property
    def _max_text_chars(self) -> int:
        return self._writer.settings.max_text_chars

    def _ingest_sitemap(self, source: Source, ref: SitemapRef) -> Iterator[Sequence[IngestResult]]:
        child = readers.open_sitemap(source, ref)
        if isinstance(child, Source):
            yield from self._ingest_source(child)
        else:
            self._reporter.note(child.origin, child.message)

    def _set_checkpoint(self, source: Source, checkpoint: Checkpoint) -> None:
        if source.source_key is not None:
            self._chunk.checkpoints[source.source_key] = checkpoint

    def _commit_chunk(self) -> Sequence[IngestResult]:
        """Take in what has come together, with the marks behind it."""
        chunk, self._chunk = self._chunk, _PendingChunk()
        received = [found.article for found in self._without_known_excerpts(chunk.parsed)]
        if received:
            return self._ingest_when_ready(received, chunk.checkpoints)
        if chunk.checkpoints:
            with self._writer.store.writing() as transaction:
                checkpoints.write_checkpoints(transaction, chunk.checkpoints)
        return ()

    def _ingest_when_ready(
        self, validated: list[ValidatedArticle], read_until: dict[str, Checkpoint]
    ) -> list[IngestResult]:
        def write_checkpoints(connection: Connection) -> None:
            checkpoints.write_checkpoints(connection, read_until)

        while True:
            try:
                return ingest_articles.ingest(
                    self._writer, validated, before_commit=write_checkpoints
                )
            except NotReadyError:  # another process wrote, and the index must be loaded again
                self._writer.wait_ready()

    def _without_known_excerpts(self, parsed: Sequence[ParsedArticle]) -> Iterator[ParsedArticle]:
        """Leave out the beginnings of articles that are there in full."""
        excerpts = {each.article.id for each in parsed if each.is_excerpt}
        there = self._stored_lengths(excerpts) if excerpts else {}
        for each in parsed:
            if not each.is_excerpt or there.get(each.article.id, -1) <= len(each.article.text):
                yield each

    def _stored_lengths(self, ids: set[str]) -> dict[str, int]:
        with self._writer.store.reading() as transaction:
            found = transaction.execute(_TEXT_LENGTHS_QUERY, {"ids": sorted(ids)})
            return {row.id: row.length for row in found}


def _describe_skipped(checkpoint: Checkpoint) -> str:
    refused = f" ({checkpoint.refused:,} refused)" if checkpoint.refused else ""
    return f"read before{refused}, and unchanged since; --reread reads it all the same"
