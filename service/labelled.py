"""Labelled files: articles with the truth about them, as corpora for training and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.corpora import Corpus, Labelled
from service import readers
from service.readers import Found, Reading, Record, Report, Source, Unreadable

_LABELS: Final = ("event", "duplicate_group")


class UnlabelledError(ValueError):
    """A file says nothing true of its articles; the message names it."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """The corpus of a file, and the ids of its articles by their keys."""

    corpus: Corpus
    ids: Mapping[int, str]


def read(sources: Sequence[Source], report: Report, max_text_chars: int) -> list[LabelledFile]:
    """Read each labelled file as a corpus, named as the file is, without folder and suffixes.

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
    list of LabelledFile

    Raises
    ------
    UnlabelledError
        If a file has no label at all, or two files have one name.
    """
    files = [_file(source, report, max_text_chars) for source in sources]
    names = [file.corpus.name for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnlabelledError(f"two files are called {', '.join(twice)}: figures go by that name")
    return files


def _file(source: Source, report: Report, max_text_chars: int) -> LabelledFile:
    labels: dict[str, dict[str, str]] = {}
    readings = _unlabelled(readers.read(source), labels)
    latest = {it.received.id: it for it in readers.accept(readings, report, max_text_chars)}
    items = tuple(
        _labelled(key, found, labels[found.origin])
        for key, found in enumerate(latest.values(), start=1)
    )
    if not any(it.event or it.duplicate_group for it in items):
        raise UnlabelledError(f"{source.name}: no article has a label (event, duplicate_group)")
    ids = dict(enumerate(latest, start=1))
    return LabelledFile(Corpus(Path(source.name).name.partition(".")[0], items), ids)


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
