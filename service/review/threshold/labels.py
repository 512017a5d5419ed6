"""Decisions as labels: pairs of articles that editors said are one event, or are not.

A decision gives a few pairs at most, so that one big merge does not outweigh everything else.
Undone decisions give none. If several decisions label one pair, the newest counts.
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
from service.store.change_log import replay
from service.store.review import decisions as decision_table

MAX_PAIRS_PER_DECISION: Final = 4
"""Most pairs of one decision, so that large decisions do not outweigh small ones."""
MAX_DECISIONS: Final = 2000
"""Decisions that are read, the newest; bounds the time of a fit."""
LABEL_KINDS: Final = ("same_event", "keep_apart", "merge_events", "split_event", "move_article")

ArticleKeys = Sequence[int]
KeyPair = tuple[int, int]
StoredArticles = Mapping[int, tuple[int, Features, Assignment]]


@dataclass(frozen=True, slots=True)
class PairLabel:
    """What a decision says about two articles.

    Attributes
    ----------
    decision : int
        Number of the decision.
    pair : tuple of (int, int)
        Keys of the articles, the smaller one first.
    same_event : bool
    """

    decision: int
    pair: KeyPair
    same_event: bool


def count_decisions(connection: Connection) -> int:
    """Return the number of active decisions that give labels."""
    query = decision_table.ACTIVE_DECISIONS.where(schema.decisions.c.kind.in_(LABEL_KINDS))
    numbers = query.with_only_columns(schema.decisions.c.number).subquery()
    return connection.scalar(select(func.count()).select_from(numbers)) or 0


def build_judged_pairs(
    connection: Connection, pair_labels: Mapping[KeyPair, PairLabel], idf_snapshot: IdfSnapshot
) -> list[JudgedPair]:
    """Return labelled pairs with their probabilities.

    Parameters
    ----------
    connection : Connection
    pair_labels : mapping of (int, int) to PairLabel
    idf_snapshot : IdfSnapshot
        Term weights for the probabilities.

    Returns
    -------
    list of JudgedPair
        Pairs without a probability are left out.
    """
    stored = replay.load_articles(connection, {key for pair in pair_labels for key in pair})
    return [
        JudgedPair(label.decision, probability, label.same_event)
        for pair, label in pair_labels.items()
        if (probability := _pair_probability(pair, stored, idf_snapshot)) is not None
    ]


def load_labels(connection: Connection) -> dict[KeyPair, PairLabel]:
    """Return the labels from active decisions, by pair of article keys."""
    number = schema.decisions.c.number
    query = decision_table.ACTIVE_DECISIONS.where(schema.decisions.c.kind.in_(LABEL_KINDS))
    rows = connection.execute(query.order_by(number.desc()).limit(MAX_DECISIONS)).all()
    labels = (label for row in reversed(rows) for label in _to_labels(row))
    return {label.pair: label for label in labels}


def _to_labels(row: Row[Any]) -> Iterator[PairLabel]:
    for same_event, pairs in _labelled_pairs(row):
        for first, second in pairs:
            yield PairLabel(row.number, (min(first, second), max(first, second)), same_event)


def _labelled_pairs(row: Row[Any]) -> Iterator[tuple[bool, Iterator[KeyPair]]]:
    """Yield the pairs that a decision labels, with whether they are one event."""
    decision = decision_table.read_decision(row)
    one_event, sides = decision.one_event, decision.sides
    moved_keys = {key for key, *_ in json.loads(row.moves)}
    if row.kind == "same_event":
        yield True, islice(pairwise(one_event), MAX_PAIRS_PER_DECISION)
    elif row.kind == "keep_apart":
        keys = [key for side in sides for key in side]
        yield False, islice(combinations(keys, 2), MAX_PAIRS_PER_DECISION)
    elif row.kind == "split_event":
        yield False, _spread_pairs(*sides, max_pairs=MAX_PAIRS_PER_DECISION)
    else:
        moved = sides[0] if sides else [key for key in one_event if key in moved_keys]
        joined = [key for key in one_event if key not in {*moved}]
        if row.kind == "merge_events":
            yield True, _spread_pairs(moved, joined, max_pairs=MAX_PAIRS_PER_DECISION)
            return
        yield True, _spread_pairs(moved, joined, max_pairs=MAX_PAIRS_PER_DECISION // 2)
        if sides:
            yield False, _spread_pairs(*sides, max_pairs=MAX_PAIRS_PER_DECISION // 2)


def _spread_pairs(
    left_keys: ArticleKeys, right_keys: ArticleKeys, *, max_pairs: int
) -> Iterator[KeyPair]:
    """Return distinct pairs of a left and a right key, evenly spread over both lists."""
    if not left_keys or not right_keys:
        return iter(())
    steps = range(min(max_pairs, max(len(left_keys), len(right_keys))))
    pairs = (
        (_pick_key(left_keys, step, len(steps)), _pick_key(right_keys, step, len(steps)))
        for step in steps
    )
    return iter(dict.fromkeys(pairs))


def _pick_key(keys: ArticleKeys, step: int, steps: int) -> int:
    return keys[step * len(keys) // steps]


def _pair_probability(
    pair: KeyPair, stored: StoredArticles, idf_snapshot: IdfSnapshot
) -> float | None:
    """Return the probability of a pair.

    None for articles that were removed, that are near-duplicates, or that are never compared.
    """
    if not all(key in stored for key in pair):
        return None
    (_, first, first_assignment), (_, second, second_assignment) = (stored[key] for key in pair)
    if first_assignment.group == second_assignment.group:
        return None
    return pair_probability(first, second, idf_snapshot)
