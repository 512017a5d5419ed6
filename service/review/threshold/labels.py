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

from clustering.learning.threshold import JudgedPair, pair_probability
from clustering.similarity.idf import IdfSnapshot
from clustering.types import Assignment, Features
from service.store import schema
from service.store.log import replay
from service.store.review import decisions as decision_table

MAX_PAIRS_PER_DECISION: Final = 4
"""Pairs of one decision, at the most."""
MAX_DECISIONS: Final = 2000
"""Decisions that are looked at, the newest."""
LABEL_KINDS: Final = ("same_event", "keep_apart", "merge_events", "split_event", "move_article")

ArticleKeys = Sequence[int]
KeyPair = tuple[int, int]
StoredArticles = Mapping[int, tuple[int, Features, Assignment]]


@dataclass(frozen=True, slots=True)
class PairLabel:
    """What a decision says of two articles."""

    decision: int
    pair: KeyPair
    same_event: bool


def count_decisions(connection: Connection) -> int:
    """How many decisions stand that are labels."""
    standing = decision_table.ACTIVE_DECISIONS.where(schema.decisions.c.kind.in_(LABEL_KINDS))
    numbers = standing.with_only_columns(schema.decisions.c.number).subquery()
    return connection.scalar(select(func.count()).select_from(numbers)) or 0


def build_judged_pairs(
    connection: Connection, pair_labels: Mapping[KeyPair, PairLabel], idf_snapshot: IdfSnapshot
) -> list[JudgedPair]:
    """Labels with the probabilities that the pairs have by some term weights."""
    placed = replay.load_articles(connection, {key for pair in pair_labels for key in pair})
    return [
        JudgedPair(it.decision, p, it.same_event)
        for pair, it in pair_labels.items()
        if (p := _pair_probability(pair, placed, idf_snapshot)) is not None
    ]


def load_labels(connection: Connection) -> dict[KeyPair, PairLabel]:
    """What people said of pairs of articles, by their keys."""
    number = schema.decisions.c.number
    query = decision_table.ACTIVE_DECISIONS.where(schema.decisions.c.kind.in_(LABEL_KINDS))
    rows = connection.execute(query.order_by(number.desc()).limit(MAX_DECISIONS)).all()
    said = (label for row in reversed(rows) for label in _to_labels(row))
    return {label.pair: label for label in said}


def _to_labels(row: Row[Any]) -> Iterator[PairLabel]:
    for same, pairs in _labelled_pairs(row):
        for one, other in pairs:
            yield PairLabel(row.number, (min(one, other), max(one, other)), same)


def _labelled_pairs(row: Row[Any]) -> Iterator[tuple[bool, Iterator[KeyPair]]]:
    decision = decision_table.read_decision(row)
    together, sides = decision.one_event, decision.sides
    moved = {key for key, *_ in json.loads(row.moved)}
    if row.kind == "same_event":
        yield True, islice(pairwise(together), MAX_PAIRS_PER_DECISION)
    elif row.kind == "keep_apart":
        named = [key for side in sides for key in side]
        yield False, islice(combinations(named, 2), MAX_PAIRS_PER_DECISION)
    elif row.kind == "split_event":
        yield False, _spread_pairs(*sides, max_pairs=MAX_PAIRS_PER_DECISION)
    else:
        left = sides[0] if sides else [key for key in together if key in moved]
        joined = [key for key in together if key not in {*left}]
        if row.kind == "merge_events":
            yield True, _spread_pairs(left, joined, max_pairs=MAX_PAIRS_PER_DECISION)
            return
        yield True, _spread_pairs(left, joined, max_pairs=MAX_PAIRS_PER_DECISION // 2)
        if sides:
            yield False, _spread_pairs(*sides, max_pairs=MAX_PAIRS_PER_DECISION // 2)


def _spread_pairs(
    left_keys: ArticleKeys, right_keys: ArticleKeys, *, max_pairs: int
) -> Iterator[KeyPair]:
    """Pairs of the one and the other side, spread over both."""
    if not left_keys or not right_keys:
        return iter(())
    steps = range(min(max_pairs, max(len(left_keys), len(right_keys))))
    spread = (
        (_pick_key(left_keys, step, len(steps)), _pick_key(right_keys, step, len(steps)))
        for step in steps
    )
    return iter(dict.fromkeys(spread))


def _pick_key(keys: ArticleKeys, step: int, steps: int) -> int:
    return keys[step * len(keys) // steps]


def _pair_probability(
    pair: KeyPair, stored: StoredArticles, idf_snapshot: IdfSnapshot
) -> float | None:
    """None for what says nothing: removed articles, reprints, what is never compared."""
    if not all(key in stored for key in pair):
        return None
    (_, one, here), (_, other, there) = (stored[key] for key in pair)
    return None if here.group == there.group else pair_probability(one, other, idf_snapshot)
