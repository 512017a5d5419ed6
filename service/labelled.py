"""Labelled files: articles with the truth about them, as corpora for training and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from clustering.corpora import Corpus, Labelled
from service import readers
from service.readers import Found, Reading, Record, Report, Source, Unreadable

_LABELS: Final = ("event", "duplicate_group")


class UnlabelledError(ValueError):
    """A file says nothing true of its articles; the message names it."""


def read(sources: Sequence[Source], report: Report, max_text_chars: int) -> list[Corpus]:
    """Read each labelled file as a corpus.

    A label is a string in the fields `event` or `duplicate_group`; null or absent where nobody
    knows. Of several articles with one id in a file only the last counts.

    Parameters
    ----------
    sources : sequence of Source
    report : Report
        Hears of articles that are not taken.
    max_text_chars : int
        The longest text or title to take.

    Returns
    -------
    list of Corpus
        Named as the files are, without folder and suffixes.

    Raises
    ------
    UnlabelledError
        If a file has no label at all, or two files have one name.
    """
    corpora = [_corpus(source, report, max_text_chars) for source in sources]
    names = [corpus.name for corpus in corpora]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnlabelledError(f"two files are called {', '.join(twice)}: figures go by that name")
    return corpora


def name_of(source: Source) -> str:
    """What figures call a file: its name without folder and suffixes."""
    return Path(source.name).name.partition(".")[0]


def _corpus(source: Source, report: Report, max_text_chars: int) -> Corpus:
    labels: dict[str, dict[str, str]] = {}
    readings = _unlabelled(readers.read(source), labels)
    latest = {it.received.id: it for it in readers.accept(readings, report, max_text_chars)}
    items = tuple(
        _labelled(key, found, labels[found.origin])
        for key, found in enumerate(latest.values(), start=1)
    )
    if not any(it.event or it.duplicate_group for it in items):
        raise UnlabelledError(f"{source.name}: no article has a label (event, duplicate_group)")
    return Corpus(name_of(source), items)


def _unlabelled(
    readings: Iterable[Reading], labels: dict[str, dict[str, str]]
) -> Iterator[Reading]:
    """Take the labels off, so that nothing that judges can see them."""
    for reading in readings:
        if isinstance(reading, Record) and isinstance(reading.article, dict):
            article = dict(reading.article)
            given = {name: article.pop(name, None) for name in _LABELS}
            labels[reading.origin] = {name: it for name, it in given.items() if it is not None}
            wrong = [name for name, it in labels[reading.origin].items() if not isinstance(it, str)]
            if wrong:
                yield Unreadable(reading.origin, f"{', '.join(wrong)}: must be a string or null")
                continue
            yield Record(reading.origin, article)
        else:
            yield reading


def _labelled(key: int, found: Found, labels: dict[str, str]) -> Labelled:
    article = found.received.to_article(key)
    return Labelled(article, labels.get("event"), labels.get("duplicate_group"))
