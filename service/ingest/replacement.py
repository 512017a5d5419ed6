"""Decide which records must not replace the text that is stored.

Feeds and sitemaps often hold only the beginning of an article, and a page may declare the address
of the article that it copies. Neither must cost the text that is known already.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, bindparam, select

from service.ingest.readers import ParsedArticle, Reporter
from service.ingest.readers.items import Extent
from service.ingest.submission import ValidatedArticle
from service.store.schema import articles, texts

_KNOWN_QUERY: Final = (
    select(articles.c.id, texts.c.text, articles.c.title)
    .join_from(articles, texts, texts.c.key == articles.c.key)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)
_CUT_OFF: Final = re.compile(
    r"(?:…|\.{3}|\[(?:…|\.{3})\]|(?:read|continue|view) (?:more|reading|full story|the rest)\W*)\Z",
    re.IGNORECASE,
)
_EXCERPT_SHARE: Final[dict[Extent, float]] = {"summary": 1 / 2, "content": 1 / 3}
"""Share of the known length below which a text is taken for an excerpt, not for a correction."""


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """What is known of an article that a record may replace."""

    text: str
    title: str


def read_known(connection: Connection, parsed: Sequence[ParsedArticle]) -> dict[str, KnownArticle]:
    """Return the stored articles that some of the records may not replace, by their ids."""
    ids = {
        article_id
        for item in parsed
        if item.extent != "whole" or not item.article.text.strip() or not item.names_itself
        for article_id in _possible_ids(item)
    }
    if not ids:
        return {}
    rows = connection.execute(_KNOWN_QUERY, {"ids": sorted(ids)})
    return {row.id: KnownArticle(row.text, row.title) for row in rows}


def select_articles(
    parsed: Sequence[ParsedArticle], stored: Mapping[str, KnownArticle], reporter: Reporter
) -> Iterator[ValidatedArticle]:
    """Yield the articles to ingest, and report those that would cost a longer text.

    Parameters
    ----------
    parsed : sequence of ParsedArticle
        In the order in which they are to be ingested.
    stored : dict
        From `read_known`.
    reporter : Reporter
    """
    known = dict(stored)
    for item in parsed:
        article = _as_own_article(item, known, reporter)
        previous = known.get(article.id)
        if previous is not None and is_excerpt(article.text, previous.text, item.extent):
            reporter.pass_over(item.origin, _describe_excerpt(article))
        else:
            known[article.id] = KnownArticle(article.text, article.title)
            yield article


def is_excerpt(text: str, known_text: str, extent: Extent) -> bool:
    """Whether a text is only an excerpt of the known one, rather than a correction of it.

    Parameters
    ----------
    text : str
    known_text : str
    extent : Extent
        How much of the article the text may hold. Without any text it is always an excerpt.
    """
    words, known_words = " ".join(text.split()), " ".join(known_text.split())
    if len(words) >= len(known_words):
        return False
    if not words:
        return True
    if extent == "whole":
        return False
    is_beginning = extent == "summary" and known_words.startswith(words)
    is_cut_off = _CUT_OFF.search(words) is not None
    return is_beginning or is_cut_off or len(words) < len(known_words) * _EXCERPT_SHARE[extent]


def _possible_ids(item: ParsedArticle) -> Iterator[str]:
    yield item.article.id
    if not item.names_itself:
        yield _own_id(item.article)


def _as_own_article(
    item: ParsedArticle, known: Mapping[str, KnownArticle], reporter: Reporter
) -> ValidatedArticle:
    """The article; with an id of its own if its page may only declare the address of another."""
    article = item.article
    if item.names_itself:
        return article
    own_id, other = _own_id(article), known.get(article.id)
    is_other = other is not None and other.title != article.title and other.text != article.text
    if own_id not in known and not is_other:
        return article
    reporter.warn(item.origin, "url: another page with other words declares the same address")
    return replace(article, id=own_id)


def _own_id(article: ValidatedArticle) -> str:
    name = f"{article.canonical_url}\n{article.title}"
    digest = hashlib.sha256(name.encode(errors="replace")).digest()
    return "p_" + b32encode(digest[:15]).decode("ascii").lower()


def _describe_excerpt(article: ValidatedArticle) -> str:
    if not article.text.strip():
        return "only a headline; the text that is stored is kept"
    return "only an excerpt; the longer text that is stored is kept"
