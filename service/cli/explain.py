"""Two articles out of a store or of files, and every number by which they are judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from clustering.explain.pair import explain as explain_pair
from clustering.explain.report import Explanation
from clustering.features.extract import extract_features
from clustering.pipeline.index import ArticleIndex
from clustering.types import Article
from service import queries
from service.engine.fingerprint_cache import FingerprintCache
from service.ingest import readers
from service.ingest.readers import ReaderItem, Reporter
from service.store import Store, StoreError
from service.store.log import reanalyse, replay
from service.store.schema import articles, texts

_FIRST_FILE_KEY: Final = 1 << 62
"""Keys of articles from files: far beyond those of the store."""


class NotFoundError(LookupError):
    """No article goes by a name; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """An article as it was asked for, and where the store has it."""

    name: str
    duplicate_group_id: str | None
    """Null for an article from a file."""
    event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairExplanation:
    """Two articles, and how they are judged."""

    articles: tuple[ArticleRef, ArticleRef]
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class _PickedArticle:
    ref: ArticleRef
    article: Article
    is_stored: bool


def explain(
    store: Store | None, first: str, second: str, reporter: Reporter, max_text_chars: int
) -> PairExplanation:
    """Explain how two articles are judged, with all that the store holds beside them.

    Articles from files are judged as if they had just come; the store stays as it is.

    Parameters
    ----------
    store : Store or None
        None if there is none: then the two are all there is.
    first, second : str
        Ids of articles in the store, or files: ``path``, or ``path:line`` where one holds several.
    reporter : Report
        Hears why an article of a file can't be taken.
    max_text_chars : int

    Returns
    -------
    Compared

    Raises
    ------
    NotFoundError
    """
    with _load_index(store) as (transaction, index, fingerprints):
        one, other = (
            _find_stored(store, transaction, name) or _read_file(name, reporter, max_text_chars)
            for name in (first, second)
        )
        first_key = _add_to_index(index, fingerprints, one, _FIRST_FILE_KEY)
        second_key = _add_to_index(index, fingerprints, other, _FIRST_FILE_KEY + 1)
        stories_of = partial(index.group_frequency, first_key, second_key)
        explanation = explain_pair(
            one.article, other.article, stories_of, index.idf_snapshot, index.event_threshold
        )
    return PairExplanation(articles=(one.ref, other.ref), explanation=explanation)


def is_file(name: str) -> bool:
    """Whether a name leads to a file, with a line or without."""
    return Path(name).exists() or Path(_split_path_line(name)[0]).exists()


@contextmanager
def _load_index(
    store: Store | None,
) -> Iterator[tuple[Connection | None, ArticleIndex, FingerprintCache]]:
    """Load an index of one's own; it can be added to, and nobody sees."""
    fingerprints = FingerprintCache()
    index = ArticleIndex(fingerprints)
    if store is None:
        yield None, index, fingerprints
        return
    with store.reading() as transaction:
        if reanalyse.has_outdated_features(transaction):
            raise StoreError("its fingerprints are of another version: serve it once to renew them")
        fingerprints.begin(transaction)
        replay.load_index(transaction, index, lambda: False)
        yield transaction, index, fingerprints


def _find_stored(
    store: Store | None, connection: Connection | None, name: str
) -> _PickedArticle | None:
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
    place = queries.get_assignments(connection, [row.key])[row.key].assignment
    group, event = place.duplicate_group_id, place.event_id
    named = ArticleRef(name=name, duplicate_group_id=group, event_id=event)
    return _PickedArticle(named, reanalyse.to_article(row), is_stored=True)


def _read_file(name: str, reporter: Reporter, max_text_chars: int) -> _PickedArticle:
    if not is_file(name):
        raise NotFoundError(f"{name}: neither the id of an article in the store nor a file")
    path, line = (name, None) if Path(name).exists() else _split_path_line(name)
    readings = chain.from_iterable(map(readers.read_source, readers.find_sources([path])))
    chosen = (it for it in readings if line is None or _line_number(it) == line)
    found = list(readers.parse_articles(chosen, reporter, max_text_chars))
    if not found:
        raise NotFoundError(f"{name}: there is no article that can be read")
    if len(found) > 1:
        example = found[0].origin
        raise NotFoundError(f"{name}: holds {len(found)} articles; name one, such as {example}")
    received = found[0].article
    named = ArticleRef(name=name, duplicate_group_id=None, event_id=None)
    return _PickedArticle(named, received.to_article(), is_stored=False)


def _split_path_line(name: str) -> tuple[str, str]:
    path, _, line = name.rpartition(":")
    return (path, line) if line.isdecimal() else (name, "")


def _line_number(item: ReaderItem) -> str:
    return item.origin.rpartition(":")[2]


def _add_to_index(
    index: ArticleIndex, fingerprints: FingerprintCache, picked: _PickedArticle, key: int
) -> int:
    """Put an article that is not live into the index as if it had just come; return its key."""
    if picked.is_stored:
        key = picked.article.key
    if key in index:
        return key
    features = extract_features(picked.article)
    fingerprints.add(key, features.fingerprint)
    with index.begin() as change:
        change.propose(key, features)
        change.commit()
    return key
