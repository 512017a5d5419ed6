"""Explain a pair of articles, from a store or from files: all numbers behind the two verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from clustering.explain.explanation import Explanation
from clustering.explain.pair import explain as explain_pair
from clustering.features.extract import extract_features
from clustering.pipeline.index import ArticleIndex
from clustering.types import Article
from service import queries
from service.engine.fingerprint_cache import FingerprintCache
from service.ingest import readers
from service.ingest.readers import ReaderItem, Reporter
from service.store import Store, StoreError
from service.store.change_log import reanalyse, replay
from service.store.schema import articles, texts

_FIRST_FILE_KEY: Final = 1 << 62
"""First key given to articles from files; no store ever reaches it."""


class NotFoundError(LookupError):
    """A name is neither an article id nor a readable file; the message says which name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """An article under the name that was asked for, with its group and event in the store."""

    name: str
    duplicate_group_id: str | None
    """None for an article from a file."""
    event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairExplanation:
    """Two articles and the explanation of both verdicts."""

    articles: tuple[ArticleRef, ArticleRef]
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class _LoadedArticle:
    ref: ArticleRef
    article: Article
    is_stored: bool


def explain(
    store: Store | None, first: str, second: str, reporter: Reporter, max_text_chars: int
) -> PairExplanation:
    """Explain whether two articles are duplicates and whether they report the same event.

    The term weights, group frequencies and threshold are those of the store. An article from a
    file is treated as newly arrived. The store is not changed.

    Parameters
    ----------
    store : Store or None
        None if there is no store; then the index holds only the two articles.
    first, second : str
        Id of an article in the store, or a file: ``path``, or ``path:line`` if the file holds
        several articles.
    reporter : Reporter
        Receives the reason why an article of a file is refused.
    max_text_chars : int
        Longest text accepted from a file, in characters.

    Returns
    -------
    PairExplanation

    Raises
    ------
    NotFoundError
        If a name is neither an id in the store nor a file with exactly one such article.
    StoreError
        If the store holds fingerprints of another version.
    """
    with _load_index(store) as (connection, index, fingerprints):
        loaded_first, loaded_second = (
            _find_stored(store, connection, name) or _read_file(name, reporter, max_text_chars)
            for name in (first, second)
        )
        first_key = _add_to_index(index, fingerprints, loaded_first, _FIRST_FILE_KEY)
        second_key = _add_to_index(index, fingerprints, loaded_second, _FIRST_FILE_KEY + 1)
        explanation = explain_pair(
            loaded_first.article,
            loaded_second.article,
            partial(index.group_frequency, first_key, second_key),
            index.idf_snapshot,
            index.event_threshold,
        )
    return PairExplanation(articles=(loaded_first.ref, loaded_second.ref), explanation=explanation)


def is_file(name: str) -> bool:
    """Whether a name is an existing file, with or without a line number."""
    return Path(name).exists() or Path(_split_path_line(name)[0]).exists()


@contextmanager
def _load_index(
    store: Store | None,
) -> Iterator[tuple[Connection | None, ArticleIndex, FingerprintCache]]:
    """Load a private index, to which the articles of files can be added."""
    fingerprints = FingerprintCache()
    index = ArticleIndex(fingerprints)
    if store is None:
        yield None, index, fingerprints
        return
    with store.reading() as connection:
        if reanalyse.has_outdated_features(connection):
            raise StoreError(
                "the store has fingerprints of another version; `storyfold serve` renews them"
            )
        fingerprints.begin(connection)
        replay.load_index(connection, index, lambda: False)
        yield connection, index, fingerprints


def _find_stored(
    store: Store | None, connection: Connection | None, name: str
) -> _LoadedArticle | None:
    if store is None or connection is None:
        return None
    query = (
        select(articles, texts.c.text)
        .join(texts, texts.c.key == articles.c.key)
        .where(articles.c.id == name)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    assignment = queries.get_assignments(connection, [row.key])[row.key].assignment
    ref = ArticleRef(
        name=name,
        duplicate_group_id=assignment.duplicate_group_id,
        event_id=assignment.event_id,
    )
    return _LoadedArticle(ref, reanalyse.to_article(row), is_stored=True)


def _read_file(name: str, reporter: Reporter, max_text_chars: int) -> _LoadedArticle:
    if not is_file(name):
        raise NotFoundError(f"{name}: neither the id of an article in the store nor a file")
    path, line = (name, None) if Path(name).exists() else _split_path_line(name)
    items = chain.from_iterable(map(readers.read_source, readers.find_sources([path])))
    chosen = (item for item in items if line is None or _line_number(item) == line)
    parsed = list(readers.parse_articles(chosen, reporter, max_text_chars))
    if not parsed:
        raise NotFoundError(f"{name}: there is no readable article")
    if len(parsed) > 1:
        example = parsed[0].origin
        raise NotFoundError(f"{name}: holds {len(parsed)} articles; name one, such as {example}")
    ref = ArticleRef(name=name, duplicate_group_id=None, event_id=None)
    return _LoadedArticle(ref, parsed[0].article.to_article(), is_stored=False)


def _split_path_line(name: str) -> tuple[str, str]:
    path, _, line = name.rpartition(":")
    return (path, line) if line.isdecimal() else (name, "")


def _line_number(item: ReaderItem) -> str:
    return item.origin.rpartition(":")[2]


def _add_to_index(
    index: ArticleIndex, fingerprints: FingerprintCache, loaded: _LoadedArticle, key: int
) -> int:
    """Add an article to the index unless it is live there already, and return its key.

    A stored article keeps its key; `key` is for one from a file.
    """
    if loaded.is_stored:
        key = loaded.article.key
    if key in index:
        return key
    features = extract_features(loaded.article)
    fingerprints.add(key, features.fingerprint)
    with index.begin() as change:
        change.propose(key, features)
        change.commit()
    return key
