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

from clustering.assign import Index, analyse
from clustering.explaining import Explanation
from clustering.explaining import explain as explain_pair
from clustering.model import Article
from service import browse, readers
from service.fingerprints import Fingerprints
from service.readers import Reading, Report
from service.store import Store, StoreError, renewal, replay
from service.store.tables import articles, texts

_KEYS_OF_FILES: Final = 1 << 62
"""Keys of articles from files: far beyond those of the store."""


class NotFoundError(LookupError):
    """No article goes by a name; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An article as it was asked for, and where the store has it."""

    name: str
    duplicate_group_id: str | None
    """Null for an article from a file."""
    event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two articles, and how they are judged."""

    articles: tuple[Named, Named]
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class _Picked:
    named: Named
    article: Article
    stored: bool


def explain(
    store: Store | None, first: str, second: str, report: Report, max_text_chars: int
) -> Compared:
    """Explain how two articles are judged, with all that the store holds beside them.

    Articles from files are judged as if they had just come; the store stays as it is.

    Parameters
    ----------
    store : Store or None
        None if there is none: then the two are all there is.
    first, second : str
        Ids of articles in the store, or files: ``path``, or ``path:line`` where one holds several.
    report : Report
        Hears why an article of a file can't be taken.
    max_text_chars : int

    Returns
    -------
    Compared

    Raises
    ------
    NotFoundError
    """
    with _opened(store) as (transaction, index, fingerprints):
        one, other = (
            _stored(store, transaction, name) or _from_file(name, report, max_text_chars)
            for name in (first, second)
        )
        first_key = _enter(index, fingerprints, one, _KEYS_OF_FILES)
        second_key = _enter(index, fingerprints, other, _KEYS_OF_FILES + 1)
        stories_of = partial(index.stories, first_key, second_key)
        explanation = explain_pair(one.article, other.article, stories_of, index.rarity, index.join)
    return Compared(articles=(one.named, other.named), explanation=explanation)


def is_file(name: str) -> bool:
    """Whether a name leads to a file, with a line or without."""
    return Path(name).exists() or Path(_path_and_line(name)[0]).exists()


@contextmanager
def _opened(store: Store | None) -> Iterator[tuple[Connection | None, Index, Fingerprints]]:
    """Load an index of one's own; it can be added to, and nobody sees."""
    fingerprints = Fingerprints()
    index = Index(fingerprints)
    if store is None:
        yield None, index, fingerprints
        return
    with store.reading() as transaction:
        if renewal.is_due(transaction):
            raise StoreError("its fingerprints are of another version: serve it once to renew them")
        fingerprints.enter(transaction)
        replay.load(transaction, index, lambda: False)
        yield transaction, index, fingerprints


def _stored(store: Store | None, transaction: Connection | None, name: str) -> _Picked | None:
    if store is None or transaction is None:
        return None
    query = (
        select(articles, texts.c.text)
        .join(texts, texts.c.key == articles.c.key)
        .where(articles.c.id == name)
    )
    row = transaction.execute(query).one_or_none()
    if row is None:
        return None
    place = browse.places(transaction, [row.key])[row.key].assignment
    group, event = place.duplicate_group_id, place.event_id
    named = Named(name=name, duplicate_group_id=group, event_id=event)
    return _Picked(named, renewal.as_article(row), stored=True)


def _from_file(name: str, report: Report, max_text_chars: int) -> _Picked:
    if not is_file(name):
        raise NotFoundError(f"{name}: neither the id of an article in the store nor a file")
    path, line = (name, None) if Path(name).exists() else _path_and_line(name)
    readings = chain.from_iterable(map(readers.read, readers.find([path])))
    chosen = (it for it in readings if line is None or _line(it) == line)
    found = list(readers.accept(chosen, report, max_text_chars))
    if not found:
        raise NotFoundError(f"{name}: there is no article that can be read")
    if len(found) > 1:
        example = found[0].origin
        raise NotFoundError(f"{name}: holds {len(found)} articles; name one, such as {example}")
    received = found[0].received
    named = Named(name=name, duplicate_group_id=None, event_id=None)
    return _Picked(named, received.to_article(), stored=False)


def _path_and_line(name: str) -> tuple[str, str]:
    path, _, line = name.rpartition(":")
    return (path, line) if line.isdecimal() else (name, "")


def _line(reading: Reading) -> str:
    return reading.origin.rpartition(":")[2]


def _enter(index: Index, fingerprints: Fingerprints, picked: _Picked, key: int) -> int:
    """Put an article that is not live into the index as if it had just come; return its key."""
    if picked.stored:
        key = picked.article.key
    if key in index:
        return key
    features = analyse(picked.article)
    fingerprints.write(key, features.fingerprint)
    index.apply(key, features, index.judge(key, features))
    return key
