"""From what was judged to what has to be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import Row as Found

from clustering.canonical import CanonicalRule, choose
from clustering.model import Assignment, Change, Evidence
from service import evidence
from service.store import lines, retirement, rows
from service.store.members import candidate
from service.store.rows import Row
from service.store.tables import articles, assignments, changes

if TYPE_CHECKING:
    from service.store.journal import Entry, Journal

EVENT: Final = assignments.c.event_number
GROUP: Final = assignments.c.group_number
_RETIRED: Final = "they came so long ago that newcomers are no longer compared with them"


class Place(NamedTuple):
    """Where an article is, and why: its row in `assignments`."""

    arrived: int
    group_number: int
    event_number: int
    duplicate_of: int | None
    outcome: str
    evidence: str


class Ledger:
    """Follows every article through the entries, from where it was to where it is now."""

    def __init__(self, transaction: Connection, journal: Journal, rule: CanonicalRule) -> None:
        self._transaction = transaction
        self._journal = journal
        self._rule = rule
        self._names, self._places = _stored(transaction, _mentioned(journal))
        self._names.update(
            (entry.key, entry.article_id)
            for entry in journal.entries
            if entry.key is not None and entry.article_id is not None
        )
        self.stored = frozenset(self._places)
        self.current: dict[int, Place] = {}
        self._event_of: dict[int, int] = {}
        self._canonical_of: dict[int, int] = {}
        self.log: list[Row] = []
        # What a decision has moved: key, group, event and canonical article before, and after.
        self.moves: list[tuple[int | None, ...]] = []
        self._deciding = False
        self.snapshots: list[Row] = []
        self.lines: list[Row] = []
        # Every event and group that was touched, with the one it has merged into.
        self.events: dict[int, int | None] = {it.event_number: None for it in self._places.values()}
        self.groups: dict[int, int | None] = {it.group_number: None for it in self._places.values()}
        # Events to which more has happened than that articles were added.
        self.disturbed: set[int] = set()
        # Where an article with a new version was before it.
        self.left: dict[int, Place] = {}

    def walk(self) -> None:
        """Make the log rows, and the last assignment of each article."""
        recalls = [entry for entry in self._journal.entries if entry.kind == "article.recalled"]
        for entry in recalls:
            self._head(entry)
        since, before = self._journal.retired_from, self._journal.retired_before
        if since is not None:
            self._note("articles.retired", source=since, target=before, reason=_RETIRED)
        for entry in self._journal.entries[len(recalls) :]:
            self._head(entry)
            for assignment in entry.judgement.moved:
                self._settle("article.moved", assignment)
            for change in entry.judgement.changes:
                self.note_change(change)
            if entry.snapshot is not None:
                seq = self._journal.last_seq
                self.snapshots.append({"seq": seq, "snapshot": entry.snapshot})
            if entry.line is not None:
                drawn = (entry.line, self._journal.last_seq, self._journal.now)
                self.lines.append(lines.row_of(self._transaction, *drawn))
        if self._journal.retired_before:
            self._bring_along()

    def grown(self) -> dict[int, list[int]]:
        """Events to which articles were added and nothing else has happened, with these."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for key, place in self.current.items():
            if place.event_number not in self.disturbed:
                found[place.event_number].append(key)
        return found

    def _bring_along(self) -> None:
        """Let retired members go where their groups and events have gone, and follow their lead."""
        before, groups, events = self._journal.retired_before, self.groups, self.events
        followers: dict[int, list[Found[Any]]] = {}
        for row in retirement.followers(self._transaction, before, groups, events):
            if row.key not in self.current and row.key not in self._journal.removed:
                followers.setdefault(_heir(groups, row.group_number), []).append(row)
        for group, members in followers.items():
            standing = self._leader(group, members)
            for row in members:
                self._follow(row, group, standing)

    def _leader(self, group: int, members: Sequence[Found[Any]]) -> int:
        """Who stands for retired members: the one of the live, or before, or else one of them."""
        standing: int = self._canonical_of.get(group) or members[0].duplicate_of or members[0].key
        place = self.current.get(standing)
        elsewhere = place is not None and place.group_number != group
        if elsewhere or standing in self._journal.removed:
            return choose(map(candidate, members), self._rule)
        return standing

    def _follow(self, row: Found[Any], group: int, standing: int) -> None:
        event = self._event_of.get(group) or _heir(self.events, row.event_number)
        original = None if standing == row.key else standing
        place = (row.group_number, row.event_number, row.duplicate_of)
        if (group, event, original) != place:
            self._names[row.key] = row.id
            self._places[row.key] = _stored(self._transaction, [row.key])[1][row.key]
            self.stored |= {row.key}
            self._settle("article.moved", Assignment(row.key, group, event, original))

    def _head(self, entry: Entry) -> None:
        if entry.judgement.assignment is not None:
            self._settle(entry.kind, entry.judgement.assignment)
        elif entry.key is None:
            self._deciding = entry.decision is not None
            self._note(entry.kind, source=entry.decision)
        else:
            self._leave(entry, entry.key)

    def _leave(self, entry: Entry, key: int) -> None:
        place = self._places.pop(key)
        self.current.pop(key, None)
        self.disturbed.add(place.event_number)
        if entry.kind == "article.updated":
            self.left[key] = place
        where = {"group_number": place.group_number, "event_number": place.event_number}
        self._note(entry.kind, key=key, **where)

    def _settle(self, kind: str, assignment: Assignment) -> None:
        key = assignment.article
        before = self._places.get(key)
        self._note(
            kind,
            key=key,
            group_number=assignment.group,
            event_number=assignment.event,
            duplicate_of=assignment.duplicate_of,
            source=before and before.event_number,
            target=assignment.event,
        )
        if before is None:
            now = _arrived(assignment, self._journal.last_seq)
        else:
            now = _moved(before, assignment)
            self.disturbed.update((before.event_number, assignment.event))
        if kind == "article.recalled":
            now = now._replace(arrived=self._journal.last_seq)
        elif self._deciding and before is not None:
            self.moves.append((key, *before[1:4], *now[1:4]))
        self._places[key] = self.current[key] = now
        self._event_of[assignment.group] = assignment.event
        self._canonical_of[assignment.group] = assignment.duplicate_of or key
        self.events.setdefault(assignment.event)
        self.groups.setdefault(assignment.group)

    def note_change(self, change: Change) -> None:
        """Log a merge or split, and remember what merged into what."""
        self._note(change.kind, source=change.source, target=change.target, reason=change.reason)
        touched = self.events if change.kind.startswith("event.") else self.groups
        touched.setdefault(change.source)
        touched.setdefault(change.target)
        if touched is self.events:
            self.disturbed.update((change.source, change.target))
        if change.kind.endswith(".merged"):
            touched[change.source] = change.target

    def _note(self, kind: str, **columns: Any) -> None:
        self._journal.last_seq += 1
        row = dict.fromkeys(changes.c.keys())
        row.update(columns, seq=self._journal.last_seq, at=self._journal.now, kind=kind)
        row["article_id"] = self._names.get(columns.get("key", 0))
        self.log.append(row)


def _heir(merged: Mapping[int, int | None], number: int) -> int:
    """What a group or event has become."""
    while (into := merged.get(number)) is not None:
        number = into
    return number


def _arrived(assignment: Assignment, seq: int) -> Place:
    return Place(
        seq,
        assignment.group,
        assignment.event,
        assignment.duplicate_of,
        assignment.outcome,
        evidence.to_json(assignment.evidence),
    )


def _moved(before: Place, assignment: Assignment) -> Place:
    """A move says where an article belongs now; how it came, and why, stays if no more is said."""
    now = _arrived(assignment, before.arrived)._replace(outcome=before.outcome)
    return now if assignment.evidence != Evidence() else now._replace(evidence=before.evidence)


def _mentioned(journal: Journal) -> set[int]:
    keys = {entry.key for entry in journal.entries if entry.key is not None}
    for entry in journal.entries:
        keys.update(assignment.article for assignment in entry.judgement.moved)
    return keys - journal.added.keys()


def _stored(
    transaction: Connection, keys: Iterable[int]
) -> tuple[dict[int, str], dict[int, Place]]:
    query = (
        select(articles.c.key, articles.c.id, *(assignments.c[name] for name in Place._fields))
        .join(assignments, assignments.c.key == articles.c.key)
        .where(articles.c.key.in_(bindparam("keys", expanding=True)))
    )
    names: dict[int, str] = {}
    places: dict[int, Place] = {}
    for some in rows.in_steps(sorted(keys)):
        for key, name, *place in transaction.execute(query, {"keys": some}):
            names[key] = name
            places[key] = Place(*place)
    return names, places
