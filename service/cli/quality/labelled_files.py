"""Read files of labelled articles as corpora for training and evaluation."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

from clustering.learning.datasets import Corpus, LabelledArticle, LabelledPair
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
"""Fields that hold labels, besides those of an article."""


class UnlabelledError(ValueError):
    """A file has no labels, or two files have the same name; the message says which."""


class UnreadablePairsError(ValueError):
    """A file of labelled pairs cannot be read; the message names the line and the field."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """The corpus of a file, and the id of each article by its key."""

    corpus: Corpus
    ids: Mapping[int, str]


def read_labelled_files(
    sources: Sequence[Source],
    reporter: Reporter,
    max_text_chars: int,
    *,
    require_labels: bool = True,
) -> list[LabelledFile]:
    """Read each labelled file as a corpus, named like the file without folder and suffixes.

    A label is a string in the field `event` or `duplicate_group`; null or no field if the label is
    unknown. If several articles of a file have one id, the last one counts.

    Parameters
    ----------
    sources : sequence of Source
    reporter : Reporter
        Receives the refused articles.
    max_text_chars : int
        Longest text or title accepted, in characters.
    require_labels : bool
        Whether a file without any label is an error.

    Returns
    -------
    list of LabelledFile

    Raises
    ------
    UnlabelledError
        If a file has no label at all, or two files have one name.
    """
    files = [_read_file(source, reporter, max_text_chars) for source in sources]
    if require_labels:
        _check_labels(sources, files)
    names = [file.corpus.name for file in files]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise UnlabelledError(
            f"two files are called {', '.join(repeated)}; results need distinct names"
        )
    return files


def _check_labels(sources: Iterable[Source], files: Iterable[LabelledFile]) -> None:
    for source, file in zip(sources, files, strict=True):
        if not any(item.event or item.duplicate_group for item in file.corpus.items):
            raise UnlabelledError(f"{source.name}: no article has a label (event, duplicate_group)")


def read_labelled_pairs(
    source: Source,
    pairs_file: Path,
    reporter: Reporter,
    max_text_chars: int,
    *,
    across_languages: bool = False,
) -> Corpus:
    """Read articles and labelled pairs of them as a corpus.

    Parameters
    ----------
    source : Source
        The articles; labels of their own are ignored.
    pairs_file : Path
        JSON lines, plain or gzipped, with `id_a`, `id_b` and `same_event`: true, false, or null to
        leave the pair out.
    reporter : Reporter
        Receives the refused articles.
    max_text_chars : int
        Longest text or title accepted, in characters.
    across_languages : bool
        Whether to keep pairs of articles in two languages.

    Returns
    -------
    Corpus

    Raises
    ------
    UnreadablePairsError
        If a line cannot be read or names an unknown article, or no pair is left.
    """
    articles = _latest_articles(
        _split_labels(readers.read_source(source), {}), reporter, max_text_chars
    )
    keys = {article_id: key for key, article_id in enumerate(articles, start=1)}
    items = tuple(
        LabelledArticle(parsed.article.to_article(keys[article_id]))
        for article_id, parsed in articles.items()
    )
    languages = {item.article.key: item.article.language for item in items}
    pairs = tuple(
        pair
        for pair in _read_pairs(pairs_file, keys)
        if across_languages or languages[pair.first] == languages[pair.second]
    )
    if not pairs:
        which = "labelled pair" if across_languages else "labelled pair of one language"
        raise UnreadablePairsError(f"{pairs_file}: no {which}")
    return Corpus(Path(source.name).name.partition(".")[0], items, pairs)


def _read_pairs(file: Path, keys: Mapping[str, int]) -> Iterator[LabelledPair]:
    with _open_text(file) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                first, second, same = keys[row["id_a"]], keys[row["id_b"]], row["same_event"]
            except (ValueError, TypeError) as error:
                raise UnreadablePairsError(f"{file}:{number}: {error}") from error
            except KeyError as error:
                raise UnreadablePairsError(f"{file}:{number}: unknown {error}") from error
            if not isinstance(same, bool | None):
                raise UnreadablePairsError(
                    f"{file}:{number}: same_event: must be true, false or null"
                )
            if same is not None:
                yield LabelledPair(first, second, same)


def _open_text(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")


def _read_file(source: Source, reporter: Reporter, max_text_chars: int) -> LabelledFile:
    labels: dict[str, dict[str, str]] = {}
    reader_items = _split_labels(readers.read_source(source), labels)
    latest = _latest_articles(reader_items, reporter, max_text_chars)
    items = tuple(
        _build_labelled_article(key, parsed, labels[parsed.origin])
        for key, parsed in enumerate(latest.values(), start=1)
    )
    ids = dict(enumerate(latest, start=1))
    return LabelledFile(Corpus(Path(source.name).name.partition(".")[0], items), ids)


def _latest_articles(
    reader_items: Iterable[ReaderItem], reporter: Reporter, max_text_chars: int
) -> dict[str, ParsedArticle]:
    """Parse articles; if several have one id, the last one counts."""
    return {
        parsed.article.id: parsed
        for parsed in readers.parse_articles(reader_items, reporter, max_text_chars)
    }


def _split_labels(
    items: Iterable[ReaderItem], labels: dict[str, dict[str, str]]
) -> Iterator[ReaderItem]:
    """Move the labels from the articles to `labels`, so that the clustering cannot see them."""
    for item in items:
        if not (isinstance(item, Record) and isinstance(item.article, dict)):
            yield item
            continue
        article = dict(item.article)
        values = {name: article.pop(name, None) for name in _LABEL_FIELDS}
        labels[item.origin] = {name: value for name, value in values.items() if value is not None}
        invalid = [
            name for name, value in labels[item.origin].items() if not isinstance(value, str)
        ]
        if invalid:
            yield UnreadableRecord(item.origin, f"{', '.join(invalid)}: must be a string or null")
        else:
            yield replace(item, article=article)


def _build_labelled_article(
    key: int, parsed: ParsedArticle, labels: dict[str, str]
) -> LabelledArticle:
    article = parsed.article.to_article(key)
    return LabelledArticle(article, labels.get("event"), labels.get("duplicate_group"))
