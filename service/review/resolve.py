"""From a decision as it was posted to what it says of articles, and what is to be done at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.constraints.decision import Decision
from clustering.pipeline.edit_plan import EditPlan
from service.common import ids
from service.common.validation import FieldError
from service.review.requests import (
    DecisionRequest,
    InvalidDecisionError,
    LockEvent,
    MergeEvents,
    MoveArticle,
    RelateArticles,
    RenameEvent,
    SetCanonical,
    SplitEvent,
)
from service.store import bulk
from service.store.schema import articles, assignments, events, groups

EMPTY_PLAN: Final = EditPlan()


class AssignedArticle(NamedTuple):
    """An article where it is."""

    key: int
    id: str
    group: int
    event: int


class AlreadyMergedError(Exception):
    """What the decision is about has merged into something else."""

    def __init__(self, kind: Literal["event", "group"], number: int, survivor: int) -> None:
        letter: ids.IdKind = "e" if kind == "event" else "g"
        super().__init__(
            f"{ids.encode(letter, number)} has merged into {ids.encode(letter, survivor)}"
        )
        self.kind = kind
        self.number = number


@dataclass(frozen=True, slots=True)
class ResolvedDecision:
    """What a decision comes to.

    Attributes
    ----------
    decision : Decision
        What it says of articles.
    plan : EditPlan
        What is to be done at once.
    articles : tuple of Placed
        All articles of the events concerned.
    affected_events : frozenset of int
        Events that may take or lose articles at once.
    event : int or None
        The event that is locked, unlocked or renamed.
    """

    decision: Decision
    articles: tuple[AssignedArticle, ...]
    plan: EditPlan = EMPTY_PLAN
    affected_events: frozenset[int] = frozenset()
    event: int | None = None

    @property
    def events(self) -> frozenset[int]:
        """The events concerned."""
        return frozenset(it.event for it in self.articles)

    @property
    def divided_groups(self) -> frozenset[int]:
        """Groups that are divided at once."""
        parted = {*self.plan.split_articles}
        return frozenset(it.group for it in self.articles if it.key in parted)


def resolve(connection: Connection, number: int, request: DecisionRequest) -> ResolvedDecision:
    """Find out what a decision comes to as things are.

    Raises
    ------
    InvalidDecisionError
        If it names something that is not there, or not where it says.
    AlreadyMergedError
    """
    room = DecisionResolver(connection, Decision(number))
    if isinstance(request, MergeEvents):
        return room.merge(request)
    if isinstance(request, SplitEvent):
        return room.split(request)
    if isinstance(request, MoveArticle):
        return room.move(request)
    if isinstance(request, RelateArticles):
        return room.relate(request)
    if isinstance(request, SetCanonical):
        return room.set_canonical(request)
    return room.lock_or_rename(request)


class DecisionResolver:
    """Where a ruling is made: looks up what it is about."""

    def __init__(self, connection: Connection, empty_decision: Decision) -> None:
        self._connection = connection
        self._empty_decision = empty_decision

    def merge(self, request: MergeEvents) -> ResolvedDecision:
        numbers = [
            self._resolve_event(it, f"/event_ids/{at}") for at, it in enumerate(request.event_ids)
        ]
        if len({*numbers}) < 2:
            raise InvalidDecisionError(FieldError("/event_ids", "must be two different events"))
        placed = self._load_events_articles(numbers)
        keys = _keys(placed)
        order = EditPlan(event_moves=((keys, min(numbers)),))
        return ResolvedDecision(
            replace(self._empty_decision, one_event=keys), placed, order, frozenset(numbers)
        )

    def split(self, request: SplitEvent) -> ResolvedDecision:
        event = self._resolve_event(request.event_id, "/event_id")
        named = self._resolve_articles(request.article_ids, "/article_ids")
        for at, one in enumerate(named):
            if one.event != event:
                there = f"is not in {request.event_id}, but in {ids.encode('e', one.event)}"
                raise InvalidDecisionError(FieldError(f"/article_ids/{at}", there))
        placed = self._load_events_articles([event])
        leave, stay = _split_off_groups(placed, named)
        if not stay:
            raise InvalidDecisionError(FieldError("/article_ids", "nobody would stay in the event"))
        decision = replace(self._empty_decision, unless=leave, sides=(leave, stay))
        return ResolvedDecision(
            decision, placed, EditPlan(event_moves=((leave, None),)), frozenset([event])
        )

    def move(self, request: MoveArticle) -> ResolvedDecision:
        (one,) = self._resolve_articles([request.article_id], "/article_id")
        event = self._resolve_event(request.event_id, "/event_id")
        if one.event == event:
            raise InvalidDecisionError(FieldError("/event_id", "it is there already"))
        left, joined = self._load_events_articles([one.event]), self._load_events_articles([event])
        leave, stay = _split_off_groups(left, [one])
        sides = (leave, stay) if stay else ()
        decision = replace(self._empty_decision, one_event=(*leave, *_keys(joined)), sides=sides)
        order = EditPlan(event_moves=((leave, event),))
        return ResolvedDecision(decision, (*left, *joined), order, frozenset([one.event, event]))

    def relate(self, request: RelateArticles) -> ResolvedDecision:
        named = list(dict.fromkeys(self._resolve_articles(request.article_ids, "/article_ids")))
        if len(named) < 2:
            raise InvalidDecisionError(FieldError("/article_ids", "must be two different articles"))
        keys, numbers = _keys(named), frozenset(it.event for it in named)
        placed = self._load_events_articles(numbers)
        blank, moving = self._empty_decision, numbers if len(numbers) > 1 else frozenset[int]()
        if request.kind == "same_event":
            return ResolvedDecision(
                replace(blank, one_event=keys), placed, EditPlan(event_merge=keys), moving
            )
        if request.kind == "duplicate":
            order = EditPlan(event_merge=keys, group_merge=keys)
            return ResolvedDecision(replace(blank, one_group=keys), placed, order, moving)
        if request.kind == "not_duplicate":
            order = EditPlan(split_articles=_sharing(named, "group"))
            return ResolvedDecision(replace(blank, distinct=keys), placed, order)
        judged = _sharing(named, "event")
        order = EditPlan(split_articles=_sharing(named, "group"), reclustered=judged)
        losing = frozenset(it.event for it in named if it.key in judged)
        decision = replace(blank, sides=tuple((key,) for key in keys))
        return ResolvedDecision(decision, placed, order, losing)

    def set_canonical(self, request: SetCanonical) -> ResolvedDecision:
        group = self._resolve_group(request.duplicate_group_id)
        (one,) = self._resolve_articles([request.article_id], "/article_id")
        if one.group != group:
            there = f"is in another group: {ids.encode('g', one.group)}"
            raise InvalidDecisionError(FieldError("/article_id", there))
        return ResolvedDecision(
            replace(self._empty_decision, chosen=one.key), self._load_events_articles([one.event])
        )

    def lock_or_rename(self, request: LockEvent | RenameEvent) -> ResolvedDecision:
        event = self._resolve_event(request.event_id, "/event_id")
        locked = event if request.kind == "lock_event" else None
        return ResolvedDecision(
            replace(self._empty_decision, locked_event=locked),
            self._load_events_articles([event]),
            event=event,
        )

    def _resolve_event(self, public_id: str, field: str) -> int:
        number = ids.decode("e", public_id)
        query = select(events.c.state, events.c.merged_into).where(events.c.number == number)
        row = None if number is None else self._connection.execute(query).first()
        if number is not None and row is not None and row.merged_into is not None:
            raise AlreadyMergedError("event", number, row.merged_into)
        if row is None or number is None or row.state != "open":
            raise InvalidDecisionError(FieldError(field, "no such event"))
        return number

    def _resolve_group(self, public_id: str) -> int:
        number = ids.decode("g", public_id)
        query = select(groups.c.number, groups.c.merged_into).where(groups.c.number == number)
        row = None if number is None else self._connection.execute(query).first()
        if number is not None and row is not None and row.merged_into is not None:
            raise AlreadyMergedError("group", number, row.merged_into)
        if row is None or number is None:
            raise InvalidDecisionError(FieldError("/duplicate_group_id", "no such duplicate group"))
        return number

    def _resolve_articles(self, article_ids: Sequence[str], field: str) -> list[AssignedArticle]:
        query = _ARTICLES_QUERY.where(articles.c.id.in_(bindparam("ids", expanding=True)))
        found = {
            row.id: AssignedArticle(*row)
            for row in self._connection.execute(query, {"ids": article_ids})
        }
        missing = [
            FieldError(field if field == "/article_id" else f"{field}/{at}", "no such article")
            for at, name in enumerate(article_ids)
            if name not in found
        ]
        if missing:
            raise InvalidDecisionError(*missing)
        return [found[name] for name in article_ids]

    def _load_events_articles(self, event_numbers: Iterable[int]) -> tuple[AssignedArticle, ...]:
        return load_events_articles(self._connection, event_numbers)


def load_events_articles(
    connection: Connection, event_numbers: Iterable[int]
) -> tuple[AssignedArticle, ...]:
    """All articles of some events."""
    query = _ARTICLES_QUERY.where(
        assignments.c.event_number.in_(bindparam("numbers", expanding=True))
    )
    steps = (
        connection.execute(query, {"numbers": some}).all()
        for some in bulk.chunked({*event_numbers})
    )
    return tuple(AssignedArticle(*row) for row in chain.from_iterable(steps))


def load_articles(connection: Connection, keys: Iterable[int]) -> dict[int, AssignedArticle]:
    """Articles where they are, by key."""
    query = _ARTICLES_QUERY.where(articles.c.key.in_(bindparam("keys", expanding=True)))
    return {
        row.key: AssignedArticle(*row)
        for some in bulk.chunked(keys)
        for row in connection.execute(query, {"keys": some})
    }


def load_article_ids(connection: Connection, keys: Sequence[int]) -> list[str]:
    """The outside names of articles."""
    found = load_articles(connection, keys)
    return [found[key].id for key in keys]


_ARTICLES_QUERY: Final = (
    select(articles.c.key, articles.c.id, assignments.c.group_number, assignments.c.event_number)
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .order_by(articles.c.key)
)


def _keys(members: Iterable[AssignedArticle]) -> tuple[int, ...]:
    return tuple(one.key for one in members)


def _split_off_groups(
    members: Sequence[AssignedArticle], selected: Iterable[AssignedArticle]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Those that are named with their reprints, and the others."""
    leaving = {one.group for one in selected}
    return (
        _keys(one for one in members if one.group in leaving),
        _keys(one for one in members if one.group not in leaving),
    )


def _sharing(selected: Sequence[AssignedArticle], attribute: str) -> tuple[int, ...]:
    """Those that are in one group, or event, with another of them."""
    there = [getattr(one, attribute) for one in selected]
    return _keys(one for one in selected if there.count(getattr(one, attribute)) > 1)
