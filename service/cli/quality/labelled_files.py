"""Labelled files: articles with the truth about them, as corpora for training and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.learning.datasets import Corpus, LabelledArticle
from service.ingest import readers
from service.ingest.readers import (
    ParsedArticle,
    ReaderItem,
    Record,
    Reporter,
    Source,
    UnreadableRecord,
)

_LABEL_FIELDS: Final = ("event", "duplicate_group")


class UnlabelledError(ValueError):
    """A file says nothing true of its articles; the message names it."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """The corpus of a file, and the ids of its articles by their keys."""

    corpus: Corpus
    ids: Mapping[int, str]


def read_labelled_files(
    sources: Sequence[Source], reporter: Reporter, max_text_chars: int
) -> list[LabelledFile]:
    """Read each labelled file as a corpus, named as the file is, without folder and suffixes.

    A label is a string in the fields `event` or `duplicate_group`; null or absent where nobody
    knows. Of several articles with one id in a file only the last counts.

    Parameters
    ----------
    sources : sequence of Source
    reporter : Report
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
    files = [_read_file(source, reporter, max_text_chars) for source in sources]
    names = [file.corpus.name for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnlabelledError(f"two files are called {', '.join(twice)}: figures go by that name")
    return files


def _read_file(source: Source, reporter: Reporter, max_text_chars: int) -> LabelledFile:
    labels: dict[str, dict[str, str]] = {}
    readings = _split_labels(readers.read_source(source), labels)
    latest = {
        it.article.id: it for it in readers.parse_articles(readings, reporter, max_text_chars)
    }
    items = tuple(
        _build_labelled_article(key, found, labels[found.origin])
        for key, found in enumerate(latest.values(), start=1)
    )
    if not any(it.event or it.duplicate_group for it in items):
        raise UnlabelledError(f"{source.name}: no article has a label (event, duplicate_group)")
    ids = dict(enumerate(latest, start=1))
    return LabelledFile(Corpus(Path(source.name).name.partition(".")[0], items), ids)


def _split_labels(
    items: Iterable[ReaderItem], labels: dict[str, dict[str, str]]
) -> Iterator[ReaderItem]:
    """Take the labels off, so that nothing that judges can see them."""
    for reading in items:
        if isinstance(reading, Record) and isinstance(reading.article, dict):
            article = dict(reading.article)
            given = {name: article.pop(name, None) for name in _LABEL_FIELDS}
            labels[reading.origin] = {name: it for name, it in given.items() if it is not None}
            wrong = [name for name, it in labels[reading.origin].items() if not isinstance(it, str)]
            if wrong:
                yield UnreadableRecord(
                    reading.origin, f"{', '.join(wrong)}: must be a string or null"
                )
                continue
            yield Record(reading.origin, article)
        else:
            yield reading


def _build_labelled_article(
    key: int, parsed: ParsedArticle, labels: dict[str, str]
) -> LabelledArticle:
    article = parsed.article.to_article(key)
    return LabelledArticle(article, labels.get("event"), labels.get("duplicate_group"))
