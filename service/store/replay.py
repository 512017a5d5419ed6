"""From the store back to the index: all of it, or what others have added."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, bindparam, func, select

from clustering.assign import Index
from clustering.model import Assignment, Change, Features, Judgement
from clustering.rarity import Rarity
from service.store import docket, lines, retirement, rows
from service.store.journal import last_seq
from service.store.tables import articles, assignments, changes, events, features, groups, snapshots

_HEADS: Final = frozenset(
    {
        "article.assigned",
        "article.updated",
        "article.removed",
        "articles.retired",
        "article.recalled",
        "store.reclustered",
        "decision.made",
        "decision.undone",
    }
)
_PLACING: Final = frozenset({"article.assigned", "article.recalled"})
_SETTLING: Final = _PLACING | {"article.moved"}
DECIDING: Final = frozenset({"decision.made", "decision.undone", "article.removed"})
"""Changes after which people's decisions may say something else."""
_ROWS_AT_ONCE: Final = 1000

Placed = tuple[int, Features, Assignment]


class StaleError(RuntimeError):
    """The index can't be brought forward step by step; it has to be loaded again."""


def load(transaction: Connection, index: Index, stop: Callable[[], bool]) -> int:
    """Fill an empty index from the store.

    Parameters
    ----------
    transaction : Connection
    index : Index
    stop : callable
        Asked now and then; True ends the loading early.

    Returns
    -------
    int
        Number of the last change that the index includes.

    Raises
    ------
    StaleError
        If it was stopped.
    """
    snapshot = transaction.scalar(_NEWEST)
    if snapshot is not None:
        index.use_snapshot(snapshot)
    index.draw_line(lines.in_force(transaction))
    live = assignments.c.arrived >= retirement.boundary(transaction)
    index.load(
        _all_placed(transaction, live, stop),
        _next(transaction, groups.c.number),
        _next(transaction, events.c.number),
        retirement.settled(transaction),
        docket.standing(transaction),
    )
    return last_seq(transaction)


def newest_rarity(transaction: Connection) -> Rarity:
    """Return the term weights in force."""
    snapshot = transaction.scalar(_NEWEST)
    return Rarity() if snapshot is None else Rarity.from_bytes(snapshot)


def placed(transaction: Connection, keys: Iterable[int]) -> dict[int, Placed]:
    """Return the features and assignments of some articles, by key."""
    query = _PLACED.where(articles.c.key.in_(bindparam("keys", expanding=True)))
    return {
        row.key: _placed(row)
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }


def catch_up(transaction: Connection, index: Index, since: int) -> None:
    """Apply to the index what other processes have logged after change `since`.

    Raises
    ------
    StaleError
        If an article of theirs is no longer there to be applied.
    """
    log = transaction.execute(
        select(changes).where(changes.c.seq > since).order_by(changes.c.seq)
    ).all()
    taken = transaction.execute(select(snapshots).where(snapshots.c.seq > since)).all()
    after = {row.seq: row.snapshot for row in taken}
    drawn = lines.since(transaction, since)
    heads = [row.key for row in log if row.kind in _PLACING]
    known = placed(transaction, heads)
    for entry in _entries(log):
        head = entry[0]
        judgement = _judgement(entry)
        if head.kind == "articles.retired":
            # Whoever has left or come again since is dealt with further down the log.
            gone = retirement.between(transaction, head.source, head.target)
            index.retire(key for key in gone if key in index)
        elif head.key is None:
            index.settle(judgement)
        elif judgement.assignment is None:
            index.apply(head.key, None, judgement)
        elif head.key not in known:
            raise StaleError
        elif head.kind == "article.recalled":
            index.recall(head.key, known[head.key][1], judgement.assignment)
        else:
            index.apply(head.key, known[head.key][1], judgement)
        # Canonical articles that were renewed may stand behind the change it was taken after.
        snapshot = next((after[row.seq] for row in entry if row.seq in after), None)
        if snapshot is not None:
            weigh = index.use_snapshot if head.kind == "store.reclustered" else index.renew
            weigh(snapshot)
        line = next((drawn[row.seq] for row in entry if row.seq in drawn), None)
        if line is not None:
            index.draw_line(line)
    if any(row.kind in DECIDING or row.key in index.bound for row in log):
        index.obey(docket.standing(transaction))
    for group, canonical in _canonical(log).items():
        if index.stands(group) != canonical:
            index.stand(group, canonical)
    release(transaction, index, _groups(log))


def release(transaction: Connection, index: Index, named: Collection[int] = ()) -> None:
    """Let the rule say again who stands for groups of which no member is retired any more.

    Once all is written: so the index is the one that would be loaded.

    Parameters
    ----------
    transaction : Connection
    index : Index
    named : collection of int
        Groups that others have changed.
    """
    touched = index.touched(named)
    if touched:
        index.release(touched - retirement.with_retired(transaction, touched))


_NEWEST: Final = select(snapshots.c.snapshot).order_by(snapshots.c.seq.desc()).limit(1)
_PLACED: Final[Select[Any]] = (
    select(
        articles.c.key,
        articles.c.published,
        articles.c.source,
        features.c.language,
        features.c.words,
        features.c.origin,
        features.c.fingerprint,
        features.c.terms,
        assignments.c.group_number,
        assignments.c.event_number,
        assignments.c.duplicate_of,
        assignments.c.outcome,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
    .order_by(assignments.c.arrived)
)


def _all_placed(
    transaction: Connection, which: ColumnElement[bool], stop: Callable[[], bool]
) -> Iterator[Placed]:
    query = _PLACED.where(which).execution_options(yield_per=_ROWS_AT_ONCE)
    with transaction.execute(query) as found:
        for row in found:
            if stop():
                raise StaleError("stopped")
            yield _placed(row)


def _groups(log: Iterable[Row[Any]]) -> set[int]:
    """All groups that some changes are about."""
    merged = (row for row in log if row.kind.startswith("group."))
    named = {row.group_number for row in log}
    return (named | {number for row in merged for number in (row.source, row.target)}) - {None}


def _canonical(log: Iterable[Row[Any]]) -> dict[int, int]:
    """Who stands for groups, by the last change that says so."""
    settled = (row for row in log if row.kind in _SETTLING)
    return {row.group_number: row.duplicate_of or row.key for row in settled}


def _placed(row: Row[Any]) -> Placed:
    found = Features(
        language=row.language,
        fingerprint=row.fingerprint,
        terms=row.terms,
        published=row.published,
        source=row.source,
        words=row.words,
        origin=row.origin,
    )
    return row.key, found, _assignment(row, row.outcome)


def _assignment(row: Row[Any], outcome: Any = "new") -> Assignment:
    return Assignment(row.key, row.group_number, row.event_number, row.duplicate_of, outcome)


def _next(transaction: Connection, number: Column[int]) -> int:
    return (transaction.scalar(select(func.max(number))) or 0) + 1


def _entries(log: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    starts = [at for at, row in enumerate(log) if row.kind in _HEADS]
    for start, end in zip(starts, [*starts[1:], len(log)], strict=True):
        yield list(log[start:end])


def _judgement(entry: list[Row[Any]]) -> Judgement:
    head = entry[0]
    return Judgement(
        assignment=_assignment(head) if head.kind in _PLACING else None,
        moved=tuple(_assignment(row) for row in entry if row.kind == "article.moved"),
        changes=tuple(
            Change(row.kind, row.source, row.target, row.reason)
            for row in entry[1:]
            if not row.kind.startswith("article.")
        ),
    )
