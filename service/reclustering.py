"""All events judged again by the term weights of now, a few articles at a time.

Every transaction leaves a store that is whole, so it can be interrupted at any time; how far it
came is noted in the store, and the next run goes on from there if the weights are still the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, func, select

from service.desk import Desk, NotReadyError
from service.store import StoreBusyError, rows
from service.store.lines import Line
from service.store.tables import RECLUSTERED, articles, meta, snapshots
from service.turn import Turn

_Done = TypeVar("_Done")
Draw = Callable[[Connection], Line]
"""Says in the first transaction where the line is drawn, or why it can't be."""

AT_ONCE: Final = 200
"""Articles in one transaction: few enough not to keep other writers waiting."""


@dataclass(slots=True)
class Reclustered:
    """What a run has done.

    Attributes
    ----------
    articles : int
        Judged again.
    moved : int
        Articles that are in another event now.
    changes : Counter of str
        Merges and splits, by kind.
    """

    articles: int = 0
    moved: int = 0
    changes: Counter[str] = field(default_factory=Counter)


def recluster(
    desk: Desk, progress: Callable[[int], None] = lambda _: None, draw: Draw | None = None
) -> Reclustered:
    """Take a new snapshot of the term weights, and judge the events of all articles by it.

    Parameters
    ----------
    desk : Desk
    progress : callable
        Told the number of articles judged so far.
    draw : callable, optional
        Says what line is kept to from now on; without it the line stays where it is.

    Returns
    -------
    Reclustered
    """
    done = Reclustered()
    weights, start = _patiently(desk, lambda turn: _begin(turn, draw))
    with desk.store.reading() as transaction:
        keys = select(articles.c.key).where(articles.c.key > start).order_by(articles.c.key)
        waiting = dict.fromkeys(transaction.scalars(keys))
    while waiting:
        _patiently(desk, lambda turn: _judge_some(turn, waiting, weights, done))
        progress(done.articles)
    return done


def is_unfinished(transaction: Connection) -> bool:
    """Whether a run was begun and has not come to its end."""
    return _noted(transaction) is not None


def _begin(turn: Turn, draw: Draw | None) -> tuple[int, int]:
    """The weights to go by, and the last article that was judged by them already."""
    resumed = _noted(turn.transaction)
    if resumed is not None and draw is None:
        return resumed
    turn.renew_weights(draw and draw(turn.transaction))
    turn.write()
    weights = turn.journal.last_seq
    _note(turn.transaction, weights, 0)
    return weights, 0


def _judge_some(turn: Turn, waiting: dict[int, None], weights: int, done: Reclustered) -> None:
    at_once = _first(waiting, AT_ONCE)
    judged: set[int] = set()
    for key in at_once:
        if key not in judged and turn.holds(key):
            judged |= turn.judge_again(key)
    turn.write()
    left = [key for key in waiting if key not in judged and key > at_once[-1]]
    _note(turn.transaction, weights, at_once[-1] if left else None)
    _count(turn, judged & waiting.keys(), done)
    waiting.clear()
    waiting.update(dict.fromkeys(left))


def _count(turn: Turn, judged: Iterable[int], done: Reclustered) -> None:
    done.articles += len(set(judged))
    for entry in turn.journal.entries:
        done.moved += len(entry.judgement.moved)
        done.changes.update(change.kind for change in entry.judgement.changes)


def _first(waiting: Iterable[int], count: int) -> list[int]:
    return [key for key, _ in zip(waiting, range(count), strict=False)]


def _patiently(desk: Desk, work: Callable[[Turn], _Done]) -> _Done:
    while True:
        try:
            with desk.turn() as turn:
                return work(turn)
        except NotReadyError:  # another process wrote, and the index must be loaded again
            desk.wait_ready()
        except StoreBusyError:  # another process is at it, and will have an end
            continue


def _noted(transaction: Connection) -> tuple[int, int] | None:
    """Where an interrupted run stands; None if there is none, or the weights are others now."""
    note = transaction.scalar(select(meta.c.value).where(meta.c.name == RECLUSTERED))
    if note is None:
        return None
    weights, key = map(int, note.split())
    newest = transaction.scalar(select(func.max(snapshots.c.seq)))
    return (weights, key) if weights == newest else None


def _note(transaction: Connection, weights: int, key: int | None) -> None:
    transaction.execute(delete(meta).where(meta.c.name == RECLUSTERED))
    if key is not None:
        rows.insert(transaction, meta, [{"name": RECLUSTERED, "value": f"{weights} {key}"}])
