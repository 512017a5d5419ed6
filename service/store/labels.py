"""The articles of an event that it is labelled by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, bindparam, select

from clustering.terms import Terms
from service.store import rows
from service.store.tables import features

_Item = TypeVar("_Item")

LOOKED_AT: Final = 12
"""Articles of an event that are read for its label, so that a large one costs no more."""


def spread(items: Sequence[_Item]) -> Sequence[_Item]:
    """Up to `LOOKED_AT` of some items, evenly over the list, its ends included."""
    if len(items) <= LOOKED_AT:
        return items
    last = len(items) - 1
    return [items[at * last // (LOOKED_AT - 1)] for at in range(LOOKED_AT)]


def read(transaction: Connection, keys: Iterable[int]) -> dict[int, Terms]:
    """The terms of the articles of these keys."""
    query = select(features.c.key, features.c.terms).where(
        features.c.key.in_(bindparam("keys", expanding=True))
    )
    return {
        row.key: Terms.from_bytes(row.terms)
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }
