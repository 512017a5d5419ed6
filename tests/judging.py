"""Somebody who judges pairs of the starter corpus, always by one threshold of his own."""

from __future__ import annotations

from functools import cache
from itertools import combinations

from clustering.line import probability
from clustering.model import Features
from clustering.rarity import Rarity
from service import asked, review
from service.calibration import proposal
from service.desk import Desk
from service.review import ConflictError
from service.store import replay
from service.store.tables import articles


def judge(desk: Desk, threshold: float, most: int = 60) -> int:
    """Judge the pairs nearest to a threshold by it; return how many could be judged."""
    judged = 0
    for _, same, one, other in sorted(_pairs(desk, threshold))[:most]:
        kind = "same_event" if same else "keep_apart"
        try:
            review.decide(desk, asked.read({"kind": kind, "article_ids": [one, other]}), "anna")
            judged += 1
        except ConflictError:
            continue
    return judged


def _pairs(desk: Desk, threshold: float) -> list[tuple[float, bool, str, str]]:
    with desk.store.reading() as transaction:
        names = {row.key: row.id for row in transaction.execute(articles.select())}
        placed = replay.placed(transaction, names)
        weights = proposal.index_of(transaction, lambda: None).snapshot()
    pairs = []
    for one, other in combinations(sorted(placed), 2):
        if placed[one][2].group != placed[other][2].group:
            found = _probability(placed[one][1], placed[other][1], weights)
            pairs.append((abs(found - threshold), found >= threshold, names[one], names[other]))
    return pairs


@cache
def _probability(one: Features, other: Features, weights: bytes) -> float:
    """Asked for again and again: the corpus is the same in every test."""
    return probability(one, other, _rarity(weights)) or 0.0


@cache
def _rarity(weights: bytes) -> Rarity:
    return Rarity.from_bytes(weights)
