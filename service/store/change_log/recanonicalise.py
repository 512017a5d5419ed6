"""Choose the canonical articles again when the canonical rule has changed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row

from clustering.constraints.decision import ConstraintSet
from clustering.state.canonical import CanonicalRule
from clustering.state.representatives import choose_representatives
from clustering.types import Proposal
from service.store import Store, meta_values
from service.store.change_log.change_set import LogEntry, open_change_set
from service.store.change_log.members import MEMBERS_QUERY, to_candidate, with_canonical
from service.store.change_log.write import write_change_set
from service.store.review import decisions as decision_table
from service.store.schema import META_CANONICAL_RULE, assignments

_RULE_VERSION: Final = 3
"""To be raised when the same rule chooses otherwise: 2 counts a day without a time to its end, and
3 does not count a date long before the others."""
_MEMBERS_BY_GROUP: Final = MEMBERS_QUERY.order_by(assignments.c.group_number)


def apply_canonical_rule(store: Store, rule: CanonicalRule) -> None:
    """Renew `duplicate_of` wherever the rule chooses another article, and log every change.

    No article is read if the rule is the one that was applied last.

    Parameters
    ----------
    store : Store
    rule : CanonicalRule
    """
    with store.reading() as connection:
        if _is_current_rule(connection, rule):
            return
    with store.writing() as connection:
        change_set = open_change_set(connection, time.time())
        chosen_canonical = ConstraintSet.from_decisions(
            decision_table.load_active_decisions(connection)
        ).chosen_canonical
        rows = connection.execute(_MEMBERS_BY_GROUP)
        for _, members in groupby(rows, attrgetter("group_number")):
            change_set.entries.extend(_canonical_changes(list(members), rule, chosen_canonical))
        write_change_set(connection, change_set, rule)
        meta_values.write(connection, META_CANONICAL_RULE, _rule_json(rule))


def _is_current_rule(connection: Connection, rule: CanonicalRule) -> bool:
    return meta_values.read(connection, META_CANONICAL_RULE) == _rule_json(rule)


def _rule_json(rule: CanonicalRule) -> str:
    return json.dumps([_RULE_VERSION, rule.prefer, *rule.sources])


def _canonical_changes(
    members: list[Row[Any]], rule: CanonicalRule, chosen_canonical: Mapping[int, int]
) -> Iterator[LogEntry]:
    candidates = {row.key: to_candidate(row) for row in members}
    canonical = choose_representatives(
        candidates, candidates.__getitem__, rule, chosen_canonical
    ).canonical
    for row in members:
        assignment = with_canonical(row, canonical)
        if row.duplicate_of != assignment.duplicate_of:
            yield LogEntry("article.moved", row.key, row.id, Proposal(assignment))
