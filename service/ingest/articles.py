"""Articles in and out: from a checked article to a committed assignment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.features.extract import extract_features
from clustering.types import Features
from service import queries
from service.common.schema import DOCSTRING_CONFIG
from service.engine.transaction import WriteTransaction
from service.engine.writer import IndexWriter
from service.ingest.submission import ValidatedArticle
from service.queries.evidence import EvidenceView
from service.store.log.change_set import ArticleRow
from service.store.schema import articles

ARTICLES_PER_TRANSACTION: Final = 100
"""Articles in one transaction: enough to share its cost, few enough not to keep others waiting."""

Outcome = Literal["new", "unchanged", "updated", "exact_duplicate", "near_duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What was made of an article."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    outcome: Outcome
    """What the post did. A new article is "new", "exact_duplicate" or "near_duplicate"; one that
    was there is "unchanged" or "updated"."""
    duplicate_group_id: str
    duplicate_of: str | None
    """The article that stands for the group; null if it is this one."""
    event_id: str
    event_size: int
    """Articles in the event, reprints included."""
    evidence: EvidenceView
    warnings: tuple[str, ...]
    """What was left out or repaired, and what limits the judgement."""
    aliases: Mapping[str, str]
    """Fields that did not come under their own names, and what they were read from: the name that
    was posted, or the way to it, such as "publisher/name"."""


class _StoredVersion(NamedTuple):
    key: int
    version: int
    received_at: float
    content_hash: bytes


class _PreparedArticle(NamedTuple):
    article: ValidatedArticle
    features: Features | None
    """None if the article looked unchanged."""


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
    """Take articles in, and answer each.

    Parameters
    ----------
    writer : IndexWriter
    validated : sequence of ValidatedArticle
        Any number; about a hundred share a transaction.
    dry_run : bool
        Answer each as if it were the next article, and store nothing.
    before_commit : callable, optional
        Called in the last transaction, to write what shall be stored with it or not at all.

    Returns
    -------
    list of Answer
        One for each article, in the same order. Those of one transaction show how things stand
        at its end.

    Raises
    ------
    NotReadyError
        If the index is not loaded yet; nothing of the present transaction was stored.
    """
    chunks = [[one] for one in validated] if dry_run else list(_split_chunks(validated))
    answers: list[IngestResult] = []
    for left, chunk in enumerate(chunks, start=1 - len(chunks)):
        answers += _ingest_chunk(writer, chunk, dry_run, before_commit if left == 0 else None)
    return answers


def remove(writer: IndexWriter, article_id: str) -> bool:
    """Remove an article with its history; return whether it was there.

    Raises
    ------
    NotReadyError
    """
    with writer.transaction() as turn:
        known = _find_stored(turn.connection, [article_id]).get(article_id)
        if known is None:
            return False
        turn.remove("article.removed", known.key, article_id)
        turn.change_set.removed.add(known.key)
        turn.flush()
    return True


def _split_chunks(validated: Iterable[ValidatedArticle]) -> Iterator[list[ValidatedArticle]]:
    """Cut into chunks in which no article has two versions."""
    chunk: dict[str, bytes] = {}
    articles: list[ValidatedArticle] = []
    for one in validated:
        if (
            len(articles) == ARTICLES_PER_TRANSACTION
            or chunk.get(one.id, one.content_hash) != one.content_hash
        ):
            yield articles
            chunk, articles = {}, []
        chunk[one.id] = one.content_hash
        articles.append(one)
    if articles:
        yield articles


def _ingest_chunk(
    writer: IndexWriter,
    chunk: list[ValidatedArticle],
    dry_run: bool,
    before_commit: Callable[[Connection], None] | None,
) -> list[IngestResult]:
    drafts = _prepare_articles(writer, chunk)
    with writer.transaction(dry_run=dry_run) as turn:
        known = _find_stored(turn.connection, [draft.article.id for draft in drafts])
        filed = [_write_article(turn, known, draft) for draft in drafts]
        turn.flush()
        if before_commit is not None:
            before_commit(turn.connection)
        return _build_results(turn.connection, filed)


def _prepare_articles(writer: IndexWriter, chunk: list[ValidatedArticle]) -> list[_PreparedArticle]:
    """Compute the features of all that is not there unchanged, while others may write."""
    with writer.store.reading() as transaction:
        known = _find_stored(transaction, [received.id for received in chunk])
    seen = {article_id: was.content_hash for article_id, was in known.items()}
    drafts = []
    for received in chunk:
        unchanged = seen.get(received.id) == received.content_hash
        drafts.append(
            _PreparedArticle(
                received, None if unchanged else extract_features(received.to_article())
            )
        )
        seen[received.id] = received.content_hash
    return drafts


def _find_stored(connection: Connection, article_ids: Iterable[str]) -> dict[str, _StoredVersion]:
    query = select(
        articles.c.id,
        articles.c.key,
        articles.c.version,
        articles.c.received_at,
        articles.c.content_hash,
    ).where(articles.c.id.in_(bindparam("ids", expanding=True)))
    found = connection.execute(query, {"ids": sorted(set(article_ids))})
    return {article_id: _StoredVersion(*rest) for article_id, *rest in found}


def _write_article(
    transaction: WriteTransaction, stored: dict[str, _StoredVersion], prepared: _PreparedArticle
) -> _WriteResult:
    """Judge an article by what is known of it; `stored` is kept up to date."""
    received = prepared.article
    was = stored.get(received.id)
    if was is not None and was.content_hash == received.content_hash:
        return _WriteResult(was.key, "unchanged", received.warnings, received.aliases)
    # Another writer may have come in between, so that what looked unchanged is not.
    features = prepared.features or extract_features(received.to_article())
    if was is None:
        now = _StoredVersion(
            transaction.change_set.next_key(), 1, transaction.change_set.now, received.content_hash
        )
        transaction.change_set.added[now.key] = _build_row(
            received, now, transaction.change_set.now
        )
    else:
        now = was._replace(version=was.version + 1, content_hash=received.content_hash)
        transaction.remove("article.updated", now.key, received.id)
        transaction.change_set.replaced[now.key] = _build_row(
            received, now, transaction.change_set.now
        )
    stored[received.id] = now
    transaction.assign(now.key, received.id, features)
    outcome: Literal["updated"] | None = "updated" if was is not None else None
    warnings = received.warnings + features.warnings
    return _WriteResult(now.key, outcome, warnings, received.aliases)


def _build_row(validated: ValidatedArticle, stored: _StoredVersion, now: float) -> ArticleRow:
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
    places = queries.get_assignments(connection, {one.key for one in written})
    return [_build_result(places[one.key], one) for one in written]


def _build_result(row: queries.ArticleAssignment, written: _WriteResult) -> IngestResult:
    assignment = row.assignment
    return IngestResult(
        article_id=row.article_id,
        outcome=written.outcome or assignment.outcome,
        duplicate_group_id=assignment.duplicate_group_id,
        duplicate_of=assignment.duplicate_of,
        event_id=assignment.event_id,
        event_size=assignment.event_size,
        evidence=assignment.evidence,
        warnings=written.warnings,
        aliases=written.aliases,
    )
