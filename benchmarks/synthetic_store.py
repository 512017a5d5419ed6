"""A reproducible store with very many synthetic articles.

Events, sources and dates are drawn from one seed. The features of the texts are extracted as for
posted articles, and written as one change set per transaction, as the index writer does after
clustering; only the clustering is left out. All articles are retired, so that a process that serves
the store is ready at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.labelled_records import read
from benchmarks.template_flood import TEMPLATES, fill
from clustering import Article, Features, extract_features
from clustering.state.canonical import EARLIEST
from clustering.types import Assignment, Evidence, Proposal
from service.store import Store
from service.store.change_log import retirement
from service.store.change_log.change_set import (
    ArticleChangeKind,
    ArticleRow,
    ChangeSet,
    LogEntry,
    open_change_set,
)
from service.store.change_log.write import write_change_set

LARGEST_EVENT = 2_000
"""Articles of the largest event, most of them in groups of their own."""
N_COPIES = 200
"""Articles of the event that is a single duplicate group."""
N_TEXTS = 2_000
"""Distinct texts; events share them, which makes no difference to the pages."""
N_VERSIONS = 20
"""Versions of one article."""

_START = datetime(2025, 3, 1, tzinfo=UTC).timestamp()
_SECONDS_PER_DAY = 86400.0
_END = _START + 60 * _SECONDS_PER_DAY
_MAX_EVENT_DAYS = 2
"""Days from the first to the last report of an event."""
_ARTICLES_PER_TRANSACTION = 2_000
_LANGUAGES = ("en",) * 7 + ("de", "es", "fr")
_HEADLINE = "{name} of {place} counts {n} {word} more than {name} on {day}"


@dataclass(frozen=True, slots=True)
class Text:
    """A title and a text, with their features."""

    title: str
    text: str
    features: Features


@dataclass(frozen=True, slots=True)
class SyntheticArticle:
    """An article with its assignment.

    `published` is in POSIX seconds; `canonical` is the key of the article that it copies.
    """

    key: int
    event: int
    group: int
    published: float
    source: str
    text: Text
    canonical: int | None


def fill_store(store: Store, n_articles: int, files: Sequence[Path] = ()) -> None:
    """Fill an empty store.

    Parameters
    ----------
    store : Store
    n_articles : int
    files : sequence of Path
        Files with titles and texts to use; synthetic ones if there is none.
    """
    rng = random.Random(1)
    texts = _texts_of_files(files) if files else _synthetic_texts(rng)
    articles = _build_articles(n_articles, list(islice(texts, N_TEXTS)), rng)
    for start in range(0, len(articles), _ARTICLES_PER_TRANSACTION):
        with store.writing() as connection:
            change_set = open_change_set(connection, now=_END)
            for article in articles[start : start + _ARTICLES_PER_TRANSACTION]:
                _add_to_change_set(change_set, article, "article.assigned")
            write_change_set(connection, change_set, EARLIEST)
    _add_versions(store, articles[-1])
    with store.writing() as connection:
        retirement.move_boundary(connection, open_change_set(connection, 0.0).last_seq + 1)


def _synthetic_texts(rng: random.Random) -> Iterator[Text]:
    while True:
        text = "\n\n".join(fill(TEMPLATES["earnings"], rng) for _ in range(2))
        yield _build_text(fill(_HEADLINE, rng), text, rng.choice(_LANGUAGES))


def _texts_of_files(files: Sequence[Path]) -> Iterator[Text]:
    for file in files:
        for fields in read(file):
            yield _build_text(fields["title"] or "", fields["text"] or "", fields["language"])


def _build_text(title: str, text: str, language: str | None) -> Text:
    return Text(title, text, extract_features(Article(0, title, text, None, None, language)))


def _build_articles(
    n_articles: int, texts: Sequence[Text], rng: random.Random
) -> list[SyntheticArticle]:
    """Return all articles in order of publication."""
    sources = [fill("{place} {name}", rng) for _ in range(400)]
    events = [
        (rng.uniform(_START, _END), event, size)
        for event, size in enumerate(_event_sizes(n_articles, rng), 1)
    ]
    reports = sorted(
        (start + rng.random() * min(_MAX_EVENT_DAYS * _SECONDS_PER_DAY, _END - start), event)
        for start, event, size in events
        for _ in range(size)
    )
    canonicals_of: dict[int, list[SyntheticArticle]] = {}
    articles = []
    for key, (published, event) in enumerate(reports, 1):
        canonicals = canonicals_of.setdefault(event, [])
        copied = _choose_copied(event, canonicals, rng)
        text = copied.text if copied else rng.choice(texts)
        group, canonical = (copied.group, copied.key) if copied else (key, None)
        source = rng.choice(sources)
        articles.append(SyntheticArticle(key, event, group, published, source, text, canonical))
        if copied is None:
            canonicals.append(articles[-1])
    return articles


def _event_sizes(n_articles: int, rng: random.Random) -> Iterator[int]:
    """Yield the number of articles of each event: two large events, and many mostly small ones."""
    remaining = n_articles
    for size in (LARGEST_EVENT, N_COPIES):
        yield size
        remaining -= size
    while remaining > 0:
        size = min(remaining, int(1.7 * rng.paretovariate(1.25)), N_COPIES)
        yield size
        remaining -= size


def _choose_copied(
    event: int, canonicals: Sequence[SyntheticArticle], rng: random.Random
) -> SyntheticArticle | None:
    """Choose the article that the next one of an event copies; None for an original text."""
    share = {1: 0.3, 2: 1.0}.get(event, 0.4)
    return rng.choice(canonicals) if canonicals and rng.random() < share else None


def _add_to_change_set(
    change_set: ChangeSet, article: SyntheticArticle, kind: ArticleChangeKind, version: int = 1
) -> None:
    key = article.key
    change_set.last_key = max(change_set.last_key, key)
    rows = change_set.added if version == 1 else change_set.replaced
    rows[key] = _build_row(article, version)
    change_set.features[key] = replace(
        article.text.features, published=article.published, source=article.source
    )
    assignment = Assignment(
        key, article.group, article.event, article.canonical, evidence=_evidence(article)
    )
    change_set.entries.append(LogEntry(kind, key, f"a{key}", Proposal(assignment)))


def _build_row(article: SyntheticArticle, version: int) -> ArticleRow:
    url = f"https://news.example/{article.key}"
    text = article.text
    columns = {
        "key": article.key,
        "id": f"a{article.key}",
        "version": version,
        "url": url,
        "canonical_url": url,
        "title": text.title if version == 1 else f"{text.title}, {version}",
        "source": article.source,
        "language": text.features.language,
        "published_at": datetime.fromtimestamp(article.published, UTC).isoformat(),
        "published": article.published,
        "received_at": article.published,
        "updated_at": article.published + version,
        "content_hash": article.key.to_bytes(8, "big"),
    }
    return ArticleRow(columns, f"{text.text} {version}." if version > 1 else text.text)


def _evidence(article: SyntheticArticle) -> Evidence:
    if article.canonical is None:
        return Evidence(event_probability=0.83, runner_up=(1, 0.12), shared_terms=("net", "income"))
    return Evidence(jaccard=0.71, containment=0.94, duplicate_score=0.97)


def _add_versions(store: Store, article: SyntheticArticle) -> None:
    """Store many versions of an article."""
    for version in range(2, N_VERSIONS + 1):
        with store.writing() as connection:
            change_set = open_change_set(connection, now=article.published + version)
            removal = LogEntry("article.updated", article.key, f"a{article.key}", Proposal(None))
            change_set.entries.append(removal)
            _add_to_change_set(change_set, article, "article.updated", version)
            write_change_set(connection, change_set, EARLIEST)
