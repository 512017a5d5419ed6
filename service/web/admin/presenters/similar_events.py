"""Events most similar to an event, offered where an article is moved or events are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.common import ids
from service.engine.writer import IndexWriter
from service.review.candidates import fetch_articles, is_likely, score_candidates
from service.store.projections import headlines
from service.store.schema import articles

_MAX_ARTICLES_COMPARED: Final = 5
"""Articles of an event whose candidates are looked up: they bound how long the page takes."""


@dataclass(frozen=True, slots=True)
class SimilarEvent:
    """An event that may be the same as another one."""

    event_id: str
    headline: str
    probability: float
    """Highest probability of a pair of articles, one of each event."""


def find_similar_events(
    writer: IndexWriter, event_id: str, article_ids: Sequence[str], limit: int = 6
) -> list[SimilarEvent]:
    """Look up the events most similar to some articles of an event.

    Parameters
    ----------
    writer : IndexWriter
    event_id : str
        The event of the articles; it is left out.
    article_ids : sequence of str
        Only the first few are compared.
    limit : int
        Maximum number of events.

    Returns
    -------
    list of SimilarEvent
        Most probable first; empty if the index is busy.
    """
    own_number = ids.decode("e", event_id)
    with writer.store.reading() as connection:
        rows = fetch_articles(connection, articles.c.id, article_ids[:_MAX_ARTICLES_COMPARED])
    probabilities = _highest_probabilities(writer, [row.key for row in rows.values()])
    numbers = sorted(
        (number for number in probabilities if number != own_number),
        key=lambda number: -probabilities[number],
    )[:limit]
    with writer.store.reading() as connection:
        headline_of = headlines.load_headlines(connection, numbers)
    return [
        SimilarEvent(ids.encode("e", number), headline_of[number], probabilities[number])
        for number in numbers
        if number in headline_of
    ]


def _highest_probabilities(writer: IndexWriter, keys: Sequence[int]) -> dict[int, float]:
    """Highest pair probability of each event with a likely candidate, by event number."""
    highest: dict[int, float] = {}
    for scored in score_candidates(writer, keys):
        for candidate in scored.event_candidates:
            if is_likely(candidate.probability):
                number = candidate.event
                highest[number] = max(candidate.probability, highest.get(number, 0.0))
    return highest
