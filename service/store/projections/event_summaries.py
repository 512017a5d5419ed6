"""What a list shows of an event, kept beside it so that no list has to count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import Column, Connection, bindparam, func, select

from clustering.features.normalize import clean
from service.store import bulk
from service.store.bulk import RowValues
from service.store.projections import article_rows, group_summaries, headlines, incremental, labels
from service.store.projections.article_rows import ArticleSummary, join_lines, one_line_title
from service.store.projections.group_summaries import GroupSummary
from service.store.projections.labels import StoredEventLabel
from service.store.schema import events, groups, texts

_MAX_SENTENCE_CHARS: Final = 100
_SENTENCE_SCAN_CHARS: Final = 2000
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n")
_NO_ADDITIONS: Final[Mapping[int, Collection[int]]] = MappingProxyType({})


def refresh_events(
    connection: Connection,
    merged_into: Mapping[int, int | None],
    now: float,
    added_by_event: Mapping[int, Collection[int]] = _NO_ADDITIONS,
) -> None:
    """Summarise events anew.

    Parameters
    ----------
    connection : Connection
    merged_into : mapping of int to (int or None)
        Numbers of events, each with the one it has merged into.
    now : float
    added_by_event : mapping of int to collection of int
        Those to which nothing has happened but that these articles were added.
    """
    named = headlines.find_given_headlines(connection, merged_into)
    given = {number: one.headline for number, one in named.items()}
    extended = incremental.extend_summaries(connection, added_by_event, given)
    bulk.update(connection, events, extended)
    done = {row["number"] for row in extended}
    rest = {number: into for number, into in merged_into.items() if number not in done}
    _rebuild_events(connection, rest, given, now)


def _rebuild_events(
    connection: Connection,
    merged_into: Mapping[int, int | None],
    given_headlines: Mapping[int, str],
    now: float,
) -> None:
    """Read events as a whole."""
    members = article_rows.load_by_event(connection, merged_into)
    known = _existing_numbers(connection, events.c.number, merged_into)
    told = {number: group_summaries.summarise_groups(it) for number, it in members.items()}
    group_summaries.replace_summaries(
        connection, merged_into, (report for it in told.values() for report in it)
    )
    labelled = labels.label_events(
        connection, {n: [one.key for one in it] for n, it in told.items()}
    )
    summaries = [
        _summarise_event(
            connection, it, told[number], labelled[number], given_headlines.get(number)
        )
        for number, it in members.items()
    ]
    ended = [
        _ended_event(number, merged_into[number]) for number in merged_into if number not in members
    ]
    born = {"created_at": now}
    _insert_new_events(connection, known, [{**born, **row} for row in summaries])
    never = {**born, **_EMPTY_EVENT, "merged_into": None}
    _insert_new_events(connection, known, [{**never, **row} for row in ended])
    bulk.update(connection, events, [row for row in summaries if row["number"] in known])
    bulk.update(connection, events, [row for row in ended if row["number"] in known])
    bulk.update(connection, events, _merge_rows(merged_into))


def refresh_groups(
    connection: Connection, merged_into: Mapping[int, int | None], now: float
) -> None:
    """Give new groups their rows, and note which have merged."""
    known = _existing_numbers(connection, groups.c.number, merged_into)
    new = [
        {"number": number, "merged_into": None, "created_at": now}
        for number in sorted(merged_into.keys() - known)
    ]
    bulk.insert(connection, groups, new)
    bulk.update(
        connection,
        groups,
        [{"number": it, "merged_into": into} for it, into in merged_into.items()],
    )


def _insert_new_events(
    connection: Connection, known: set[int], event_rows: list[RowValues]
) -> None:
    bulk.insert(connection, events, [row for row in event_rows if row["number"] not in known])


def _existing_numbers(
    connection: Connection, number: Column[int], numbers: Iterable[int]
) -> set[int]:
    query = select(number).where(number.in_(bindparam("numbers", expanding=True)))
    return {
        found
        for some in bulk.chunked(numbers)
        for found in connection.scalars(query, {"numbers": some})
    }


def _summarise_event(
    connection: Connection,
    members: Sequence[ArticleSummary],
    group_summaries: Sequence[GroupSummary],
    label: StoredEventLabel,
    given_headline: str | None,
) -> RowValues:
    titles = list(dict.fromkeys(one for it in members if (one := one_line_title(it.title))))
    by_key = {it.key: it for it in members}
    title = next((one for key in label.keys if (one := one_line_title(by_key[key].title))), None)
    dated = [member for member in members if member.published is not None] or members
    written = title or (titles or [_first_sentence(connection, label.keys[0])])[0]
    headline = written if given_headline is None else given_headline
    return {
        "number": members[0].event,
        "state": "open",
        "merged_into": None,
        "headline": headline,
        "size": len(members),
        "group_count": len(group_summaries),
        "first_seen": dated[0].seen,
        "last_seen": dated[-1].seen,
        "sources": join_lines(member.source for member in members),
        "independent_sources": len({report.voice for report in group_summaries}),
        "languages": join_lines(member.language for member in members),
        "key_terms": label.terms,
        "search": join_lines(it.casefold() for it in [headline, *titles]),
    }


_EMPTY_EVENT: Final[RowValues] = {
    "headline": "",
    "first_seen": 0.0,
    "last_seen": 0.0,
    "sources": "",
    "languages": "",
    "key_terms": "",
    "search": "",
}


def _ended_event(number: int, merged_into: int | None) -> RowValues:
    state = "empty" if merged_into is None else "merged"
    counts = {"size": 0, "group_count": 0, "independent_sources": 0}
    return {"number": number, "state": state, **counts}


def _merge_rows(merged_into: Mapping[int, int | None]) -> list[RowValues]:
    return [
        {"number": number, "merged_into": into}
        for number, into in merged_into.items()
        if into is not None
    ]


def _first_sentence(connection: Connection, key: int) -> str:
    beginning = func.substr(texts.c.text, 1, _SENTENCE_SCAN_CHARS)
    text = clean(connection.scalar(select(beginning).where(texts.c.key == key)) or "").strip()
    sentence = " ".join(_SENTENCE_END.split(text, maxsplit=1)[0].split())
    if len(sentence) <= _MAX_SENTENCE_CHARS:
        return sentence
    return sentence[: _MAX_SENTENCE_CHARS - 1].rsplit(" ", 1)[0] + "…"
