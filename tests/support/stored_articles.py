"""A newsroom whose articles lie where the test puts them.

The pages show any judgement; so these tests write judgements by themselves, through the journal,
instead of finding texts that make the clustering come to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from clustering.features.terms import extract_terms
from clustering.state.canonical import EARLIEST
from clustering.types import Assignment, Evidence, Features, Proposal
from service.store import Store
from service.store.log.change_set import ArticleChangeKind, ArticleRow, LogEntry, open_change_set
from service.store.log.commit import write_change_set

NOON = datetime(2025, 5, 4, 12, tzinfo=UTC).timestamp()
MINUTE = 60.0


@dataclass(frozen=True)
class RecordedArticle:
    """An article, and where it belongs."""

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
    """Files articles into a store as the desk does after judging them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[str, int] = {}
        self._versions: dict[str, int] = {}

    def record(self, *filings: RecordedArticle) -> None:
        with self._store.writing() as transaction:
            journal = open_change_set(transaction, now=NOON + 10 * MINUTE)
            for filing in filings:
                known = filing.id in self._keys
                key = self._keys.setdefault(filing.id, 0) or journal.next_key()
                self._keys[filing.id] = key
                kind: ArticleChangeKind = "article.updated" if known else "article.assigned"
                if known:
                    withdrawn = LogEntry(kind, key, filing.id, Proposal(None))
                    journal.entries.append(withdrawn)
                version = self._versions[filing.id] = self._versions.get(filing.id, 0) + 1
                papers = journal.replaced if known else journal.added
                papers[key] = _manuscript(key, version, filing)
                journal.features[key] = _features(filing)
                judgement = Proposal(self._assignment(key, filing))
                journal.entries.append(LogEntry(kind, key, filing.id, judgement))
            write_change_set(transaction, journal, EARLIEST)

    def _assignment(self, key: int, filing: RecordedArticle) -> Assignment:
        return Assignment(
            article=key,
            group=filing.group,
            event=filing.event,
            duplicate_of=self._keys[filing.duplicate_of] if filing.duplicate_of else None,
            outcome="near_duplicate" if filing.duplicate_of else "new",
            evidence=filing.evidence,
        )


def _manuscript(key: int, version: int, filing: RecordedArticle) -> ArticleRow:
    when = filing.published
    article = {
        "key": key,
        "id": filing.id,
        "version": version,
        "url": filing.url,
        "canonical_url": filing.url,
        "title": filing.title,
        "source": filing.source,
        "language": filing.language,
        "published_at": when and datetime.fromtimestamp(when, UTC).isoformat(),
        "published": when,
        "received_at": NOON + 10 * MINUTE,
        "updated_at": NOON + 10 * MINUTE + version,
        "content_hash": bytes([version]),
    }
    return ArticleRow(article, filing.text)


def _features(filing: RecordedArticle) -> Features:
    return Features(
        language=filing.language,
        fingerprint=b"",
        terms=extract_terms(filing.title, filing.text, filing.language).to_bytes(),
        published=filing.published,
        source=filing.source,
        words=len(filing.text.split()),
        wire_agency=filing.origin,
    )
