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

from service.store import bulk
from service.store.bulk import RowValues
from service.store.projections import article_rows, group_summaries, labels
from service.store.projections.article_rows import ArticleSummary, join_lines, one_line_title
from service.store.projections.group_summaries import GroupSummary
from service.store.schema import articles, assignments, events


def extend_summaries(
    connection: Connection,
    added_by_event: Mapping[int, Collection[int]],
    given_headlines: Mapping[int, str],
) -> list[RowValues]:
    """Renew the summaries that follow from what came, and the reports they rest on.

    Parameters
    ----------
    connection : Connection
    added_by_event : mapping of int to collection of int
        Numbers of events, each with the articles that were added to it; nothing else has happened
        to them.
    given_headlines : mapping of int to str
        Headlines that people gave to events.

    Returns
    -------
    list of Row
        Of `events`; one that has to be read as a whole is not among them.
    """
    known = _load_open_events(connection, added_by_event)
    came = article_rows.load_by_key(connection, (key for it in known for key in added_by_event[it]))
    before = group_summaries.load_by_group(connection, {it.group for it in came.values()})
    leads = article_rows.load_by_key(connection, (report.key for report in before.values()))
    found = []
    for number, row in known.items():
        new = sorted(
            (came[key] for key in added_by_event[number]), key=lambda it: (it.seen, it.key)
        )
        if all(_keeps_group_summary(it, before, leads) for it in new):
            begun = group_summaries.summarise_groups(it for it in new if it.group not in before)
            found.append(_extend_summary(connection, row, new, begun, given_headlines.get(number)))
    return [row for row in found if row is not None]


def _load_open_events(connection: Connection, numbers: Iterable[int]) -> dict[int, Found[Any]]:
    query = select(events).where(
        events.c.number.in_(bindparam("numbers", expanding=True)), events.c.state == "open"
    )
    return {
        row.number: row
        for some in bulk.chunked(numbers)
        for row in connection.execute(query, {"numbers": some})
    }


def _keeps_group_summary(
    added: ArticleSummary,
    group_summaries: Mapping[int, GroupSummary],
    canonical_articles: Mapping[int, ArticleSummary],
) -> bool:
    """Whether a newcomer leaves alone who stands for its group, and whose voice it has."""
    report = group_summaries.get(added.group)
    if report is None:
        return True
    lead = canonical_articles[report.key]
    heard = lead.origin or (not added.origin and (lead.source or not added.source))
    return added.event == report.event_number and added.duplicate_of == lead.key and bool(heard)


def _extend_summary(
    connection: Connection,
    row: Found[Any],
    added: Sequence[ArticleSummary],
    new_groups: Sequence[GroupSummary],
    given_headline: str | None,
) -> RowValues | None:
    group_summaries.insert_summaries(connection, new_groups)
    standing = group_summaries.load_canonical_keys(connection, row.number)
    keys, key_terms = labels.sample_evenly(standing), row.key_terms
    if new_groups:
        keys, key_terms = labels.label_events(connection, {row.number: standing})[row.number]
    title = _first_title(connection, keys)
    if title is None:
        return None  # the headline depends on which title is the oldest
    headline = (title if given_headline is None else given_headline) if new_groups else row.headline
    if headline != row.headline and row.search.count("\n") == 2:
        return None  # its only line may be words of a text, and no title
    first, last = _time_range(connection, row, added)
    voices = (
        group_summaries.count_attributions(connection, row.number)
        if new_groups
        else row.independent_sources
    )
    titles = (one_line_title(it.title) for it in added)
    return {
        "number": row.number,
        "headline": headline,
        "size": row.size + len(added),
        "group_count": row.group_count + len(new_groups),
        "first_seen": first,
        "last_seen": last,
        "sources": _add_lines(row.sources, (it.source for it in added)),
        "independent_sources": voices,
        "languages": _add_lines(row.languages, (it.language for it in added)),
        "key_terms": key_terms,
        "search": _add_lines(row.search, (it.casefold() for it in [headline, *titles])),
    }


def _first_title(connection: Connection, keys: Sequence[int]) -> str | None:
    """The first title that any of these articles has."""
    found = article_rows.load_by_key(connection, keys)
    return next((title for key in keys if (title := one_line_title(found[key].title))), None)


def _time_range(
    connection: Connection, row: Found[Any], added: Sequence[ArticleSummary]
) -> tuple[float, float]:
    """When the first and the last article came out; those without a date count among themselves."""
    dated = [it for it in added if it.published is not None]
    was_dated = _has_dated_article(connection, row.number, {it.key for it in added})
    counted = dated if dated or was_dated else added
    before = () if dated and not was_dated else (row.first_seen, row.last_seen)
    seen = [*before, *(it.seen for it in counted)]
    return min(seen), max(seen)


def _has_dated_article(connection: Connection, number: int, excluded_keys: Collection[int]) -> bool:
    query = (
        select(assignments.c.key)
        .join(articles, articles.c.key == assignments.c.key)
        .where(assignments.c.event_number == number, articles.c.published.is_not(None))
        .limit(len(excluded_keys) + 1)
    )
    return any(key not in excluded_keys for key in connection.scalars(query))


def _add_lines(existing: str, values: Iterable[str | None]) -> str:
    """Lines with some more; the same ones if none is new."""
    new = [value for value in values if value and f"\n{value}\n" not in existing]
    return join_lines([*existing.split("\n"), *new]) if new else existing
