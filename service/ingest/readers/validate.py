"""Validate the records of readers; report those that are invalid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, assert_never

from service.ingest import submission
from service.ingest.readers.text_formats import (
    ReaderItem,
    ReaderNote,
    Record,
    SitemapRef,
    UnreadableRecord,
)
from service.ingest.submission import InvalidArticleError, ValidatedArticle


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """A valid article and where it begins in its source."""

    origin: str
    article: ValidatedArticle
    is_excerpt: bool = False
    """Whether the text may be only the beginning. An excerpt never replaces a longer text."""


class Reporter(Protocol):
    """Receives what is to be told about the sources."""

    def refuse(self, origin: str, reason: str) -> None:
        """Report an article that is refused."""

    def note(self, origin: str, message: str) -> None:
        """Report something else; no article is lost."""


def parse_articles(
    items: Iterable[ReaderItem], reporter: Reporter, max_text_chars: int
) -> Iterator[ParsedArticle]:
    """Yield each article that the API would accept, and report all other items.

    Parameters
    ----------
    items : iterable of ReaderItem
    reporter : Reporter
    max_text_chars : int
        Longest accepted text or title, in characters.
    """
    for item in items:
        match item:
            case Record(origin, raw, is_excerpt):
                try:
                    article = submission.validate_article(raw, max_text_chars=max_text_chars)
                    yield ParsedArticle(origin, article, is_excerpt)
                except InvalidArticleError as error:
                    reporter.refuse(origin, _describe_errors(error))
            case UnreadableRecord(origin, reason):
                reporter.refuse(origin, reason)
            case ReaderNote(origin, message):
                reporter.note(origin, message)
            case SitemapRef(origin, url):
                reporter.note(origin, f"articles at another address: {url}")
            case _:
                assert_never(item)


def _describe_errors(error: InvalidArticleError) -> str:
    return "; ".join(
        f"{field_error.field.removeprefix('/')}: {field_error.message}"
        if field_error.field
        else field_error.message
        for field_error in error.field_errors
    )
