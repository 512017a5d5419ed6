"""Headlines and titles of what decisions and changes name by id only, for the pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from service import browse, ids
from service.browse import ChangeView, DecisionView
from service.store import Store, headlines
from service.store.tables import articles

FIRST: Final = 4
"""Of the events, or articles, that one decision is about, so many are named."""


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of ids; what is not known goes by its id."""

    events: dict[str, str] = field(default_factory=dict)
    """Headlines."""
    articles: dict[str, str] = field(default_factory=dict)
    """Titles."""
    decisions: dict[str, DecisionView] = field(default_factory=dict)


def names(
    store: Store, decisions: Collection[DecisionView], changes: Collection[ChangeView] = ()
) -> Names:
    """Look up what decisions and changes mention, each kind by one query.

    Parameters
    ----------
    store : Store
    decisions : collection of DecisionView
    changes : collection of ChangeView

    Returns
    -------
    Names
    """
    others = browse.decisions_by_id(store, {*_decisions_in(decisions, changes)})
    told = [*decisions, *others.values()]
    with store.reading() as transaction:
        known = _headlines(transaction, {*_events_in(told, changes)})
        titles = _titles(transaction, {*_articles_in(told, changes)})
    return Names(known, titles, others)


def _headlines(transaction: Connection, wanted: Collection[str]) -> dict[str, str]:
    numbers = [ids.decode("e", it) or 0 for it in wanted]
    found = headlines.shown(transaction, numbers)
    return {ids.encode("e", number): headline for number, headline in found.items() if headline}


def _titles(transaction: Connection, wanted: Collection[str]) -> dict[str, str]:
    query = select(articles.c.id, articles.c.title).where(articles.c.id.in_(wanted))
    found = transaction.execute(query)
    return {name: title for name, title in found if title}


def _decisions_in(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from filter(None, (decision.undoes, decision.undone_by))
    for change in changes:
        if change.kind.startswith("decision.") and change.source_id:
            yield change.source_id


def _events_in(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from decision.details.get("event_ids", ())[:FIRST]
        yield from filter(None, [decision.details.get("event_id")])
    for change in changes:
        named = (change.event_id, change.source_id, change.target_id)
        yield from (it for it in named if it and it.startswith("e"))


def _articles_in(
    decisions: Collection[DecisionView], changes: Collection[ChangeView]
) -> Iterator[str]:
    for decision in decisions:
        yield from decision.details.get("article_ids", ())[:FIRST]
        yield from filter(None, [decision.details.get("article_id")])
    for change in changes:
        yield from filter(None, [change.article_id])
