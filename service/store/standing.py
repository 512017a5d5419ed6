"""Canonical articles are chosen again when the rule for them is another than before."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, select

from clustering.canonical import EARLIEST, CanonicalRule
from clustering.decisions import Bonds
from clustering.leads import elect
from clustering.model import Judgement
from service.store import Store, docket, journal, rows
from service.store.journal import Entry
from service.store.members import MEMBERS, candidate, led_by
from service.store.tables import CANONICAL, assignments, meta

_GROUPED: Final = MEMBERS.order_by(assignments.c.group_number)


def renew(store: Store, rule: CanonicalRule) -> None:
    """Renew `duplicate_of` wherever the rule says otherwise, and log every change of it.

    Nothing is read where the rule is the one of the last time.

    Parameters
    ----------
    store : Store
    rule : CanonicalRule
    """
    with store.reading() as transaction:
        if _is_in_force(transaction, rule):
            return
    with store.writing() as transaction:
        notes = journal.open_journal(transaction, time.time())
        chosen = Bonds.of(docket.standing(transaction)).chosen
        for _, group in groupby(transaction.execute(_GROUPED), attrgetter("group_number")):
            notes.entries.extend(_moves(list(group), rule, chosen))
        journal.write(transaction, notes, rule)
        transaction.execute(delete(meta).where(meta.c.name == CANONICAL))
        rows.insert(transaction, meta, [{"name": CANONICAL, "value": _written(rule)}])


def _is_in_force(transaction: Connection, rule: CanonicalRule) -> bool:
    stored = transaction.scalar(select(meta.c.value).where(meta.c.name == CANONICAL))
    return (stored or _written(EARLIEST)) == _written(rule)


def _written(rule: CanonicalRule) -> str:
    return json.dumps([rule.prefer, *rule.sources])


def _moves(
    group: list[Row[Any]], rule: CanonicalRule, chosen: Mapping[int, int]
) -> Iterator[Entry]:
    candidates = {row.key: candidate(row) for row in group}
    standing = elect(candidates, candidates.__getitem__, rule, chosen).canonical
    for row in group:
        place = led_by(row, standing)
        if row.duplicate_of != place.duplicate_of:
            yield Entry("article.moved", row.key, row.id, Judgement(place))
