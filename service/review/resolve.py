"""Resolve a requested decision: constraints on articles, and an edit plan to execute at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, select

from clustering.constraints.decision import Decision
from clustering.pipeline.edit_plan import EditPlan
from service.common import ids
from service.common.validation import FieldError
from service.review.assigned_articles import ARTICLES_QUERY, AssignedArticle, load_events_articles
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
from service.store.schema import articles, events, groups

EMPTY_PLAN: Final = EditPlan()


class AlreadyMergedError(Exception):
    """The event or group that a decision is about has merged into another one."""

    def __init__(self, kind: Literal["event", "group"], number: int, survivor: int) -> None:
        letter: ids.IdKind = "e" if kind == "event" else "g"
        super().__init__(
            f"{ids.encode(letter, number)} has merged into {ids.encode(letter, survivor)}"
        )
        self.kind = kind
        self.number = number


@dataclass(frozen=True, slots=True)
class ResolvedDecision:
    """A decision in terms of article keys and event numbers.

    Attributes
    ----------
    decision : Decision
        What it says about articles.
    articles : tuple of AssignedArticle
        All articles of the events concerned.
    plan : EditPlan
        What is executed at once.
    affected_events : frozenset of int
        Events that may gain or lose articles at once.
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
        return frozenset(article.event for article in self.articles)

    @property
    def divided_groups(self) -> frozenset[int]:
        """Groups that the edit plan divides."""
        split_keys = {*self.plan.split_articles}
        return frozenset(article.group for article in self.articles if article.key in split_keys)


def resolve(connection: Connection, number: int, request: DecisionRequest) -> ResolvedDecision:
    """Resolve a decision against the current assignments.

    Parameters
    ----------
    connection : Connection
    number : int
        Number of the decision.
    request : DecisionRequest

    Raises
    ------
    InvalidDecisionError
        If it names something that does not exist, or that is not where the request says.
    AlreadyMergedError
    """
    resolver = DecisionResolver(connection, Decision(number))
    if isinstance(request, MergeEvents):
        return resolver.merge(request)
    if isinstance(request, SplitEvent):
        return resolver.split(request)
    if isinstance(request, MoveArticle):
        return resolver.move(request)
    if isinstance(request, RelateArticles):
        return resolver.relate(request)
    if isinstance(request, SetCanonical):
        return resolver.set_canonical(request)
    return resolver.lock_or_rename(request)


