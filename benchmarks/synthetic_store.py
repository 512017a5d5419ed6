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
from service.store.log import retirement
from service.store.log.change_set import (
    ArticleChangeKind,
    ArticleRow,
    ChangeSet,
    LogEntry,
    open_change_set,
)
from service.store.log.commit import write_change_set

LARGEST = 2_000
"""Articles of the largest event, most of them reports of their own."""
COPIES = 200
"""Articles of the event that is one text, printed over and over."""
TEXTS = 2_000
"""Different texts; events share them, which no page notices."""
VERSIONS = 20
"""Of one article."""

_BEGINNING = datetime(2025, 3, 1, tzinfo=UTC).timestamp()
_DAY = 86400.0
_END = _BEGINNING + 60 * _DAY
_LASTS = 2
"""Days, at most, from the first to the last report of an event."""
_AT_ONCE = 2_000
_LANGUAGES = ("en",) * 7 + ("de", "es", "fr")
_HEADLINE = "{name} of {place} counts {n} {word} more than {name} on {day}"


@dataclass(frozen=True, slots=True)
class Story:
    """A title and a text, with what was found out about them."""

    title: str
    text: str
    features: Features


@dataclass(frozen=True, slots=True)
class Report:
    """An article, and where it belongs."""

    key: int
    event: int
    group: int
    at: float
    source: str
    story: Story
    original: int | None


def fill_store(store: Store, articles: int, files: Sequence[Path] = ()) -> None:
    """Fill an empty store.

    Parameters
    ----------
    store : Store
    articles : int
    files : sequence of Path
        Where to take titles and texts from; invented ones if there is none.
    """
    chance = random.Random(1)
    stories = _from_files(files) if files else _invented(chance)
    reports = _reports(articles, list(islice(stories, TEXTS)), chance)
    for at in range(0, len(reports), _AT_ONCE):
        with store.writing() as transaction:
            journal = open_change_set(transaction, now=_END)
            for report in reports[at : at + _AT_ONCE]:
                _file(journal, report, "article.assigned")
            write_change_set(transaction, journal, EARLIEST)
    _post_again(store, reports[-1])
    with store.writing() as transaction:
        retirement.move_boundary(transaction, open_change_set(transaction, 0.0).last_seq + 1)


def _invented(chance: random.Random) -> Iterator[Story]:
    while True:
        text = "\n\n".join(fill(TEMPLATES["earnings"], chance) for _ in range(2))
        yield _story(fill(_HEADLINE, chance), text, chance.choice(_LANGUAGES))


def _from_files(files: Sequence[Path]) -> Iterator[Story]:
    for file in files:
        for fields in read(file):
            yield _story(fields["title"] or "", fields["text"] or "", fields["language"])


def _story(title: str, text: str, language: str | None) -> Story:
    return Story(title, text, extract_features(Article(0, title, text, None, None, language)))


def _reports(articles: int, stories: Sequence[Story], chance: random.Random) -> list[Report]:
    """All articles in the order in which they come in."""
    sources = [fill("{place} {name}", chance) for _ in range(400)]
    moments = [
        (chance.uniform(_BEGINNING, _END), event, size)
        for event, size in enumerate(_sizes(articles, chance), 1)
    ]
    told = sorted(
        (start + chance.random() * min(_LASTS * _DAY, _END - start), event)
        for start, event, size in moments
        for _ in range(size)
    )
    first: dict[int, list[Report]] = {}
    found = []
    for key, (at, event) in enumerate(told, 1):
        known = first.setdefault(event, [])
        copied = _copied(event, known, chance)
        story = copied.story if copied else chance.choice(stories)
        group, original = (copied.group, copied.key) if copied else (key, None)
        found.append(Report(key, event, group, at, chance.choice(sources), story, original))
        if copied is None:
            known.append(found[-1])
    return found


def _sizes(articles: int, chance: random.Random) -> Iterator[int]:
    """Articles of each event: two large ones, and many of which most are small."""
    left = articles
    for size in (LARGEST, COPIES):
        yield size
        left -= size
    while left > 0:
        size = min(left, int(1.7 * chance.paretovariate(1.25)), COPIES)
        yield size
        left -= size


def _copied(event: int, known: Sequence[Report], chance: random.Random) -> Report | None:
    """The report that the next article of an event copies; None if it is one of its own."""
    share = {1: 0.3, 2: 1.0}.get(event, 0.4)
    return chance.choice(known) if known and chance.random() < share else None


def _file(journal: ChangeSet, report: Report, kind: ArticleChangeKind, version: int = 1) -> None:
    key = report.key
    journal.last_key = max(journal.last_key, key)
    papers = journal.added if version == 1 else journal.replaced
    papers[key] = _manuscript(report, version)
    journal.features[key] = replace(
        report.story.features, published=report.at, source=report.source
    )
    evidence = _evidence(report)
    assignment = Assignment(key, report.group, report.event, report.original, evidence=evidence)
    journal.entries.append(LogEntry(kind, key, f"a{key}", Proposal(assignment)))


def _manuscript(report: Report, version: int) -> ArticleRow:
    url = f"https://news.example/{report.key}"
    story = report.story
    article = {
        "key": report.key,
        "id": f"a{report.key}",
        "version": version,
        "url": url,
        "canonical_url": url,
        "title": story.title if version == 1 else f"{story.title}, {version}",
        "source": report.source,
        "language": story.features.language,
        "published_at": datetime.fromtimestamp(report.at, UTC).isoformat(),
        "published": report.at,
        "received_at": report.at,
        "updated_at": report.at + version,
        "content_hash": report.key.to_bytes(8, "big"),
    }
    return ArticleRow(article, f"{story.text} {version}." if version > 1 else story.text)


def _evidence(report: Report) -> Evidence:
    if report.original is None:
        return Evidence(event_probability=0.83, runner_up=(1, 0.12), shared_terms=("net", "income"))
    return Evidence(jaccard=0.71, containment=0.94, duplicate_score=0.97)


def _post_again(store: Store, report: Report) -> None:
    """Give an article many versions."""
    for version in range(2, VERSIONS + 1):
        with store.writing() as transaction:
            journal = open_change_set(transaction, now=report.at + version)
            gone = LogEntry("article.updated", report.key, f"a{report.key}", Proposal(None))
            journal.entries.append(gone)
            _file(journal, report, "article.updated", version)
            write_change_set(transaction, journal, EARLIEST)
