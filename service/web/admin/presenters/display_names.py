"""Headlines and titles for the ids that decisions and changes mention."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from service import queries
from service.common import ids
from service.queries import AssignmentView, ChangeView, DecisionView, Member
from service.store import Store
from service.store.projections import headlines
from service.store.schema import articles

MAX_NAMES_PER_DECISION: Final = 4
"""Events or articles of one decision that the pages name; they count the others."""


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """Names by id. An id that is missing here is shown as it is."""

    events: dict[str, str] = field(default_factory=dict)
    """Headlines by event id; of events that have merged, their last ones."""
    articles: dict[str, str] = field(default_factory=dict)
    """Titles by article id."""
    decisions: dict[str, DecisionView] = field(default_factory=dict)
    """Mentioned decisions, such as those that were undone, by id."""


def find_names(
    store: Store, event_ids: Collection[str], article_ids: Collection[str]
) -> DisplayNames:
    """Look up the headlines of events and the titles of articles."""
    with store.reading() as connection:
        return DisplayNames(
            _fetch_headlines(connection, event_ids), _fetch_titles(connection, article_ids)
        )


def find_display_names(
    store: Store,
    decisions: Collection[DecisionView],
    changes: Collection[ChangeView] = (),
    assignments: Collection[Member | AssignmentView] = (),
) -> DisplayNames:
    """Look up the names of all mentioned ids, with one query for each kind of id.

    Parameters
    ----------
    store : Store
    decisions : collection of DecisionView
    changes : collection of ChangeView
    assignments : collection of Member or AssignmentView
        Those whose reasons are shown: the decisions that placed articles, and runner-up events.

    Returns
    -------
    DisplayNames
    """
    placing = {assignment.placed_by for assignment in assignments if assignment.placed_by}
    mentioned = queries.get_decisions_by_id(
        store, {*_mentioned_decision_ids(decisions, changes), *placing}
    )
    undone = {decision.undoes for decision in mentioned.values() if decision.undoes}
    mentioned |= queries.get_decisions_by_id(store, undone - mentioned.keys())
    all_decisions = [*decisions, *mentioned.values()]
    with store.reading() as connection:
        event_ids = {
            *_mentioned_event_ids(all_decisions, changes),
            *_runner_up_ids(assignments),
        }
        event_headlines = _fetch_headlines(connection, event_ids)
        titles = _fetch_titles(connection, {*_mentioned_article_ids(all_decisions, changes)})
    return DisplayNames(event_headlines, titles, mentioned)


def _fetch_headlines(connection: Connection, event_ids: Collection[str]) -> dict[str, str]:
    numbers = [ids.decode("e", event_id) or 0 for event_id in event_ids]
    by_number = headlines.load_last_headlines(connection, numbers)
    return {ids.encode("e", number): headline for number, headline in by_number.items() if headline}


def _runner_up_ids(assignments: Collection[Member | AssignmentView]) -> Iterator[str]:
    for assignment in assignments:
        if assignment.evidence.runner_up is not None:
            yield assignment.evidence.runner_up.event_id


def _fetch_titles(connection: Connection, article_ids: Collection[str]) -> dict[str, str]:
    query = select(articles.c.id, articles.c.title).where(articles.c.id.in_(article_ids))
    rows = connection.execute(query)
    return {article_id: title for article_id, title in rows if title}


def _mentioned_decision_ids(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from filter(None, (decision.undoes, decision.undone_by))
    for change in changes:
        if change.kind.startswith("decision.") and change.source_id:
            yield change.source_id


def _mentioned_event_ids(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from decision.details.get("event_ids", ())[:MAX_NAMES_PER_DECISION]
        yield from filter(None, [decision.details.get("event_id"), decision.result_event_id])
    for change in changes:
        change_ids = (change.event_id, change.source_id, change.target_id)
        yield from (id_ for id_ in change_ids if id_ and id_.startswith("e"))


def _mentioned_article_ids(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from decision.details.get("article_ids", ())[:MAX_NAMES_PER_DECISION]
        yield from filter(None, [decision.details.get("article_id")])
    for change in changes:
        yield from filter(None, [change.article_id])
