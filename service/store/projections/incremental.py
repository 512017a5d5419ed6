"""Incremental update of event summaries when articles were only added.

The thousandth copy of a text takes no more time than the tenth. Where the new summary cannot be
derived from the old one, the group summaries and the added articles, the event is left to
`event_summaries`, which reads it as a whole. Both lead to the same summary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

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
    """Compute the summaries that follow from added articles, and store their new groups.

    Parameters
    ----------
    connection : Connection
    added_by_event : mapping of int to collection of int
        Events, each with the keys of the articles that were added to it. Nothing else has changed
        in these events.
    given_headlines : mapping of int to str
        Headlines that editors gave to events.

    Returns
    -------
    list of RowValues
        Rows of `events`. Events that have to be read as a whole are left out.
    """
    event_rows = _load_open_events(connection, added_by_event)
    added = article_rows.load_by_key(
        connection, (key for number in event_rows for key in added_by_event[number])
    )
    groups = {article.group for article in added.values()}
    stored_groups = group_summaries.load_by_group(connection, groups)
    canonical_articles = article_rows.load_by_key(
        connection, (summary.key for summary in stored_groups.values())
    )
    extended = []
    for number, event_row in event_rows.items():
        new_articles = sorted(
            (added[key] for key in added_by_event[number]),
            key=lambda article: (article.seen, article.key),
        )
        if all(
            _keeps_group_summary(article, stored_groups, canonical_articles)
            for article in new_articles
        ):
            new_groups = group_summaries.summarise_groups(
                article for article in new_articles if article.group not in stored_groups
            )
            extended.append(
                _extend_summary(
                    connection, event_row, new_articles, new_groups, given_headlines.get(number)
                )
            )
    return [row for row in extended if row is not None]


def _load_open_events(connection: Connection, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    query = select(events).where(events.c.state == "open")
    rows = bulk.select_in(connection, query, events.c.number, numbers)
    return {row.number: row for row in rows}


def _keeps_group_summary(
    added: ArticleSummary,
    stored_groups: Mapping[int, GroupSummary],
    canonical_articles: Mapping[int, ArticleSummary],
) -> bool:
    """Whether an added article changes neither the canonical article nor the attribution."""
    summary = stored_groups.get(added.group)
    if summary is None:
        return True
    canonical = canonical_articles[summary.key]
    keeps_attribution = canonical.wire_agency or (
        not added.wire_agency and (canonical.source or not added.source)
    )
    return (
        added.event == summary.event_number
        and added.duplicate_of == canonical.key
        and bool(keeps_attribution)
    )


def _extend_summary(
    connection: Connection,
    row: Row[Any],
    added: Sequence[ArticleSummary],
    new_groups: Sequence[GroupSummary],
    given_headline: str | None,
) -> RowValues | None:
    """Return the new row of an event; None if the event has to be read as a whole."""
    group_summaries.insert_summaries(connection, new_groups)
    canonical_keys = group_summaries.load_canonical_keys(connection, row.number)
    keys, key_terms = labels.sample_evenly(canonical_keys), row.key_terms
    if new_groups:
        keys, key_terms = labels.label_events(connection, {row.number: canonical_keys})[row.number]
    title = _first_title(connection, keys)
    if title is None:
        return None  # the headline depends on which title is the oldest
    headline = (title if given_headline is None else given_headline) if new_groups else row.headline
    first_seen, last_seen = _time_range(connection, row, added)
    independent_sources = (
        group_summaries.count_attributions(connection, row.number)
        if new_groups
        else row.independent_sources
    )
    rank = row.rank
    if new_groups or last_seen != row.last_seen:
        rank = group_summaries.rank_event(connection, row.number, last_seen)
    return {
        "number": row.number,
        "headline": headline,
        "size": row.size + len(added),
        "group_count": row.group_count + len(new_groups),
        "first_seen": first_seen,
        "last_seen": last_seen,
        "sources": _add_lines(row.sources, (article.source for article in added)),
        "independent_sources": independent_sources,
        "languages": _add_lines(row.languages, (article.language for article in added)),
        "key_terms": key_terms,
        "rank": rank,
    }


def _first_title(connection: Connection, keys: Sequence[int]) -> str | None:
    """Return the title of the first of these articles that has one."""
    article_of = article_rows.load_by_key(connection, keys)
    return next((title for key in keys if (title := one_line_title(article_of[key].title))), None)


def _time_range(
    connection: Connection, row: Row[Any], added: Sequence[ArticleSummary]
) -> tuple[float, float]:
    """Return when the first and the last article of an event were seen (POSIX seconds).

    Articles without a date of publication count only if no article has one.
    """
    dated = [article for article in added if article.published is not None]
    was_dated = _has_dated_article(connection, row.number, {article.key for article in added})
    counted = dated if dated or was_dated else added
    before = () if dated and not was_dated else (row.first_seen, row.last_seen)
    times = [*before, *(article.seen for article in counted)]
    return min(times), max(times)


def _has_dated_article(connection: Connection, number: int, excluded_keys: Collection[int]) -> bool:
    query = (
        select(assignments.c.key)
        .join(articles, articles.c.key == assignments.c.key)
        .where(assignments.c.event_number == number, articles.c.published.is_not(None))
        .limit(len(excluded_keys) + 1)
    )
    return any(key not in excluded_keys for key in connection.scalars(query))


def _add_lines(existing: str, values: Iterable[str | None]) -> str:
    """Return lines with new values added; the same string if none is new."""
    new_values = [value for value in values if value and f"\n{value}\n" not in existing]
    return join_lines([*existing.split("\n"), *new_values]) if new_values else existing
