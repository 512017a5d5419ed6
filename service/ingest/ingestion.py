"""Store validated articles with their assignments, and remove articles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.features.extract import extract_features
from clustering.types import Features
from service import queries
from service.common.docstring_config import DOCSTRING_CONFIG
from service.engine import vector_refinement
from service.engine.transaction import WriteTransaction
from service.engine.writer import IndexWriter
from service.ingest import feed_identity
from service.ingest.submission import ValidatedArticle
from service.queries.evidence import EvidenceView
from service.store import feed_entries
from service.store.change_log.change_set import ArticleRow
from service.store.schema import articles

ARTICLES_PER_TRANSACTION: Final = 100
"""Articles in one transaction: enough to share its cost, few enough to free the write lock soon."""

_NO_VECTOR_WARNING: Final = "no sentence vector could be made: judged by its words alone"

Outcome = Literal["new", "unchanged", "updated", "exact_duplicate", "near_duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """The assignment of one ingested article."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    outcome: Outcome
    """A new article is "new", "exact_duplicate" or "near_duplicate"; a stored one is "unchanged" or
    "updated"."""
    duplicate_group_id: str
    duplicate_of: str | None
    """The canonical article of the duplicate group; null if it is this article."""
    duplicate_of_url: str | None
    """Address of that article; null if it has none."""
    event_id: str
    event_size: int
    """Number of articles in the event, near-duplicates included."""
    evidence: EvidenceView
    warnings: tuple[str, ...]
    """Parts of the article that were ignored or repaired, and limits of its assignment."""
    aliases: Mapping[str, str]
    """Fields that were read from other names, and those names, or paths such as
    "publisher/name"."""


class StoredVersion(NamedTuple):
    """What is known of an article in the store: its newest version."""

    key: int
    version: int
    received_at: float
    content_hash: bytes


class _PreparedArticle(NamedTuple):
    article: ValidatedArticle
    features: Features | None
    """None if the stored content hash was the same before the transaction."""


class _WriteResult(NamedTuple):
    key: int
    outcome: Literal["unchanged", "updated"] | None
    warnings: tuple[str, ...]
    aliases: Mapping[str, str]


def ingest(
    writer: IndexWriter,
    validated: Sequence[ValidatedArticle],
    *,
    dry_run: bool = False,
    before_commit: Callable[[Connection], None] | None = None,
) -> list[IngestResult]:
    """Store articles with their assignments.

    Parameters
    ----------
    writer : IndexWriter
    validated : sequence of ValidatedArticle
        Any number; up to ARTICLES_PER_TRANSACTION share a transaction.
    dry_run : bool
        Return for each article the result as if it were the next one, and store nothing.
    before_commit : callable, optional
        Called in the last transaction, to write what must be stored together with it.

    Returns
    -------
    list of IngestResult
        One for each article, in the same order. Results of one transaction show the state at its
        end.

    Raises
    ------
    NotReadyError
        If the index is not loaded yet. Earlier transactions of the call stay committed.
    """
    with writer.store.reading() as connection:
        validated = feed_identity.separate_entries(connection, validated)
    chunks = [[article] for article in validated] if dry_run else list(_split_chunks(validated))
    results: list[IngestResult] = []
    for number, chunk in enumerate(chunks, start=1):
        is_last = number == len(chunks)
        results += _ingest_chunk(writer, chunk, dry_run, before_commit if is_last else None)
    return results


def remove(writer: IndexWriter, article_id: str) -> bool:
    """Remove an article with its history; return whether it was stored.

    Raises
    ------
    NotReadyError
    """
    with writer.transaction() as transaction:
        stored = _find_stored(transaction.connection, [article_id]).get(article_id)
        if stored is None:
            return False
        transaction.remove("article.removed", stored.key, article_id)
        transaction.change_set.removed.add(stored.key)
        transaction.flush()
    return True


def _split_chunks(validated: Iterable[ValidatedArticle]) -> Iterator[list[ValidatedArticle]]:
    """Split into chunks such that no chunk holds two versions of one article."""
    chunk: list[ValidatedArticle] = []
    content_hashes: dict[str, bytes] = {}
    for article in validated:
        is_other_version = content_hashes.get(article.id, article.content_hash) != (
            article.content_hash
        )
        if len(chunk) == ARTICLES_PER_TRANSACTION or is_other_version:
            yield chunk
            chunk, content_hashes = [], {}
        content_hashes[article.id] = article.content_hash
        chunk.append(article)
    if chunk:
        yield chunk


def _ingest_chunk(
    writer: IndexWriter,
    chunk: list[ValidatedArticle],
    dry_run: bool,
    before_commit: Callable[[Connection], None] | None,
) -> list[IngestResult]:
    with writer.timer.measure("features"):
        prepared = _prepare_articles(writer, chunk)
    with writer.transaction(dry_run=dry_run) as transaction:
        stored = _find_stored(transaction.connection, [article.id for article in chunk])
        with writer.timer.measure("judge"):
            written = [_write_article(transaction, stored, article) for article in prepared]
        with writer.timer.measure("write"):
            transaction.flush()
        feed_entries.write_entry_ids(transaction.connection, _entry_ids(chunk, written))
        if before_commit is not None:
            before_commit(transaction.connection)
        results = _build_results(transaction.connection, written)
        requested = [] if dry_run else transaction.pop_vector_requests()
    refinement = vector_refinement.refine(writer, requested)
    if refinement.has_changed or refinement.failed:
        written = [_warn_of_failure(result, refinement.failed) for result in written]
        return _refresh_results(writer, written, results)
    return results