class DecisionResolver:
    """Resolves each kind of decision; looks up the events, groups and articles that it names.

    Parameters
    ----------
    connection : Connection
    empty_decision : Decision
        A decision that says nothing yet, with the number of the one to be resolved.
    """

    def __init__(self, connection: Connection, empty_decision: Decision) -> None:
        self._connection = connection
        self._empty_decision = empty_decision

    def merge(self, request: MergeEvents) -> ResolvedDecision:
        """Put all articles of the events into the event with the smallest number."""
        numbers = [
            self._resolve_event(event_id, f"/event_ids/{position}")
            for position, event_id in enumerate(request.event_ids)
        ]
        if len({*numbers}) < 2:
            raise InvalidDecisionError(FieldError("/event_ids", "must be two different events"))
        members = self._load_events_articles(numbers)
        keys = _keys(members)
        plan = EditPlan(event_moves=((keys, min(numbers)),))
        return ResolvedDecision(
            replace(self._empty_decision, one_event=keys), members, plan, frozenset(numbers)
        )

    def split(self, request: SplitEvent) -> ResolvedDecision:
        """Move articles, with their near-duplicates, to a new event."""
        event = self._resolve_event(request.event_id, "/event_id")
        selected = self._resolve_articles(request.article_ids, "/article_ids")
        for position, article in enumerate(selected):
            if article.event != event:
                message = f"is not in {request.event_id}, but in {ids.encode('e', article.event)}"
                raise InvalidDecisionError(FieldError(f"/article_ids/{position}", message))
        members = self._load_events_articles([event])
        leaving, staying = _split_off_groups(members, selected)
        if not staying:
            raise InvalidDecisionError(
                FieldError("/article_ids", "at least one article must stay in the event")
            )
        decision = replace(self._empty_decision, unless=leaving, sides=(leaving, staying))
        return ResolvedDecision(
            decision, members, EditPlan(event_moves=((leaving, None),)), frozenset([event])
        )

    def move(self, request: MoveArticle) -> ResolvedDecision:
        """Move an article, with its near-duplicates, to another event."""
        (article,) = self._resolve_articles([request.article_id], "/article_id")
        event = self._resolve_event(request.event_id, "/event_id")
        if article.event == event:
            raise InvalidDecisionError(
                FieldError("/event_id", "the article is already in this event")
            )
        old_members = self._load_events_articles([article.event])
        new_members = self._load_events_articles([event])
        leaving, staying = _split_off_groups(old_members, [article])
        sides = (leaving, staying) if staying else ()
        one_event = (*leaving, *_keys(new_members))
        return ResolvedDecision(
            replace(self._empty_decision, one_event=one_event, sides=sides),
            (*old_members, *new_members),
            EditPlan(event_moves=((leaving, event),)),
            frozenset([article.event, event]),
        )

    def relate(self, request: RelateArticles) -> ResolvedDecision:
        """Link or separate articles: as events, or as near-duplicates."""
        selected = list(dict.fromkeys(self._resolve_articles(request.article_ids, "/article_ids")))
        if len(selected) < 2:
            raise InvalidDecisionError(FieldError("/article_ids", "must be two different articles"))
        keys, numbers = _keys(selected), frozenset(article.event for article in selected)
        members = self._load_events_articles(numbers)
        empty = self._empty_decision
        joined_events = numbers if len(numbers) > 1 else frozenset[int]()
        if request.kind == "same_event":
            return ResolvedDecision(
                replace(empty, one_event=keys), members, EditPlan(event_merge=keys), joined_events
            )
        if request.kind == "duplicate":
            plan = EditPlan(event_merge=keys, group_merge=keys)
            return ResolvedDecision(replace(empty, one_group=keys), members, plan, joined_events)
        if request.kind == "not_duplicate":
            plan = EditPlan(split_articles=_sharing(selected, "group"))
            return ResolvedDecision(replace(empty, distinct=keys), members, plan)
        reclustered = _sharing(selected, "event")
        plan = EditPlan(split_articles=_sharing(selected, "group"), reclustered=reclustered)
        losing_events = frozenset(
            article.event for article in selected if article.key in reclustered
        )
        decision = replace(empty, sides=tuple((key,) for key in keys))
        return ResolvedDecision(decision, members, plan, losing_events)

    def set_canonical(self, request: SetCanonical) -> ResolvedDecision:
        """Make an article the canonical article of its group."""
        group = self._resolve_group(request.duplicate_group_id)
        (article,) = self._resolve_articles([request.article_id], "/article_id")
        if article.group != group:
            message = f"is in another group: {ids.encode('g', article.group)}"
            raise InvalidDecisionError(FieldError("/article_id", message))
        return ResolvedDecision(
            replace(self._empty_decision, chosen=article.key),
            self._load_events_articles([article.event]),
        )

    def lock_or_rename(self, request: LockEvent | RenameEvent) -> ResolvedDecision:
        """Lock, unlock or rename an event; nothing moves."""
        event = self._resolve_event(request.event_id, "/event_id")
        locked_event = event if request.kind == "lock_event" else None
        return ResolvedDecision(
            replace(self._empty_decision, locked_event=locked_event),
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
        query = ARTICLES_QUERY.where(articles.c.id.in_(bindparam("ids", expanding=True)))
        article_of = {
            row.id: AssignedArticle(*row)
            for row in self._connection.execute(query, {"ids": article_ids})
        }
        missing = [
            FieldError(
                field if field == "/article_id" else f"{field}/{position}", "no such article"
            )
            for position, article_id in enumerate(article_ids)
            if article_id not in article_of
        ]
        if missing:
            raise InvalidDecisionError(*missing)
        return [article_of[article_id] for article_id in article_ids]

    def _load_events_articles(self, event_numbers: Iterable[int]) -> tuple[AssignedArticle, ...]:
        return load_events_articles(self._connection, event_numbers)


def _keys(members: Iterable[AssignedArticle]) -> tuple[int, ...]:
    return tuple(member.key for member in members)


def _split_off_groups(
    members: Sequence[AssignedArticle], selected: Iterable[AssignedArticle]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the keys of selected articles with their near-duplicates, and of all others."""
    leaving_groups = {article.group for article in selected}
    return (
        _keys(member for member in members if member.group in leaving_groups),
        _keys(member for member in members if member.group not in leaving_groups),
    )


def _sharing(
    selected: Sequence[AssignedArticle], attribute: Literal["group", "event"]
) -> tuple[int, ...]:
    """Return the keys of articles that share their group, or event, with another selected one."""
    numbers = [getattr(article, attribute) for article in selected]
    return _keys(article for article in selected if numbers.count(getattr(article, attribute)) > 1)
