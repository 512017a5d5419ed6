"""Headlines and titles of what decisions and changes name by id only, for the pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from service import queries
from service.common import ids
from service.queries import ChangeView, DecisionView
from service.store import Store
from service.store.projections import headlines
from service.store.schema import articles

MAX_NAMES_PER_DECISION: Final = 4
"""Of the events, or articles, that one decision is about, so many are named."""


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """What is known of ids; what is not known goes by its id."""

    events: dict[str, str] = field(default_factory=dict)
    """Headlines."""
    articles: dict[str, str] = field(default_factory=dict)
    """Titles."""
    decisions: dict[str, DecisionView] = field(default_factory=dict)


def find_display_names(
    store: Store, decisions: Collection[DecisionView], changes: Collection[ChangeView] = ()
) -> DisplayNames:
    """Look up what decisions and changes mention, each kind by one query.

    Parameters
    ----------
    store : Store
    decisions : collection of DecisionView
    changes : collection of ChangeView

    Returns
    -------
    DisplayNames
    """
    others = queries.get_decisions_by_id(store, {*_mentioned_decision_ids(decisions, changes)})
    told = [*decisions, *others.values()]
    with store.reading() as transaction:
        known = _fetch_headlines(transaction, {*_mentioned_event_ids(told, changes)})
        titles = _fetch_titles(transaction, {*_mentioned_article_ids(told, changes)})
    return DisplayNames(known, titles, others)


def _fetch_headlines(connection: Connection, event_ids: Collection[str]) -> dict[str, str]:
    numbers = [ids.decode("e", it) or 0 for it in event_ids]
    found = headlines.load_headlines(connection, numbers)
    return {ids.encode("e", number): headline for number, headline in found.items() if headline}


def _fetch_titles(connection: Connection, article_ids: Collection[str]) -> dict[str, str]:
    query = select(articles.c.id, articles.c.title).where(articles.c.id.in_(article_ids))
    found = connection.execute(query)
    return {name: title for name, title in found if title}


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
        yield from filter(None, [decision.details.get("event_id")])
    for change in changes:
        named = (change.event_id, change.source_id, change.target_id)
        yield from (it for it in named if it and it.startswith("e"))


def _mentioned_article_ids(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from decision.details.get("article_ids", ())[:MAX_NAMES_PER_DECISION]
        yield from filter(None, [decision.details.get("article_id")])
    for change in changes:
        yield from filter(None, [change.article_id])
