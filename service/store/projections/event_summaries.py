"""Summary columns of events and groups, stored so that a list need not count articles."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, func, select

from clustering.features.normalize import clean
from service.store import bulk
from service.store.bulk import RowValues
from service.store.projections import (
    article_rows,
    group_summaries,
    headlines,
    incremental,
    labels,
    ranking,
)
from service.store.projections.article_rows import ArticleSummary, join_lines, one_line_title
from service.store.projections.group_summaries import GroupSummary
from service.store.projections.labels import StoredEventLabel
from service.store.review.reviewed_events import unmark_reviewed
from service.store.schema import events, groups, texts

_MAX_SENTENCE_CHARS: Final = 100
"""Length of a headline that is made of the first sentence of a text."""
_SENTENCE_SCAN_CHARS: Final = 2000
"""Characters of a text in which its first sentence is looked for."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n")
_NO_ADDITIONS: Final[Mapping[int, Collection[int]]] = MappingProxyType({})


class SummarisedEvent(NamedTuple):
    """The columns of an event that follow from its articles, and the summaries of its groups."""

    row: RowValues
    groups: Sequence[GroupSummary]


def refresh_events(
    connection: Connection,
    merged_into: Mapping[int, int | None],
    now: float,
    added_by_event: Mapping[int, Collection[int]] = _NO_ADDITIONS,
) -> None:
    """Renew the summaries of events.

    Parameters
    ----------
    connection : Connection
    merged_into : mapping of int to (int or None)
        Numbers of events, each with the one that it has merged into.
    now : float
        POSIX seconds; when new events were created.
    added_by_event : mapping of int to collection of int
        Events in which nothing has changed except that these articles were added.
    """
    unmark_reviewed(connection, merged_into)
    given_headlines = _given_headlines(connection, merged_into)
    extended = incremental.extend_summaries(connection, added_by_event, given_headlines)
    bulk.update(connection, events, extended)
    done = {row["number"] for row in extended}
    remaining = {number: target for number, target in merged_into.items() if number not in done}
    _rebuild_events(connection, remaining, given_headlines, now)


def summarise_events(
    connection: Connection, numbers: Mapping[int, None]
) -> dict[int, SummarisedEvent]:
    """Make the summaries of events anew from their articles, and store nothing.

    Parameters
    ----------
    connection : Connection
    numbers : mapping of int to None
        Numbers of events.

    Returns
    -------
    dict of int to SummarisedEvent
        By event; events without articles are left out.
    """
    return _summarise(connection, numbers, _given_headlines(connection, numbers))


def refresh_groups(
    connection: Connection, merged_into: Mapping[int, int | None], now: float
) -> None:
    """Insert rows of new groups, and store which groups have merged.

    Parameters
    ----------
    connection : Connection
    merged_into : mapping of int to (int or None)
        Numbers of groups, each with the one that it has merged into.
    now : float
        POSIX seconds; when new groups were created.
    """
    stored_numbers = _existing_numbers(connection, groups.c.number, merged_into)
    new_rows = [
        {"number": number, "merged_into": None, "created_at": now}
        for number in sorted(merged_into.keys() - stored_numbers)
    ]
    bulk.insert(connection, groups, new_rows)
    bulk.update(
        connection,
        groups,
        [{"number": number, "merged_into": target} for number, target in merged_into.items()],
    )


def _given_headlines(
    connection: Connection, merged_into: Mapping[int, int | None]
) -> dict[int, str]:
    given = headlines.find_given_headlines(connection, merged_into)
    return {number: headline.headline for number, headline in given.items()}


def _rebuild_events(
    connection: Connection,
    merged_into: Mapping[int, int | None],
    given_headlines: Mapping[int, str],
    now: float,
) -> None:
    """Read events as a whole, and store their summaries."""
    stored_numbers = _existing_numbers(connection, events.c.number, merged_into)
    summarised = _summarise(connection, merged_into, given_headlines)
    group_summaries.replace_summaries(
        connection, merged_into, (group for event in summarised.values() for group in event.groups)
    )
    open_rows = [event.row for event in summarised.values()]
    ended_rows = [
        _ended_event(number, merged_into[number])
        for number in merged_into
        if number not in summarised
    ]
    created = {"created_at": now}
    _insert_new_events(connection, stored_numbers, [{**created, **row} for row in open_rows])
    never_open = {**created, **_EMPTY_EVENT, "merged_into": None}
    _insert_new_events(connection, stored_numbers, [{**never_open, **row} for row in ended_rows])
    for rows in (open_rows, ended_rows):
        bulk.update(connection, events, [row for row in rows if row["number"] in stored_numbers])
    bulk.update(connection, events, _merge_rows(merged_into))