def _refresh_results(
    writer: IndexWriter, written: list[_WriteResult], results: list[IngestResult]
) -> list[IngestResult]:
    """Build results anew; those of articles that others have removed meanwhile stay."""
    with writer.store.reading() as connection:
        assignments = queries.get_assignments(connection, {result.key for result in written})
    return [
        _build_result(assignments[result.key], result) if result.key in assignments else before
        for result, before in zip(written, results, strict=True)
    ]


def _warn_of_failure(written: _WriteResult, failed: Collection[int]) -> _WriteResult:
    if written.key not in failed:
        return written
    return written._replace(warnings=(*written.warnings, _NO_VECTOR_WARNING))


def _entry_ids(
    chunk: Iterable[ValidatedArticle], written: Iterable[_WriteResult]
) -> dict[tuple[int, str], str]:
    """What feeds call the articles that are identified by their addresses."""
    return {
        (result.key, entry.feed): entry.article_id
        for article, result in zip(chunk, written, strict=True)
        if (entry := article.feed_entry) and entry.is_guid and article.id != entry.article_id
    }


def _prepare_articles(writer: IndexWriter, chunk: list[ValidatedArticle]) -> list[_PreparedArticle]:
    """Extract the features of new and changed articles, without holding the write lock."""
    with writer.store.reading() as connection:
        stored = _find_stored(connection, [article.id for article in chunk])
    content_hashes = {article_id: version.content_hash for article_id, version in stored.items()}
    prepared = []
    for article in chunk:
        is_unchanged = content_hashes.get(article.id) == article.content_hash
        features = None if is_unchanged else extract_features(article.to_article())
        prepared.append(_PreparedArticle(article, features))
        content_hashes[article.id] = article.content_hash
    return prepared


def _find_stored(connection: Connection, article_ids: Iterable[str]) -> dict[str, StoredVersion]:
    query = select(
        articles.c.id,
        articles.c.key,
        articles.c.version,
        articles.c.received_at,
        articles.c.content_hash,
    ).where(articles.c.id.in_(bindparam("ids", expanding=True)))
    rows = connection.execute(query, {"ids": sorted(set(article_ids))})
    return {article_id: StoredVersion(*columns) for article_id, *columns in rows}


def _write_article(
    transaction: WriteTransaction, stored: dict[str, StoredVersion], prepared: _PreparedArticle
) -> _WriteResult:
    """Write an article unless it is unchanged; `stored` is kept up to date."""
    article, change_set = prepared.article, transaction.change_set
    previous = stored.get(article.id)
    if previous is not None and previous.content_hash == article.content_hash:
        return _WriteResult(previous.key, "unchanged", article.warnings, article.aliases)
    # Another writer may have stored a version since the features were prepared.
    features = prepared.features or extract_features(article.to_article())
    if previous is None:
        current = StoredVersion(change_set.next_key(), 1, change_set.now, article.content_hash)
        change_set.added[current.key] = build_row(article, current, change_set.now)
    else:
        current = previous._replace(version=previous.version + 1, content_hash=article.content_hash)
        transaction.remove("article.updated", current.key, article.id)
        change_set.replaced[current.key] = build_row(article, current, change_set.now)
    stored[article.id] = current
    transaction.assign(current.key, article.id, features)
    outcome: Literal["updated"] | None = "updated" if previous is not None else None
    return _WriteResult(current.key, outcome, article.warnings + features.warnings, article.aliases)


def build_row(validated: ValidatedArticle, stored: StoredVersion, now: float) -> ArticleRow:
    """Return the row of a version that is stored now."""
    article = {
        "key": stored.key,
        "id": validated.id,
        "version": stored.version,
        "url": validated.url,
        "canonical_url": validated.canonical_url,
        "title": validated.title,
        "source": validated.source,
        "language": validated.language,
        "published_at": validated.published_at,
        "published": validated.published,
        "received_at": stored.received_at,
        "updated_at": now,
        "content_hash": validated.content_hash,
    }
    return ArticleRow(article, validated.text)


def _build_results(connection: Connection, written: list[_WriteResult]) -> list[IngestResult]:
    assignments = queries.get_assignments(connection, {result.key for result in written})
    return [_build_result(assignments[result.key], result) for result in written]


def _build_result(row: queries.ArticleAssignment, written: _WriteResult) -> IngestResult:
    assignment = row.assignment
    return IngestResult(
        article_id=row.article_id,
        outcome=written.outcome or assignment.outcome,
        duplicate_group_id=assignment.duplicate_group_id,
        duplicate_of=assignment.duplicate_of,
        duplicate_of_url=assignment.duplicate_of_url,
        event_id=assignment.event_id,
        event_size=assignment.event_size,
        evidence=assignment.evidence,
        warnings=written.warnings,
        aliases=written.aliases,
    )
