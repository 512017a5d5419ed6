"""Record articles in a store with the groups and events that a test chooses.

Tests of pages need certain groups and events. So they write assignments through the change log
themselves, and need no texts for which clustering would find them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from clustering.features.terms import extract_terms
from clustering.state.canonical import EARLIEST
from clustering.types import Assignment, Evidence, Features, Proposal
from service.store import Store
from service.store.change_log.change_set import (
    ArticleChangeKind,
    ArticleRow,
    ChangeSet,
    LogEntry,
    open_change_set,
)
from service.store.change_log.write import write_change_set

NOON = datetime(2025, 5, 4, 12, tzinfo=UTC).timestamp()
MINUTE = 60.0


@dataclass(frozen=True)
class RecordedArticle:
    """An article with its group and event."""

    id: str
    event: int
    group: int
    title: str = "Harbour reopens"
    text: str = "The harbour reopened on Sunday, three days after the storm."
    source: str | None = "Port Ellery Post"
    language: str = "en"
    origin: str | None = None
    published: float | None = NOON
    url: str | None = None
    duplicate_of: str | None = None
    evidence: Evidence = field(default_factory=Evidence)


class ArticleRecorder:
    """Writes articles to a store as the index writer does after a proposal."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[str, int] = {}
        self._versions: dict[str, int] = {}

    def record(self, *articles: RecordedArticle) -> None:
        """Write articles in one transaction; one that is known becomes a new version."""
        with self._store.writing() as transaction:
            change_set = open_change_set(transaction, now=NOON + 10 * MINUTE)
            for article in articles:
                self._add(change_set, article)
            write_change_set(transaction, change_set, EARLIEST)

    def _add(self, change_set: ChangeSet, article: RecordedArticle) -> None:
        known = article.id in self._keys
        key = self._keys.setdefault(article.id, 0) or change_set.next_key()
        self._keys[article.id] = key
        kind: ArticleChangeKind = "article.updated" if known else "article.assigned"
        if known:
            change_set.entries.append(LogEntry(kind, key, article.id, Proposal(None)))
        version = self._versions[article.id] = self._versions.get(article.id, 0) + 1
        rows = change_set.replaced if known else change_set.added
        rows[key] = _article_row(key, version, article)
        change_set.features[key] = _features(article)
        proposal = Proposal(self._assignment(key, article))
        change_set.entries.append(LogEntry(kind, key, article.id, proposal))

    def _assignment(self, key: int, article: RecordedArticle) -> Assignment:
        return Assignment(
            article=key,
            group=article.group,
            event=article.event,
            duplicate_of=self._keys[article.duplicate_of] if article.duplicate_of else None,
            outcome="near_duplicate" if article.duplicate_of else "new",
            evidence=article.evidence,
        )


def _article_row(key: int, version: int, article: RecordedArticle) -> ArticleRow:
    published = article.published
    columns = {
        "key": key,
        "id": article.id,
        "version": version,
        "url": article.url,
        "canonical_url": article.url,
        "title": article.title,
        "source": article.source,
        "language": article.language,
        "published_at": published and datetime.fromtimestamp(published, UTC).isoformat(),
        "published": published,
        "received_at": NOON + 10 * MINUTE,
        "updated_at": NOON + 10 * MINUTE + version,
        "content_hash": bytes([version]),
    }
    return ArticleRow(columns, article.text)


def _features(article: RecordedArticle) -> Features:
    return Features(
        language=article.language,
        fingerprint=b"",
        terms=extract_terms(article.title, article.text, article.language).to_bytes(),
        published=article.published,
        source=article.source,
        words=len(article.text.split()),
        wire_agency=article.origin,
    )