def _summarise(
    connection: Connection, numbers: Iterable[int], given_headlines: Mapping[int, str]
) -> dict[int, SummarisedEvent]:
    members_of = article_rows.load_by_event(connection, numbers)
    groups_of = {
        number: group_summaries.summarise_groups(members) for number, members in members_of.items()
    }
    labels_of = labels.label_events(
        connection, {number: [group.key for group in event] for number, event in groups_of.items()}
    )
    return {
        number: SummarisedEvent(
            _summarise_event(
                connection,
                members,
                groups_of[number],
                labels_of[number],
                given_headlines.get(number),
            ),
            groups_of[number],
        )
        for number, members in members_of.items()
    }


def _insert_new_events(
    connection: Connection, stored_numbers: set[int], event_rows: list[RowValues]
) -> None:
    new_rows = [row for row in event_rows if row["number"] not in stored_numbers]
    bulk.insert(connection, events, new_rows)


def _existing_numbers(
    connection: Connection, column: Column[int], numbers: Iterable[int]
) -> set[int]:
    rows = bulk.select_in(connection, select(column.label("number")), column, numbers)
    return {row.number for row in rows}


def _summarise_event(
    connection: Connection,
    members: Sequence[ArticleSummary],
    event_groups: Sequence[GroupSummary],
    label: StoredEventLabel,
    given_headline: str | None,
) -> RowValues:
    all_titles = (one_line_title(member.title) for member in members)
    titles = list(dict.fromkeys(title for title in all_titles if title))
    title_of = {member.key: one_line_title(member.title) for member in members}
    central_title = next((title_of[key] for key in label.keys if title_of[key]), None)
    dated = [member for member in members if member.published is not None] or members
    own_headline = central_title or (titles or [_first_sentence(connection, label.keys[0])])[0]
    headline = own_headline if given_headline is None else given_headline
    return {
        "number": members[0].event,
        "state": "open",
        "merged_into": None,
        "headline": headline,
        "size": len(members),
        "group_count": len(event_groups),
        "first_seen": dated[0].seen,
        "last_seen": dated[-1].seen,
        "sources": join_lines(member.source for member in members),
        "independent_sources": len({group.attribution for group in event_groups}),
        "languages": join_lines(member.language for member in members),
        "key_terms": label.terms,
        "rank": ranking.rank(_newest_by_source(event_groups), dated[-1].seen),
    }


def _newest_by_source(event_groups: Sequence[GroupSummary]) -> Iterable[float]:
    return {group.attribution: group.seen for group in event_groups}.values()


_EMPTY_EVENT: Final[RowValues] = {
    "headline": "",
    "first_seen": 0.0,
    "last_seen": 0.0,
    "sources": "",
    "languages": "",
    "key_terms": "",
    "rank": 0.0,
}
"""Columns of an event that merged or became empty in the transaction that created it."""


def _ended_event(number: int, merged_into: int | None) -> RowValues:
    state = "empty" if merged_into is None else "merged"
    counts = {"size": 0, "group_count": 0, "independent_sources": 0}
    return {"number": number, "state": state, **counts}


def _merge_rows(merged_into: Mapping[int, int | None]) -> list[RowValues]:
    return [
        {"number": number, "merged_into": target}
        for number, target in merged_into.items()
        if target is not None
    ]


def _first_sentence(connection: Connection, key: int) -> str:
    beginning = func.substr(texts.c.text, 1, _SENTENCE_SCAN_CHARS)
    text = clean(connection.scalar(select(beginning).where(texts.c.key == key)) or "").strip()
    sentence = " ".join(_SENTENCE_END.split(text, maxsplit=1)[0].split())
    if len(sentence) <= _MAX_SENTENCE_CHARS:
        return sentence
    return sentence[: _MAX_SENTENCE_CHARS - 1].rsplit(" ", 1)[0] + "…"
