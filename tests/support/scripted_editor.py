"""Somebody who judges pairs of the starter corpus, always by one threshold of his own."""

from __future__ import annotations

from functools import cache
from itertools import combinations

from clustering.learning.threshold import pair_probability
from clustering.similarity.idf import IdfSnapshot
from clustering.types import Features
from service.engine.writer import IndexWriter
from service.review import decisions, requests
from service.review.decisions import ConflictError
from service.review.threshold import proposal
from service.store.log import replay
from service.store.schema import articles


def judge_pairs(index_writer: IndexWriter, threshold: float, limit: int = 60) -> int:
    """Judge the pairs nearest to a threshold by it; return how many could be judged."""
    judged = 0
    for _, same, one, other in sorted(_pairs(index_writer, threshold))[:limit]:
        kind = "same_event" if same else "keep_apart"
        try:
            decisions.decide(
                index_writer,
                requests.parse_decision({"kind": kind, "article_ids": [one, other]}),
                "anna",
            )
            judged += 1
        except ConflictError:
            continue
    return judged


def _pairs(index_writer: IndexWriter, threshold: float) -> list[tuple[float, bool, str, str]]:
    with index_writer.store.reading() as transaction:
        names = {row.key: row.id for row in transaction.execute(articles.select())}
        placed = replay.load_articles(transaction, names)
        weights = proposal.build_index(transaction, lambda: None).snapshot()
    pairs = []
    for one, other in combinations(sorted(placed), 2):
        if placed[one][2].group != placed[other][2].group:
            found = _probability(placed[one][1], placed[other][1], weights)
            pairs.append((abs(found - threshold), found >= threshold, names[one], names[other]))
    return pairs


@cache
def _probability(one: Features, other: Features, weights: bytes) -> float:
    """Asked for again and again: the corpus is the same in every test."""
    return pair_probability(one, other, _rarity(weights)) or 0.0


@cache
def _rarity(weights: bytes) -> IdfSnapshot:
    return IdfSnapshot.from_bytes(weights)
