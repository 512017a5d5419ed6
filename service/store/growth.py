"""Events to which articles were only added: their summaries follow from what came.

So the thousandth copy of a text costs no more than the tenth. What can't be told from the summary
before, the reports and the newcomers is left to `summaries`, which reads the event as a whole; both
come to the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import Row as Found

from service.store import clippings, labels, reports, rows
from service.store.clippings import Clipping, line, lines
from service.store.reports import Report
from service.store.rows import Row
from service.store.tables import articles, assignments, events


def summaries(
    transaction: Connection, grown: Mapping[int, Collection[int]], given: Mapping[int, str]
) -> list[Row]:
    """Renew the summaries that follow from what came, and the reports they rest on.

    Parameters
    ----------
    transaction : Connection
    grown : mapping of int to collection of int
        Numbers of events, each with the articles that were added to it; nothing else has happened
        to them.
    given : mapping of int to str
        Headlines that people gave to events.

    Returns
    -------
    list of Row
        Of `events`; one that has to be read as a whole is not among them.
    """
    known = _known(transaction, grown)
    came = clippings.by_key(transaction, (key for it in known for key in grown[it]))
    before = reports.of_groups(transaction, {it.group for it in came.values()})
    leads = clippings.by_key(transaction, (report.key for report in before.values()))
    found = []
    for number, row in known.items():
        new = sorted((came[key] for key in grown[number]), key=lambda it: (it.seen, it.key))
        if all(_changes_no_report(it, before, leads) for it in new):
            begun = reports.of(it for it in new if it.group not in before)
            found.append(_summary(transaction, row, new, begun, given.get(number)))
    return [row for row in found if row is not None]


def _known(transaction: Connection, numbers: Iterable[int]) -> dict[int, Found[Any]]:
    query = select(events).where(
        events.c.number.in_(bindparam("numbers", expanding=True)), events.c.state == "open"
    )
    return {
        row.number: row
        for some in rows.in_steps(numbers)
        for row in transaction.execute(query, {"numbers": some})
    }


def _changes_no_report(
    new: Clipping, before: Mapping[int, Report], leads: Mapping[int, Clipping]
) -> bool:
    """Whether a newcomer leaves alone who stands for its group, and whose voice it has."""
    report = before.get(new.group)
    if report is None:
        return True
    lead = leads[report.key]
    heard = lead.origin or (not new.origin and (lead.source or not new.source))
    return new.event == report.event_number and new.duplicate_of == lead.key and bool(heard)


def _summary(
    transaction: Connection,
    row: Found[Any],
    new: Sequence[Clipping],
    begun: Sequence[Report],
    given: str | None,
) -> Row | None:
    reports.begin(transaction, begun)
    standing = reports.standing(transaction, row.number)
    keys, key_terms = labels.spread(standing), row.key_terms
    if begun:
        keys, key_terms = labels.tell(transaction, {row.number: standing})[row.number]
    title = _title(transaction, keys)
    if title is None:
        return None  # the headline depends on which title is the oldest
    headline = (title if given is None else given) if begun else row.headline
    if headline != row.headline and row.search.count("\n") == 2:
        return None  # its only line may be words of a text, and no title
    first, last = _times(transaction, row, new)
    voices = reports.voices(transaction, row.number) if begun else row.independent_sources
    titles = (line(it.title) for it in new)
    return {
        "number": row.number,
        "headline": headline,
        "size": row.size + len(new),
        "group_count": row.group_count + len(begun),
        "first_seen": first,
        "last_seen": last,
        "sources": _with(row.sources, (it.source for it in new)),
        "independent_sources": voices,
        "languages": _with(row.languages, (it.language for it in new)),
        "key_terms": key_terms,
        "search": _with(row.search, (it.casefold() for it in [headline, *titles])),
    }


def _title(transaction: Connection, keys: Sequence[int]) -> str | None:
    """The first title that any of these articles has."""
    found = clippings.by_key(transaction, keys)
    return next((title for key in keys if (title := line(found[key].title))), None)


def _times(
    transaction: Connection, row: Found[Any], new: Sequence[Clipping]
) -> tuple[float, float]:
    """When the first and the last article came out; those without a date count among themselves."""
    dated = [it for it in new if it.published is not None]
    was_dated = _has_date(transaction, row.number, {it.key for it in new})
    counted = dated if dated or was_dated else new
    before = () if dated and not was_dated else (row.first_seen, row.last_seen)
    seen = [*before, *(it.seen for it in counted)]
    return min(seen), max(seen)


def _has_date(transaction: Connection, number: int, apart_from: Collection[int]) -> bool:
    query = (
        select(assignments.c.key)
        .join(articles, articles.c.key == assignments.c.key)
        .where(assignments.c.event_number == number, articles.c.published.is_not(None))
        .limit(len(apart_from) + 1)
    )
    return any(key not in apart_from for key in transaction.scalars(query))


def _with(before: str, values: Iterable[str | None]) -> str:
    """Lines with some more; the same ones if none is new."""
    new = [value for value in values if value and f"\n{value}\n" not in before]
    return lines([*before.split("\n"), *new]) if new else before
