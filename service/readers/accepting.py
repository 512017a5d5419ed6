"""The good articles out of readings; whoever asks hears about the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, assert_never

from service import submission
from service.readers.formats import Elsewhere, Note, Reading, Record, Unreadable
from service.submission import InvalidArticleError, Received


@dataclass(frozen=True, slots=True)
class Found:
    """A good article, and the place in a file where it begins."""

    origin: str
    received: Received
    excerpt: bool = False
    """Whether it shall not take the place of a longer text."""


class Report(Protocol):
    """Whoever hears what is wrong with files."""

    def refuse(self, origin: str, reason: str) -> None:
        """Hear of an article that is not taken."""

    def note(self, origin: str, message: str) -> None:
        """Hear of something that costs no article."""


def accept(readings: Iterable[Reading], report: Report, max_text_chars: int) -> Iterator[Found]:
    """Yield each article that the API would take, and report the others.

    Parameters
    ----------
    readings : iterable of Reading
    report : Report
    max_text_chars : int
        The longest text or title to take.
    """
    for reading in readings:
        match reading:
            case Record(origin, article, excerpt):
                try:
                    received = submission.read(article, max_text_chars=max_text_chars)
                    yield Found(origin, received, excerpt)
                except InvalidArticleError as error:
                    report.refuse(origin, _in_words(error))
            case Unreadable(origin, problem):
                report.refuse(origin, problem)
            case Note(origin, message):
                report.note(origin, message)
            case Elsewhere(origin, address):
                report.note(origin, f"articles at another address: {address}")
            case _:
                assert_never(reading)


def _in_words(error: InvalidArticleError) -> str:
    return "; ".join(
        f"{fault.field.removeprefix('/')}: {fault.message}" if fault.field else fault.message
        for fault in error.faults
    )
