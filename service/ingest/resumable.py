"""Ingest sources such that an interrupted run continues where it stopped.

A checkpoint says how far a source was read. It is stored in the transaction that stores the
articles before it. So no article is ingested twice or skipped, wherever a run is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection
from tenacity import Retrying, retry_if_exception_type

from service.engine.writer import IndexWriter, NotReadyError
from service.ingest import feed_identity, ingestion, readers, replacement
from service.ingest.ingestion import IngestResult
from service.ingest.readers import (
    FetchError,
    ParsedArticle,
    ReaderItem,
    Record,
    Reporter,
    SitemapRef,
    Source,
    UnreadableRecord,
)
from service.ingest.submission import ValidatedArticle
from service.store import checkpoints
from service.store.checkpoints import Checkpoint


@dataclass(slots=True)
class _PendingChunk:
    """Articles for the next transaction, and the checkpoints to store with them."""

    parsed: list[ParsedArticle] = field(default_factory=list)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)


class IngestRun:
    """One run over sources.

    Parameters
    ----------
    writer : IndexWriter
    reporter : Reporter
        Receives refused articles and notes.
    reread : bool
        Read every source from the start, whatever its checkpoint.
    on_bytes_read : callable
        Called after each read with the number of bytes, as they are on the disk.
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
        # Another process may have written, so that the index must be loaded again.
        self._retry_when_ready = Retrying(
            retry=retry_if_exception_type(NotReadyError), sleep=self._wait_until_ready
        )

    def run(self, sources: Iterable[Source]) -> Iterator[Sequence[IngestResult]]:
        """Ingest the articles of the sources; yield the results of each transaction."""
        for source in sources:
            yield from self._ingest_source(source)
        yield self._commit_chunk()

    def _ingest_source(self, source: Source) -> Iterator[Sequence[IngestResult]]:
        checkpoint = self._read_checkpoint(source)
        known_version_tag = checkpoint.version_tag if checkpoint.finished else None
        try:
            fetched = readers.fetch_source(source, known_version_tag)
        except (FetchError, OSError) as error:
            self._reporter.fail(source.name, str(error))
        else:
            if fetched is None:
                self._reporter.note(source.name, _describe_skipped(checkpoint))
            else:
                yield from self._ingest_items(fetched, checkpoint)

    def _read_checkpoint(self, source: Source) -> Checkpoint:
        if source.source_key is None or self._reread:
            return Checkpoint("")
        with self._writer.store.reading() as transaction:
            return checkpoints.read_checkpoint(transaction, source.source_key) or Checkpoint("")

    def _ingest_items(
        self, source: Source, checkpoint: Checkpoint
    ) -> Iterator[Sequence[IngestResult]]:
        version_tag = source.version_tag
        start = (
            checkpoint
            if checkpoint.version_tag == version_tag and not checkpoint.finished
            else Checkpoint(version_tag)
        )
        if start.position:
            self._reporter.note(
                source.name, f"continues after {start.position:,} records already read"
            )
        is_complete, position, refused = True, 0, start.refused
        for position, item in enumerate(readers.iter_items(source, self._on_bytes_read), start=1):
            # The sitemaps of an index are read each time: the version of the index says nothing
            # about theirs.
            if isinstance(item, SitemapRef):
                is_complete = False
                yield from self._ingest_sitemap(source, item)
            elif position > start.position:
                is_complete = is_complete and not _is_fatal(item)
                parsed = list(readers.parse_articles([item], self._reporter, self._max_text_chars))
                refused += not parsed and isinstance(item, Record | UnreadableRecord)
                self._chunk.parsed += parsed
                self._set_checkpoint(source, Checkpoint(version_tag, position, refused))
            if len(self._chunk.parsed) >= ingestion.ARTICLES_PER_TRANSACTION:
                yield self._commit_chunk()
        if is_complete:
            self._set_checkpoint(source, Checkpoint(version_tag, position, refused, finished=True))

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
        """Ingest the pending articles and store their checkpoints."""
        chunk, self._chunk = self._chunk, _PendingChunk()
        validated = self._select_articles(chunk.parsed)
        if validated:
            return self._ingest_when_ready(validated, chunk.checkpoints)
        if chunk.checkpoints:
            with self._writer.store.writing() as transaction:
                checkpoints.write_checkpoints(transaction, chunk.checkpoints)
        return ()

    def _ingest_when_ready(
        self, validated: list[ValidatedArticle], read_until: dict[str, Checkpoint]
    ) -> list[IngestResult]:
        def write_checkpoints(connection: Connection) -> None:
            checkpoints.write_checkpoints(connection, read_until)

        return self._retry_when_ready(
            ingestion.ingest, self._writer, validated, before_commit=write_checkpoints
        )

    def _wait_until_ready(self, _seconds: float) -> None:
        self._writer.wait_ready()

    def _select_articles(self, parsed: Sequence[ParsedArticle]) -> list[ValidatedArticle]:
        """Leave out records that would replace a longer text."""
        with self._writer.store.reading() as transaction:
            parsed = _separate_entries(transaction, parsed)
            known = replacement.read_known(transaction, parsed)
        return list(replacement.select_articles(parsed, known, self._reporter))


def _separate_entries(
    connection: Connection, parsed: Sequence[ParsedArticle]
) -> list[ParsedArticle]:
    separated = feed_identity.separate_entries(connection, [item.article for item in parsed])
    return [replace(item, article=article) for item, article in zip(parsed, separated, strict=True)]


def _is_fatal(item: ReaderItem) -> bool:
    return isinstance(item, UnreadableRecord) and item.is_fatal


def _describe_skipped(checkpoint: Checkpoint) -> str:
    refused = f" ({checkpoint.refused:,} refused)" if checkpoint.refused else ""
    return f"already read{refused} and unchanged since; use --reread to read it again"
