"""Validate the records of readers; report those that are invalid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from service.ingest import submission
from service.ingest.parsing import page_identity
from service.ingest.readers.items import (
    Extent,
    PassedOver,
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
    extent: Extent = "whole"
    """How much of the text it may hold. An excerpt never replaces a longer text."""
    names_itself: bool = True
    """Whether more is known of whose it is than the address that its page declares."""


class Reporter(Protocol):
    """Receives what is to be told about the sources."""

    def refuse(self, origin: str, reason: str) -> None:
        """Report an article that is refused."""

    def pass_over(self, origin: str, reason: str) -> None:
        """Report a record that is valid, but not ingested."""

    def fail(self, source_name: str, reason: str) -> None:
        """Report a source that cannot be read, or not to its end."""

    def warn(self, origin: str, message: str) -> None:
        """Report a part of an article that is ignored or repaired."""

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
            case Record():
                yield from _parse_record(item, reporter, max_text_chars)
            case UnreadableRecord(origin, reason, True):
                reporter.fail(origin, reason)
            case UnreadableRecord(origin, reason):
                reporter.refuse(origin, reason)
            case PassedOver(origin, reason):
                reporter.pass_over(origin, reason)
            case ReaderNote(origin, message):
                reporter.note(origin, message)
            case SitemapRef(origin, url):
                reporter.note(origin, f"articles at another address: {url}")
            case _:
                assert_never(item)


def validate_record(record: Record, max_text_chars: int) -> ValidatedArticle:
    """Validate an article as a reader found it.

    Raises
    ------
    InvalidArticleError
    """
    article = submission.validate_article(record.article, max_text_chars=max_text_chars)
    return replace(
        article,
        # Articles at one canonical address are taken for one another.
        canonical_url=None if record.shares_address else article.canonical_url,
        feed_entry=record.feed_entry or article.feed_entry,
        warnings=(*record.warnings, *article.warnings),
    )


def _parse_record(
    record: Record, reporter: Reporter, max_text_chars: int
) -> Iterator[ParsedArticle]:
    try:
        article = validate_record(record, max_text_chars)
    except InvalidArticleError as error:
        reporter.refuse(record.origin, _describe_errors(error))
        return
    except Exception as error:  # an article that a library cannot digest costs only itself
        reporter.refuse(record.origin, f"cannot be processed: {error!r}")
        return
    for warning in article.warnings:
        reporter.warn(record.origin, warning)
    yield ParsedArticle(record.origin, article, record.extent, _names_itself(record, article))


def _names_itself(record: Record, article: ValidatedArticle) -> bool:
    """Whether more is known of whose article it is than the address that its page declares."""
    submitted = record.article if isinstance(record.article, dict) else {}
    return (
        article.url is None
        or article.source not in (None, page_identity.host_of(article.url))
        or submitted.get("html") is None
        or any(name in submitted for name in ("id", "url", "link"))
    )


def _describe_errors(error: InvalidArticleError) -> str:
    return "; ".join(
        f"{field_error.field.removeprefix('/')}: {field_error.message}"
        if field_error.field
        else field_error.message
        for field_error in error.field_errors
    )
