"""Labels of events: central articles and key terms, from a sample of the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from clustering.events.labels import label_event
from clustering.features.terms import Terms
from service.store import bulk
from service.store.schema import features

MAX_ARTICLES_READ: Final = 12
"""Articles of an event that are read for its label, so that a large event costs no more."""


class StoredEventLabel(NamedTuple):
    """The label of an event."""

    keys: tuple[int, ...]
    """Articles, the most central first."""
    terms: str
    """Key terms, one per line."""


def sample_evenly(keys: Sequence[int]) -> Sequence[int]:
    """Return up to `MAX_ARTICLES_READ` keys, evenly spaced, with the first and the last."""
    if len(keys) <= MAX_ARTICLES_READ:
        return keys
    last = len(keys) - 1
    return [keys[step * last // (MAX_ARTICLES_READ - 1)] for step in range(MAX_ARTICLES_READ)]


def label_events(
    connection: Connection, canonical_keys: Mapping[int, Sequence[int]]
) -> dict[int, StoredEventLabel]:
    """Label events.

    Parameters
    ----------
    connection : Connection
    canonical_keys : mapping of int to sequence of int
        Canonical articles of the groups of each event, in order of time.

    Returns
    -------
    dict of int to StoredEventLabel
        By event.
    """
    samples = {event: sample_evenly(keys) for event, keys in canonical_keys.items()}
    terms = _load_terms(connection, (key for keys in samples.values() for key in keys))
    return {event: _label_event(keys, terms) for event, keys in samples.items()}


def _label_event(keys: Sequence[int], terms: Mapping[int, Terms]) -> StoredEventLabel:
    label = label_event([terms[key] for key in keys])
    central_keys = tuple(keys[position] for position in label.central)
    return StoredEventLabel(central_keys, "\n".join(label.terms))


def _load_terms(connection: Connection, keys: Iterable[int]) -> dict[int, Terms]:
    query = select(features.c.key, features.c.terms)
    rows = bulk.select_in(connection, query, features.c.key, keys)
    return {row.key: Terms.from_bytes(row.terms) for row in rows}
