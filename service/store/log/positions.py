"""From what was judged to what has to be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import Row as Found

from clustering.state.canonical import CanonicalRule, choose_canonical
from clustering.types import Assignment, Change, Evidence
from service.store import bulk
from service.store.bulk import RowValues
from service.store.log import evidence_json, retirement
from service.store.log.members import to_candidate
from service.store.review import thresholds
from service.store.schema import articles, assignments, changes

if TYPE_CHECKING:
    from service.store.log.change_set import ChangeSet, LogEntry

EVENT_COLUMN: Final = assignments.c.event_number
GROUP_COLUMN: Final = assignments.c.group_number
_RETIRED_REASON: Final = "they came so long ago that newcomers are no longer compared with them"


class AssignmentRow(NamedTuple):
    """Where an article is, and why: its row in `assignments`."""

    arrived: int
    group_number: int
    event_number: int
    duplicate_of: int | None
    outcome: str
    evidence: str


class PositionTracker:
    """Follows every article through the entries, from where it was to where it is now."""

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
        # What a decision has moved: key, group, event and canonical article before, and after.
        self.moves: list[tuple[int | None, ...]] = []
        self._in_decision = False
        self.snapshots: list[RowValues] = []
        self.threshold_rows: list[RowValues] = []
        # Every event and group that was touched, with the one it has merged into.
        self.events: dict[int, int | None] = {
            it.event_number: None for it in self._assignments.values()
        }
        self.groups: dict[int, int | None] = {
            it.group_number: None for it in self._assignments.values()
        }
        # Events to which more has happened than that articles were added.
        self.restructured_events: set[int] = set()
        # Where an article with a new version was before it.
        self.previous_assignments: dict[int, AssignmentRow] = {}

    def fold(self) -> None:
        """Make the log rows, and the last assignment of each article."""
        recalls = [entry for entry in self._change_set.entries if entry.kind == "article.recalled"]
        for entry in recalls:
            self._fold_head(entry)
        since, before = self._change_set.retired_from, self._change_set.retired_before
        if since is not None:
            self._log_row("articles.retired", source=since, target=before, reason=_RETIRED_REASON)
        for entry in self._change_set.entries[len(recalls) :]:
            self._fold_head(entry)
            for assignment in entry.proposal.reassigned:
                self._assign("article.moved", assignment)
            for change in entry.proposal.changes:
                self.log_change(change)
            if entry.snapshot is not None:
                seq = self._change_set.last_seq
                self.snapshots.append({"seq": seq, "snapshot": entry.snapshot})
            if entry.threshold_change is not None:
                drawn = (entry.threshold_change, self._change_set.last_seq, self._change_set.now)
                self.threshold_rows.append(thresholds.threshold_row(self._connection, *drawn))
        if self._change_set.retired_before:
            self._move_retired_members()

    def added_by_event(self) -> dict[int, list[int]]:
        """Events to which articles were added and nothing else has happened, with these."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for key, place in self.current.items():
            if place.event_number not in self.restructured_events:
                found[place.event_number].append(key)
        return found

    def _move_retired_members(self) -> None:
        """Let retired members go where their groups and events have gone, and follow their lead."""
        before, groups, events = self._change_set.retired_before, self.groups, self.events
        followers: dict[int, list[Found[Any]]] = {}
        for row in retirement.find_members_to_move(self._connection, before, groups, events):
            if row.key not in self.current and row.key not in self._change_set.removed:
                followers.setdefault(_follow_merges(groups, row.group_number), []).append(row)
        for group, members in followers.items():
            standing = self._find_canonical(group, members)
            for row in members:
                self._move_retired(row, group, standing)

    def _find_canonical(self, group: int, members: Sequence[Found[Any]]) -> int:
        """Who stands for retired members: the one of the live, or before, or else one of them."""
        standing: int = self._canonical_of.get(group) or members[0].duplicate_of or members[0].key
        place = self.current.get(standing)
        elsewhere = place is not None and place.group_number != group
        if elsewhere or standing in self._change_set.removed:
            return choose_canonical(map(to_candidate, members), self._rule)
        return standing

    def _move_retired(self, row: Found[Any], group: int, canonical: int) -> None:
        event = self._event_of.get(group) or _follow_merges(self.events, row.event_number)
        original = None if canonical == row.key else canonical
        place = (row.group_number, row.event_number, row.duplicate_of)
        if (group, event, original) != place:
            self._article_ids[row.key] = row.id
            self._assignments[row.key] = _load_assignments(self._connection, [row.key])[1][row.key]
            self.stored_keys |= {row.key}
            self._assign("article.moved", Assignment(row.key, group, event, original))

    def _fold_head(self, entry: LogEntry) -> None:
        if entry.proposal.assignment is not None:
            self._assign(entry.kind, entry.proposal.assignment)
        elif entry.key is None:
            self._in_decision = entry.decision is not None
            self._log_row(entry.kind, source=entry.decision)
        else:
            self._remove(entry, entry.key)

    def _remove(self, entry: LogEntry, key: int) -> None:
        place = self._assignments.pop(key)
        self.current.pop(key, None)
        self.restructured_events.add(place.event_number)
        if entry.kind == "article.updated":
            self.previous_assignments[key] = place
        where = {"group_number": place.group_number, "event_number": place.event_number}
        self._log_row(entry.kind, key=key, **where)

    def _assign(self, kind: str, assignment: Assignment) -> None:
        key = assignment.article
        before = self._assignments.get(key)
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
            now = _new_row(assignment, self._change_set.last_seq)
        else:
            now = _moved_row(before, assignment)
            self.restructured_events.update((before.event_number, assignment.event))
        if kind == "article.recalled":
            now = now._replace(arrived=self._change_set.last_seq)
        elif self._in_decision and before is not None:
            self.moves.append((key, *before[1:4], *now[1:4]))
        self._assignments[key] = self.current[key] = now
        self._event_of[assignment.group] = assignment.event
        self._canonical_of[assignment.group] = assignment.duplicate_of or key
        self.events.setdefault(assignment.event)
        self.groups.setdefault(assignment.group)

    def log_change(self, change: Change) -> None:
        """Log a merge or split, and remember what merged into what."""
        self._log_row(change.kind, source=change.source, target=change.target, reason=change.reason)
        touched = self.events if change.kind.startswith("event.") else self.groups
        touched.setdefault(change.source)
        touched.setdefault(change.target)
        if touched is self.events:
            self.restructured_events.update((change.source, change.target))
        if change.kind.endswith(".merged"):
            touched[change.source] = change.target

    def _log_row(self, kind: str, **columns: Any) -> None:
        self._change_set.last_seq += 1
        row = dict.fromkeys(changes.c.keys())
        row.update(columns, seq=self._change_set.last_seq, at=self._change_set.now, kind=kind)
        row["article_id"] = self._article_ids.get(columns.get("key", 0))
        self.log.append(row)


