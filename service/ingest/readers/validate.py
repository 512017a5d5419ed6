"""The good articles out of readings; whoever asks hears about the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, assert_never

from service.ingest import submission
from service.ingest.readers.text_formats import Note, ReaderItem, Record, SitemapRef, Unreadable
from service.ingest.submission import InvalidArticleError, ValidatedArticle


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """A good article, and the place in a file where it begins."""

    origin: str
    article: ValidatedArticle
    is_excerpt: bool = False
    """Whether it shall not take the place of a longer text."""


class Reporter(Protocol):
    """Whoever hears what is wrong with files."""

    def refuse(self, origin: str, reason: str) -> None:
        """Hear of an article that is not taken."""

    def note(self, origin: str, message: str) -> None:
        """Hear of something that costs no article."""


def parse_articles(
    items: Iterable[ReaderItem], reporter: Reporter, max_text_chars: int
) -> Iterator[ParsedArticle]:
    """Yield each article that the API would take, and report the others.

    Parameters
    ----------
    items : iterable of ReaderItem
    reporter : Report
    max_text_chars : int
        The longest text or title to take.
    """
    for reading in items:
        match reading:
            case Record(origin, article, excerpt):
                try:
                    received = submission.validate_article(article, max_text_chars=max_text_chars)
                    yield ParsedArticle(origin, received, excerpt)
                except InvalidArticleError as error:
                    reporter.refuse(origin, _describe_errors(error))
            case Unreadable(origin, problem):
                reporter.refuse(origin, problem)
            case Note(origin, message):
                reporter.note(origin, message)
            case SitemapRef(origin, address):
                reporter.note(origin, f"articles at another address: {address}")
            case _:
                assert_never(reading)


def _describe_errors(error: InvalidArticleError) -> str:
    return "; ".join(
        f"{fault.field.removeprefix('/')}: {fault.message}" if fault.field else fault.message
        for fault in error.field_errors
    )
