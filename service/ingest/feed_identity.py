"""Tell entries of a feed that share one address apart, whenever they were read.

An entry is identified by its address, so that a feed, a sitemap and a crawler agree on it. Some
feeds give all entries one address, and list only the newest. The store knows by which guid a feed
called the article at an address: an entry with another guid and other words is another article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from service.ingest import submission
from service.ingest.feed_entry_id import FeedEntryId
from service.ingest.parsing import urls
from service.ingest.submission import ValidatedArticle
from service.store import feed_entries
from service.store.feed_entries import ArticleInFeed
from service.store.schema import articles, texts

_WORDS_QUERY: Final = (
    select(articles.c.id, articles.c.title, texts.c.text)
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)


class _Words(NamedTuple):
    title: str
    text: str


def separate_entries(
    connection: Connection, validated: Sequence[ValidatedArticle]
) -> list[ValidatedArticle]:
    """Give entries of feeds an id of their own where their address names another entry.

    Parameters
    ----------
    connection : Connection
    validated : sequence of ValidatedArticle
        In the order in which they are to be ingested.

    Returns
    -------
    list of ValidatedArticle
        All of them, in the same order.
    """
    ids = {article_id for article in validated for article_id in _possible_ids(article)}
    if not ids:
        return list(validated)
    rows = connection.execute(_WORDS_QUERY, {"ids": sorted(ids)})
    words = {row.id: _Words(row.title.strip(), row.text.strip()) for row in rows}
    known = _KnownEntries(words, feed_entries.read_entry_ids(connection, ids))
    return [known.place(article) for article in validated]


@dataclass(frozen=True, slots=True)
class _KnownEntries:
    """What is stored, or comes before in the same sequence."""

    words: dict[str, _Words]
    entry_ids: dict[ArticleInFeed, str]

    def place(self, article: ValidatedArticle) -> ValidatedArticle:
        """Return the article with the id that it has, or is to have."""
        entry = article.feed_entry
        placed = article if entry is None else self._with_own_id(article, entry)
        self.words[placed.id] = _words_of(placed)
        if entry is not None and entry.is_guid and placed.id != entry.article_id:
            self.entry_ids[ArticleInFeed(placed.id, entry.feed)] = entry.article_id
        return placed

    def _with_own_id(self, article: ValidatedArticle, entry: FeedEntryId) -> ValidatedArticle:
        canonical_url = urls.canonicalise(article.url) if article.url else None
        id_by_url = submission.id_of_url(canonical_url) if canonical_url else article.id
        known_as = self.entry_ids.get(ArticleInFeed(id_by_url, entry.feed))
        if known_as == entry.article_id:  # it was alone at its address when it was read first
            return replace(article, id=id_by_url, canonical_url=canonical_url)
        is_other = known_as is not None and entry.is_guid and not self._is_same(id_by_url, article)
        if is_other or entry.article_id in self.words:
            return replace(article, id=entry.article_id, canonical_url=None)
        return article

    def _is_same(self, article_id: str, article: ValidatedArticle) -> bool:
        """Whether only the guid is new, as in feeds that make one up at each reading."""
        known, new = self.words[article_id], _words_of(article)
        return known.title == new.title and (known.text == new.text or not new.text)


def _words_of(article: ValidatedArticle) -> _Words:
    return _Words(article.title.strip(), article.text.strip())


def _possible_ids(article: ValidatedArticle) -> Iterator[str]:
    if article.feed_entry is not None:
        yield article.feed_entry.article_id
        if article.url:
            yield submission.id_of_url(urls.canonicalise(article.url))