def _follow_merges(merged_into: Mapping[int, int | None], number: int) -> int:
    """What a group or event has become."""
    while (into := merged_into.get(number)) is not None:
        number = into
    return number


def _new_row(assignment: Assignment, seq: int) -> AssignmentRow:
    return AssignmentRow(
        seq,
        assignment.group,
        assignment.event,
        assignment.duplicate_of,
        assignment.outcome,
        evidence_json.to_json(assignment.evidence),
    )


def _moved_row(before: AssignmentRow, assignment: Assignment) -> AssignmentRow:
    """A move says where an article belongs now; how it came, and why, stays if no more is said."""
    now = _new_row(assignment, before.arrived)._replace(outcome=before.outcome)
    return now if assignment.evidence != Evidence() else now._replace(evidence=before.evidence)


def _referenced_keys(change_set: ChangeSet) -> set[int]:
    keys = {entry.key for entry in change_set.entries if entry.key is not None}
    for entry in change_set.entries:
        keys.update(assignment.article for assignment in entry.proposal.reassigned)
    return keys - change_set.added.keys()


def _load_assignments(
    connection: Connection, keys: Iterable[int]
) -> tuple[dict[int, str], dict[int, AssignmentRow]]:
    query = (
        select(
            articles.c.key, articles.c.id, *(assignments.c[name] for name in AssignmentRow._fields)
        )
        .join(assignments, assignments.c.key == articles.c.key)
        .where(articles.c.key.in_(bindparam("keys", expanding=True)))
    )
    names: dict[int, str] = {}
    places: dict[int, AssignmentRow] = {}
    for some in bulk.chunked(sorted(keys)):
        for key, name, *place in connection.execute(query, {"keys": some}):
            names[key] = name
            places[key] = AssignmentRow(*place)
    return names, places
