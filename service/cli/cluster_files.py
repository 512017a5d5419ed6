"""Cluster the articles of files in memory, without a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustering.events.sentence_vectors import SentenceVector
from clustering.pipeline.batch import assign
from clustering.state.canonical import EARLIEST, CanonicalRule
from clustering.types import Article, Assignment
from service.common import ids
from service.common.dates import from_timestamp
from service.embeddings.centred import CentredEncoder
from service.embeddings.encoder import encoded_text
from service.ingest.readers import ParsedArticle
from service.ingest.replacement import is_excerpt
from service.ingest.submission import ValidatedArticle

_EXCERPT_CHARS: Final = 120
"""Characters of the text that replace a missing title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a duplicate group."""

    article_id: str
    title: str
    """Its title, or the beginning of its text if it has none."""
    source: str | None
    published_at: datetime | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A duplicate group; the canonical article comes first."""

    duplicate_group_id: str
    canonical_article_id: str
    articles: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event with its duplicate groups, in order of assignment."""

    event_id: str
    headline: str
    size: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredArticle:
    """An article with its group and event: a row of the CSV output."""

    article_id: str
    duplicate_group_id: str
    event_id: str
    title: str
    source: str | None
    published_at: datetime | None
    origin: str


def cluster(
    parsed: Iterable[ParsedArticle],
    canonical_rule: CanonicalRule = EARLIEST,
    *,
    across_languages: bool = True,
    encoder: CentredEncoder | None = None,
) -> list[Event]:
    """Cluster articles into duplicate groups and events, as a service with an empty store would.

    If several articles have the same id, the last one counts: it is the newest version. An excerpt
    never replaces a longer text.

    Parameters
    ----------
    parsed : iterable of ParsedArticle
    canonical_rule : CanonicalRule
        Chooses the canonical article of a group.
    across_languages : bool
        Whether one event may hold reports in several languages.
    encoder : CentredEncoder, optional
        Without it, articles are judged by their words alone.

    Returns
    -------
    list of Event
        Largest first.
    """

    def encode(chosen: Sequence[Article]) -> Iterable[SentenceVector]:
        documents = [encoded_text(article.title, article.text) for article in chosen]
        return encoder.encode(documents) if encoder else ()

    latest: dict[str, ParsedArticle] = {}
    for item in parsed:
        known = latest.get(item.article.id)
        if known is None or not is_excerpt(item.article.text, known.article.text, item.extent):
            latest[item.article.id] = item
    by_key = dict(enumerate(latest.values(), start=1))
    by_event: defaultdict[int, list[Assignment]] = defaultdict(list)
    articles = (entry.article.to_article(key) for key, entry in by_key.items())
    assignments = assign(
        articles,
        canonical_rule,
        across_languages=across_languages,
        encode=encode if encoder else None,
    )
    for assignment in assignments.values():
        by_event[assignment.event].append(assignment)
    events = [_build_event(members, by_key) for members in by_event.values()]
    return sorted(events, key=lambda event: -event.size)


def flatten_events(events: Iterable[Event]) -> Iterator[ClusteredArticle]:
    """Yield one row per article of the events."""
    for event in events:
        for group in event.groups:
            for member in group.articles:
                yield ClusteredArticle(
                    article_id=member.article_id,
                    duplicate_group_id=group.duplicate_group_id,
                    event_id=event.event_id,
                    title=member.title,
                    source=member.source,
                    published_at=member.published_at,
                    origin=member.origin,
                )


def title_or_excerpt(article: Article | ValidatedArticle) -> str:
    """Return the title of an article, or the beginning of its text if it has none."""
    return article.title.strip() or article.text.strip()[:_EXCERPT_CHARS]


def _build_event(
    assignments: Sequence[Assignment], parsed_by_key: Mapping[int, ParsedArticle]
) -> Event:
    by_group: defaultdict[int, list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        by_group[assignment.group].append(assignment)
    groups = tuple(_build_group(members, parsed_by_key) for members in by_group.values())
    return Event(
        event_id=ids.encode("e", assignments[0].event),
        headline=groups[0].articles[0].title,
        size=len(assignments),
        groups=groups,
    )


def _build_group(
    assignments: Sequence[Assignment], parsed_by_key: Mapping[int, ParsedArticle]
) -> Group:
    canonical_first = sorted(
        assignments, key=lambda assignment: assignment.duplicate_of is not None
    )
    articles = tuple(
        _build_member(parsed_by_key[assignment.article]) for assignment in canonical_first
    )
    return Group(
        duplicate_group_id=ids.encode("g", assignments[0].group),
        canonical_article_id=articles[0].article_id,
        articles=articles,
    )


def _build_member(parsed: ParsedArticle) -> Member:
    article = parsed.article
    return Member(
        article_id=article.id,
        title=title_or_excerpt(article),
        source=article.source,
        published_at=None if article.published is None else from_timestamp(article.published),
        origin=parsed.origin,
    )
