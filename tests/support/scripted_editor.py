"""A scripted editor that answers pairs of the starter corpus by a fixed threshold."""

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
from service.store.change_log import replay
from service.store.schema import articles


def judge_pairs(index_writer: IndexWriter, threshold: float, limit: int = 60) -> int:
    """Decide the pairs nearest to a threshold by it; return the number of decisions made."""
    n_decided = 0
    for _, same_event, first, second in sorted(_pairs(index_writer, threshold))[:limit]:
        kind = "same_event" if same_event else "keep_apart"
        try:
            decisions.decide(
                index_writer,
                requests.parse_decision({"kind": kind, "article_ids": [first, second]}),
                "anna",
            )
            n_decided += 1
        except ConflictError:
            continue
    return n_decided


def _pairs(index_writer: IndexWriter, threshold: float) -> list[tuple[float, bool, str, str]]:
    with index_writer.store.reading() as connection:
        id_of = {row.key: row.id for row in connection.execute(articles.select())}
        loaded = replay.load_articles(connection, id_of)
        snapshot = proposal.build_index(connection, lambda: None).snapshot()
    pairs = []
    for first, second in combinations(sorted(loaded), 2):
        if loaded[first][2].group != loaded[second][2].group:
            probability = _probability(loaded[first][1], loaded[second][1], snapshot)
            distance, same_event = abs(probability - threshold), probability >= threshold
            pairs.append((distance, same_event, id_of[first], id_of[second]))
    return pairs


@cache
def _probability(first: Features, second: Features, snapshot: bytes) -> float:
    """Cached, since the corpus is the same in every test."""
    return pair_probability(first, second, _idf_snapshot(snapshot)) or 0.0


@cache
def _idf_snapshot(packed: bytes) -> IdfSnapshot:
    return IdfSnapshot.from_bytes(packed)
