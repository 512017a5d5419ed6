"""The move itself: copy in slices, follow the log, and switch while nobody can write.

Every step makes rows of the target equal to those of the source and writes only what differs. So a
move that was interrupted is repeated from its start, and passes over what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection, Table, func, select, true

from service.store import bulk, meta_values
from service.store.change_log.change_set import last_seq
from service.store.database import Store
from service.store.failures import StoreError
from service.store.relocation import article_rows, marks, rows, verification
from service.store.relocation.verification import TableDigest
from service.store.schema import (
    META_COPIED_FROM,
    META_MOVED_TO,
    articles,
    assignments,
    changes,
    feed_entries,
    idf_snapshots,
    meta,
    metadata,
    sentence_vectors,
    skipped_pairs,
    uncertain_pairs,
)

ARTICLES_PER_SLICE: Final = 200
"""Articles that are read and written in one transaction; writers wait for none of them."""
_ROWS_PER_SLICE: Final = 1000
_MAX_FOLLOWED_AT_SWITCH: Final = 200
"""Articles that may be left to copy when the switch begins."""
_MAX_ROUNDS: Final = 20
"""Times that the log is followed before the switch, if writers stay ahead."""
_APPENDED: Final = (changes, idf_snapshots)
"""Tables whose rows never change, numbered by `seq`."""
_OTHER: Final = tuple(
    table
    for table in metadata.sorted_tables
    if table not in (*article_rows.ARTICLE_TABLES, *_APPENDED, meta)
)
"""Tables that are compared as a whole before the switch."""

_COPIED_EARLY: Final = (
    *_APPENDED,
    *(table for table in _OTHER if table not in (uncertain_pairs, skipped_pairs)),
)
"""Tables that are copied before the switch as well: those that refer to no article, which the
target may not have yet."""

OnProgress = Callable[[str, int, int], None]
"""Called with what was done, the articles done and the articles in all."""


@dataclass(frozen=True, slots=True)
class _Position:
    """A state of the source: its last change and its last sentence vector."""

    seq: int
    vector: int


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What was moved.

    Attributes
    ----------
    tables : dict of str to TableDigest
        Rows and hashes, the same in both databases.
    n_followed : int
        Articles that were copied again since they changed meanwhile.
    """

    tables: dict[str, TableDigest]
    n_followed: int


def move(
    source: Store, target: Store, names: tuple[str, str], on_progress: OnProgress
) -> MoveResult:
    """Move a store that may be in use to another database.

    Parameters
    ----------
    source, target : Store
        Both opened with `relocates`. The target is new, or has a part of the same move.
    names : tuple of (str, str)
        Names of both for messages; see `marks.describe`.
    on_progress : callable

    Returns
    -------
    MoveResult

    Raises
    ------
    StoreError
        If the target holds something else, the source has moved elsewhere, or both differ at the
        end. The source stays in use then.
    """
    _prepare(source, target, names)
    _equalise_articles(source, target, partial(on_progress, "copied"))
    _equalise_tables(source, target, _COPIED_EARLY)
    with source.reading() as connection:
        position = _position(connection)
    _equalise_articles(source, target, partial(on_progress, "compared"))
    n_followed, position = _follow(source, target, position)
    return _switch(source, target, names, position, n_followed)


def _prepare(source: Store, target: Store, names: tuple[str, str]) -> None:
    """Check that both belong together, and mark the target as a copy that is not complete."""
    with source.reading() as connection:
        moved_to = meta_values.read(connection, META_MOVED_TO)
    if moved_to not in (None, names[1]):
        raise StoreError(f"the store has moved to {moved_to}")
    with target.writing() as connection:
        copied_from = meta_values.read(connection, META_COPIED_FROM)
        if copied_from is None and moved_to is not None:
            raise StoreError(f"the store has moved to {moved_to}")
        if copied_from not in (None, names[0]):
            raise StoreError(f"{names[1]} is a copy of {copied_from} that is not complete")
        if copied_from is None and not verification.is_new(connection):
            raise StoreError(f"{names[1]} is in use; a store is moved to an empty database")
        meta_values.write(connection, META_COPIED_FROM, names[0])


def _equalise_articles(
    source: Store, target: Store, on_progress: Callable[[int, int], None]
) -> None:
    """Make all articles the same, a slice at a time, each by transactions of its own."""
    with source.reading() as connection:
        keys = connection.scalars(select(articles.c.key).order_by(articles.c.key)).all()
    bounds = [0, *keys[ARTICLES_PER_SLICE - 1 :: ARTICLES_PER_SLICE], None]
    for position, (lower, upper) in enumerate(pairwise(bounds), start=1):
        select_rows = article_rows.in_range(lower or 0, upper)
        with source.reading() as origin, target.writing() as copy:
            article_rows.equalise_articles(origin, copy, select_rows)
        on_progress(min(position * ARTICLES_PER_SLICE, len(keys)), len(keys))


def _equalise_tables(source: Store, target: Store, tables: Iterable[Table]) -> None:
    for table in tables:
        with source.reading() as connection:
            ranges = list(rows.iter_ranges(connection, table, _ROWS_PER_SLICE))
        for condition in ranges:
            with source.reading() as origin, target.writing() as copy:
                rows.equalise(origin, copy, table, condition)


def _follow(source: Store, target: Store, position: _Position) -> tuple[int, _Position]:
    """Copy what has changed since a position, until little is left for the switch."""
    n_followed = 0
    for _ in range(_MAX_ROUNDS):
        with source.reading() as origin, target.writing() as copy:
            reached = _position(origin)
            n_touched = _copy_touched(origin, copy, position)
        n_followed, position = n_followed + n_touched, reached
        if n_touched <= _MAX_FOLLOWED_AT_SWITCH:
            break
    return n_followed, position


def _copy_touched(source: Connection, target: Connection, since: _Position) -> int:
    touched = article_rows.find_touched(source, since.seq, since.vector)
    for keys in bulk.chunked(touched):
        article_rows.equalise_articles(source, target, article_rows.among(keys))
    for table in _APPENDED:
        rows.equalise(source, target, table, table.c.seq > since.seq)
    return len(touched)


def _switch(
    source: Store, target: Store, names: tuple[str, str], position: _Position, n_followed: int
) -> MoveResult:
    """Copy the rest while nobody can write to the source, compare, and leave the source.

    The source is left before the target is opened for use: a kill between both is mended by
    another run, and no article can be written to a store that is left.
    """
    with source.writing() as origin:
        with target.writing() as copy:
            n_followed += _copy_touched(origin, copy, position)
            for table in (assignments, feed_entries, *_OTHER):
                rows.equalise(origin, copy, table, true())
            rows.equalise(origin, copy, meta, meta.c.name.not_in(marks.OWN_NAMES))
            digests = _verify(origin, copy)
        meta_values.write(origin, META_MOVED_TO, names[1])
    with target.writing() as copy:
        meta_values.clear(copy, META_COPIED_FROM)
    return MoveResult(digests, n_followed)


def _verify(source: Connection, target: Connection) -> dict[str, TableDigest]:
    digests = verification.digest_tables(source)
    differing = verification.find_differences(digests, verification.digest_tables(target))
    if differing:
        raise StoreError(f"the copy differs in {', '.join(differing)}; the store stays in use")
    return digests


def _position(connection: Connection) -> _Position:
    newest_vector = connection.scalar(select(func.max(sentence_vectors.c.number)))
    return _Position(last_seq(connection), newest_vector or 0)
