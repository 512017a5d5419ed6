"""Positions: follow each article through the entries of a change set to its final assignment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from clustering.state.canonical import CanonicalRule, choose_canonical
from clustering.types import Assignment, Change, Evidence
from service.store import bulk
from service.store.bulk import RowValues
from service.store.change_log import evidence_json, retirement
from service.store.change_log.members import to_candidate
from service.store.review import thresholds
from service.store.schema import articles, assignments, changes, decisions

if TYPE_CHECKING:
    from service.store.change_log.change_set import ChangeSet, LogEntry

EVENT_COLUMN: Final = assignments.c.event_number
GROUP_COLUMN: Final = assignments.c.group_number
_RETIRED_REASON: Final = "they arrived long ago; new articles are no longer compared with them"


class AssignmentRow(NamedTuple):
    """A row of `assignments` without its key: the position of an article, and why it is there."""

    arrived_seq: int
    group_number: int
    event_number: int
    duplicate_of: int | None
    outcome: str
    evidence: str
    decision: int | None


class PositionTracker:
    """Turns the entries of a change set into log rows and the last assignment of each article.

    Parameters
    ----------
    connection : Connection
    change_set : ChangeSet
    rule : CanonicalRule
        Chooses among retired members.
    """

    def __init__(self, connection: Connection, change_set: ChangeSet, rule: CanonicalRule) -> None:
        self._connection = connection
        self._change_set = change_set
        self._rule = rule
        self._article_ids, self._assignments = _load_assignments(
            connection, _referenced_keys(change_set)
        )
        self._article_ids.update(
            (entry.key, entry.article_id)
            for entry in change_set.entries
            if entry.key is not None and entry.article_id is not None
        )
        self.stored_keys = frozenset(self._assignments)
        self.current: dict[int, AssignmentRow] = {}
        self._event_of: dict[int, int] = {}
        self._canonical_of: dict[int, int] = {}
        self.log: list[RowValues] = []
        # Moves of a decision: key; then group, event and `duplicate_of` before; then these after;
        # then the decision that had placed the article before.
        self.moves: list[tuple[int | None, ...]] = []
        self._decision: int | None = None
        self._placed_before = _load_undone_placements(connection, change_set)
        self.snapshots: list[RowValues] = []
        self.threshold_rows: list[RowValues] = []
        # Every changed event and group, with the one that it has merged into.
        self.events: dict[int, int | None] = {
            row.event_number: None for row in self._assignments.values()
        }
        self.groups: dict[int, int | None] = {
            row.group_number: None for row in self._assignments.values()
        }
        # Events in which something else has changed than that articles were added.
        self.restructured_events: set[int] = set()
        # Positions of articles with a new version before that version.
        self.previous_assignments: dict[int, AssignmentRow] = {}

    def fold(self) -> None:
        """Build the log rows, and the last assignment of each article."""
        reactivations = [
            entry for entry in self._change_set.entries if entry.kind == "article.recalled"
        ]
        for entry in reactivations:
            self._fold_head(entry)
        since, before = self._change_set.retired_from, self._change_set.retired_before
        if since is not None:
            self._log_row("articles.retired", source=since, target=before, reason=_RETIRED_REASON)
        for entry in self._change_set.entries[len(reactivations) :]:
            self._fold_entry(entry)
        if self._change_set.retired_before:
            self._move_retired_members()

    def added_by_event(self) -> dict[int, list[int]]:
        """Return events in which nothing has changed but added articles, with their keys."""
        added: defaultdict[int, list[int]] = defaultdict(list)
        for key, row in self.current.items():
            if row.event_number not in self.restructured_events:
                added[row.event_number].append(key)
        return added

    def log_change(self, change: Change) -> None:
        """Log a merge or split, and remember what has merged into what."""
        self._log_row(change.kind, source=change.source, target=change.target, reason=change.reason)
        merged_into = self.events if change.kind.startswith("event.") else self.groups
        merged_into.setdefault(change.source)
        merged_into.setdefault(change.target)
        if merged_into is self.events:
            self.restructured_events.update((change.source, change.target))
        if change.kind.endswith(".merged"):
            merged_into[change.source] = change.target

    def _fold_entry(self, entry: LogEntry) -> None:
        self._fold_head(entry)
        for assignment in entry.proposal.reassigned:
            self._assign("article.moved", assignment)
        for change in entry.proposal.changes:
            self.log_change(change)
        seq, now = self._change_set.last_seq, self._change_set.now
        if entry.snapshot is not None:
            self.snapshots.append({"seq": seq, "snapshot": entry.snapshot})
        if entry.threshold_change is not None:
            self.threshold_rows.append(
                thresholds.threshold_row(self._connection, entry.threshold_change, seq, now)
            )

    def _fold_head(self, entry: LogEntry) -> None:
        if entry.proposal.assignment is not None:
            self._assign(entry.kind, entry.proposal.assignment)
        elif entry.key is None:
            self._decision = entry.decision
            self._log_row(entry.kind, source=entry.decision)
        else:
            self._remove(entry, entry.key)

    def _move_retired_members(self) -> None:
        """Move retired members to their current groups, events and canonical articles."""
        before, groups, events = self._change_set.retired_before, self.groups, self.events
        members_of: dict[int, list[Row[Any]]] = {}
        for row in retirement.find_members_to_move(self._connection, before, groups, events):
            if row.key not in self.current and row.key not in self._change_set.removed:
                members_of.setdefault(_follow_merges(groups, row.group_number), []).append(row)
        for group, members in members_of.items():
            canonical = self._find_canonical(group, members)
            for row in members:
                self._move_retired(row, group, canonical)

    def _find_canonical(self, group: int, members: Sequence[Row[Any]]) -> int:
        """Return the canonical article of a group with retired members.

        It is that of the live members, else the one that the retired members had. If that one is
        gone, the rule chooses one of the retired members.
        """
        canonical: int = self._canonical_of.get(group) or members[0].duplicate_of or members[0].key
        position = self.current.get(canonical)
        has_left = position is not None and position.group_number != group
        if has_left or canonical in self._change_set.removed:
            return choose_canonical(map(to_candidate, members), self._rule)
        return canonical

    def _move_retired(self, row: Row[Any], group: int, canonical: int) -> None:
        event = self._event_of.get(group) or _follow_merges(self.events, row.event_number)
        duplicate_of = None if canonical == row.key else canonical
        position = (row.group_number, row.event_number, row.duplicate_of)
        if (group, event, duplicate_of) != position:
            self._article_ids[row.key] = row.id
            self._assignments[row.key] = _load_assignments(self._connection, [row.key])[1][row.key]
            self.stored_keys |= {row.key}
            self._assign("article.moved", Assignment(row.key, group, event, duplicate_of))

    def _remove(self, entry: LogEntry, key: int) -> None:
        position = self._assignments.pop(key)
        self.current.pop(key, None)
        self.restructured_events.add(position.event_number)
        if entry.kind == "article.updated":
            self.previous_assignments[key] = position
        self._log_row(
            entry.kind,
            key=key,
            group_number=position.group_number,
            event_number=position.event_number,
        )

    def _assign(self, kind: str, assignment: Assignment) -> None:
        key = assignment.article
        before = self._assignments.get(key)
        previous = before or self.previous_assignments.get(key)
        self._log_row(
            kind,
            key=key,
            group_number=assignment.group,
            event_number=assignment.event,
            duplicate_of=assignment.duplicate_of,
            source=before and before.event_number,
            target=assignment.event,
        )
        if before is None:
            after = _new_row(assignment, self._change_set.last_seq)
        else:
            after = _moved_row(before, assignment)
            self.restructured_events.update((before.event_number, assignment.event))
        after = after._replace(decision=self._placed_by(key, previous, after))
        if kind == "article.recalled":
            after = after._replace(arrived_seq=self._change_set.last_seq)
        elif self._decision is not None and before is not None:
            self.moves.append((key, *before[1:4], *after[1:4], before.decision))
        self._assignments[key] = self.current[key] = after
        self._event_of[assignment.group] = assignment.event
        self._canonical_of[assignment.group] = assignment.duplicate_of or key
        self.events.setdefault(assignment.event)
        self.groups.setdefault(assignment.group)

    def _placed_by(
        self, key: int, before: AssignmentRow | None, after: AssignmentRow
    ) -> int | None:
        """Return the decision by which an article is in its event; it keeps it until it leaves."""
        if before is not None and before.event_number == after.event_number:
            return before.decision
        return self._placed_before.get((key, after.event_number), self._decision)

    def _log_row(self, kind: str, **columns: Any) -> None:
        self._change_set.last_seq += 1
        row = dict.fromkeys(changes.c.keys())
        row.update(columns, seq=self._change_set.last_seq, at=self._change_set.now, kind=kind)
        row["article_id"] = self._article_ids.get(columns.get("key", 0))
        self.log.append(row)


def _follow_merges(merged_into: Mapping[int, int | None], number: int) -> int:
    """Return the group or event that a group or event is now."""
    while (target := merged_into.get(number)) is not None:
        number = target
    return number


def _new_row(assignment: Assignment, seq: int) -> AssignmentRow:
    return AssignmentRow(
        seq,
        assignment.group,
        assignment.event,
        assignment.duplicate_of,
        assignment.outcome,
        evidence_json.to_json(assignment.evidence),
        None,
    )


def _moved_row(before: AssignmentRow, assignment: Assignment) -> AssignmentRow:
    """Return the row of a moved article: it keeps its outcome, and its evidence unless renewed."""
    after = _new_row(assignment, before.arrived_seq)._replace(outcome=before.outcome)
    return after if assignment.evidence != Evidence() else after._replace(evidence=before.evidence)


def _referenced_keys(change_set: ChangeSet) -> set[int]:
    keys = {entry.key for entry in change_set.entries if entry.key is not None}
    for entry in change_set.entries:
        keys.update(assignment.article for assignment in entry.proposal.reassigned)
    return keys - change_set.added.keys()


def _load_undone_placements(
    connection: Connection, change_set: ChangeSet
) -> dict[tuple[int, int], int | None]:
    """Return what had placed articles before the decision that is undone, by key and event."""
    undone = (change_set.decision_row or {}).get("undoes")
    if undone is None:
        return {}
    moves = connection.scalar(select(decisions.c.moves).where(decisions.c.number == undone))
    return {
        (key, event): placed[0] if placed else None
        for key, _, event, _, _, _, _, *placed in json.loads(moves or "[]")
    }


def _load_assignments(
    connection: Connection, keys: Iterable[int]
) -> tuple[dict[int, str], dict[int, AssignmentRow]]:
    """Return the ids and the assignments of articles, by key."""
    columns = (assignments.c[name] for name in AssignmentRow._fields)
    query = select(articles.c.key, articles.c.id, *columns).join(
        assignments, assignments.c.key == articles.c.key
    )
    article_ids: dict[int, str] = {}
    positions: dict[int, AssignmentRow] = {}
    for row in bulk.select_in(connection, query, articles.c.key, keys):
        article_ids[row.key] = row.id
        positions[row.key] = AssignmentRow._make(row[2:])
    return article_ids, positions
