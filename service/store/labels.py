"""The articles of an event that it is labelled by, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.labels import label
from clustering.terms import Terms
from service.store import rows
from service.store.tables import features

LOOKED_AT: Final = 12
"""Articles of an event that are read for its label, so that a large one costs no more."""


class Label(NamedTuple):
    """What an event is called by: articles, the most central first, and key terms in lines."""

    keys: tuple[int, ...]
    terms: str


def spread(keys: Sequence[int]) -> Sequence[int]:
    """Up to `LOOKED_AT` of some articles, evenly over the list, its ends included."""
    if len(keys) <= LOOKED_AT:
        return keys
    last = len(keys) - 1
    return [keys[at * last // (LOOKED_AT - 1)] for at in range(LOOKED_AT)]


def tell(transaction: Connection, standing: Mapping[int, Sequence[int]]) -> dict[int, Label]:
    """Label events.

    Parameters
    ----------
    transaction : Connection
    standing : mapping of int to sequence of int
        The articles that stand for the groups of each event, in order of time.
    """
    chosen = {event: spread(keys) for event, keys in standing.items()}
    terms = _read(transaction, (key for keys in chosen.values() for key in keys))
    return {event: _label(keys, terms) for event, keys in chosen.items()}


def _label(keys: Sequence[int], terms: Mapping[int, Terms]) -> Label:
    found = label([terms[key] for key in keys])
    return Label(tuple(keys[at] for at in found.central), "\n".join(found.terms))


def _read(transaction: Connection, keys: Iterable[int]) -> dict[int, Terms]:
    query = select(features.c.key, features.c.terms).where(
        features.c.key.in_(bindparam("keys", expanding=True))
    )
    return {
        row.key: Terms.from_bytes(row.terms)
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }
