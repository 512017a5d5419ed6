"""Decisions as labels: pairs of articles that people said are one event, or are not.

A decision gives a few pairs at most, so that one big merge doesn't outvote everything else. Those
that were taken back give none; of what several say about one pair, the newest counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from clustering.line import Judged, probability
from clustering.model import Assignment, Features
from clustering.rarity import Rarity
from service.store import docket, replay

PAIRS: Final = 4
"""Pairs of one decision, at the most."""
LATEST: Final = 2000
"""Decisions that are looked at, the newest."""
KINDS: Final = ("same_event", "keep_apart", "merge_events", "split_event", "move_article")

Keys = Sequence[int]
Pair = tuple[int, int]
Placed = Mapping[int, tuple[int, Features, Assignment]]


@dataclass(frozen=True, slots=True)
class Label:
    """What a decision says of two articles."""

    decision: int
    pair: Pair
    same: bool


def count(transaction: Connection) -> int:
    """How many decisions stand that are labels."""
    standing = docket.STANDING.where(docket.decisions.c.kind.in_(KINDS))
    numbers = standing.with_only_columns(docket.decisions.c.number).subquery()
    return transaction.scalar(select(func.count()).select_from(numbers)) or 0


def judged(transaction: Connection, found: Mapping[Pair, Label], rarity: Rarity) -> list[Judged]:
    """Labels with the probabilities that the pairs have by some term weights."""
    placed = replay.placed(transaction, {key for pair in found for key in pair})
    return [
        Judged(it.decision, p, it.same)
        for pair, it in found.items()
        if (p := _probability(pair, placed, rarity)) is not None
    ]


def labels(transaction: Connection) -> dict[Pair, Label]:
    """What people said of pairs of articles, by their keys."""
    number = docket.decisions.c.number
    query = docket.STANDING.where(docket.decisions.c.kind.in_(KINDS))
    rows = transaction.execute(query.order_by(number.desc()).limit(LATEST)).all()
    said = (label for row in reversed(rows) for label in _labels(row))
    return {label.pair: label for label in said}


def _labels(row: Row[Any]) -> Iterator[Label]:
    for same, pairs in _said(row):
        for one, other in pairs:
            yield Label(row.number, (min(one, other), max(one, other)), same)


def _said(row: Row[Any]) -> Iterator[tuple[bool, Iterator[Pair]]]:
    decision = docket.read(row)
    together, sides = decision.one_event, decision.sides
    moved = {key for key, *_ in json.loads(row.moved)}
    if row.kind == "same_event":
        yield True, islice(pairwise(together), PAIRS)
    elif row.kind == "keep_apart":
        named = [key for side in sides for key in side]
        yield False, islice(combinations(named, 2), PAIRS)
    elif row.kind == "split_event":
        yield False, _across(*sides, most=PAIRS)
    else:
        left = sides[0] if sides else [key for key in together if key in moved]
        joined = [key for key in together if key not in {*left}]
        if row.kind == "merge_events":
            yield True, _across(left, joined, most=PAIRS)
            return
        yield True, _across(left, joined, most=PAIRS // 2)
        if sides:
            yield False, _across(*sides, most=PAIRS // 2)


def _across(here: Keys, there: Keys, *, most: int) -> Iterator[Pair]:
    """Pairs of the one and the other side, spread over both."""
    if not here or not there:
        return iter(())
    steps = range(min(most, max(len(here), len(there))))
    spread = ((_at(here, step, len(steps)), _at(there, step, len(steps))) for step in steps)
    return iter(dict.fromkeys(spread))


def _at(keys: Keys, step: int, steps: int) -> int:
    return keys[step * len(keys) // steps]


def _probability(pair: Pair, placed: Placed, rarity: Rarity) -> float | None:
    """None for what says nothing: removed articles, reprints, what is never compared."""
    if not all(key in placed for key in pair):
        return None
    (_, one, here), (_, other, there) = (placed[key] for key in pair)
    return None if here.group == there.group else probability(one, other, rarity)
