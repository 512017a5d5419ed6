"""The articles of an event that it is labelled by, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.events.labels import label_event
from clustering.features.terms import Terms
from service.store import bulk
from service.store.schema import features

MAX_ARTICLES_READ: Final = 12
"""Articles of an event that are read for its label, so that a large one costs no more."""


class StoredEventLabel(NamedTuple):
    """What an event is called by: articles, the most central first, and key terms in lines."""

    keys: tuple[int, ...]
    terms: str


def sample_evenly(keys: Sequence[int]) -> Sequence[int]:
    """Up to `LOOKED_AT` of some articles, evenly over the list, its ends included."""
    if len(keys) <= MAX_ARTICLES_READ:
        return keys
    last = len(keys) - 1
    return [keys[at * last // (MAX_ARTICLES_READ - 1)] for at in range(MAX_ARTICLES_READ)]


def label_events(
    connection: Connection, canonical_keys: Mapping[int, Sequence[int]]
) -> dict[int, StoredEventLabel]:
    """Label events.

    Parameters
    ----------
    connection : Connection
    canonical_keys : mapping of int to sequence of int
        The articles that stand for the groups of each event, in order of time.
    """
    chosen = {event: sample_evenly(keys) for event, keys in canonical_keys.items()}
    terms = _load_terms(connection, (key for keys in chosen.values() for key in keys))
    return {event: _label_event(keys, terms) for event, keys in chosen.items()}


def _label_event(keys: Sequence[int], terms: Mapping[int, Terms]) -> StoredEventLabel:
    found = label_event([terms[key] for key in keys])
    return StoredEventLabel(tuple(keys[at] for at in found.central), "\n".join(found.terms))


def _load_terms(connection: Connection, keys: Iterable[int]) -> dict[int, Terms]:
    query = select(features.c.key, features.c.terms).where(
        features.c.key.in_(bindparam("keys", expanding=True))
    )
    return {
        row.key: Terms.from_bytes(row.terms)
        for some in bulk.chunked(keys)
        for row in connection.execute(query, {"keys": some})
    }
