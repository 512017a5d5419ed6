"""What a list shows of an event, kept beside it so that no list has to count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import Column, Connection, bindparam, func, select

from clustering.text import clean
from service.store import clippings, growth, headlines, labels, reports, rows
from service.store.clippings import Clipping, line, lines
from service.store.labels import Label
from service.store.reports import Report
from service.store.rows import Row
from service.store.tables import events, groups, texts

_SENTENCE: Final = 100
_BEGINNING: Final = 2000
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n")
_NOTHING: Final[Mapping[int, Collection[int]]] = MappingProxyType({})


def refresh_events(
    transaction: Connection,
    touched: Mapping[int, int | None],
    now: float,
    grown: Mapping[int, Collection[int]] = _NOTHING,
) -> None:
    """Summarise events anew.

    Parameters
    ----------
    transaction : Connection
    touched : mapping of int to (int or None)
        Numbers of events, each with the one it has merged into.
    now : float
    grown : mapping of int to collection of int
        Those to which nothing has happened but that these articles were added.
    """
    named = headlines.given(transaction, touched)
    given = {number: one.headline for number, one in named.items()}
    extended = growth.summaries(transaction, grown, given)
    rows.update(transaction, events, extended)
    done = {row["number"] for row in extended}
    rest = {number: into for number, into in touched.items() if number not in done}
    _summarise(transaction, rest, given, now)


def _summarise(
    transaction: Connection,
    touched: Mapping[int, int | None],
    given: Mapping[int, str],
    now: float,
) -> None:
    """Read events as a whole."""
    members = clippings.by_event(transaction, touched)
    known = _known(transaction, events.c.number, touched)
    told = {number: reports.of(it) for number, it in members.items()}
    reports.keep(transaction, touched, (report for it in told.values() for report in it))
    labelled = labels.tell(transaction, {n: [one.key for one in it] for n, it in told.items()})
    summaries = [
        _summary(transaction, it, told[number], labelled[number], given.get(number))
        for number, it in members.items()
    ]
    ended = [_end(number, touched[number]) for number in touched if number not in members]
    born = {"created_at": now}
    _insert_unknown(transaction, known, [{**born, **row} for row in summaries])
    never = {**born, **_BLANK, "merged_into": None}
    _insert_unknown(transaction, known, [{**never, **row} for row in ended])
    rows.update(transaction, events, [row for row in summaries if row["number"] in known])
    rows.update(transaction, events, [row for row in ended if row["number"] in known])
    rows.update(transaction, events, _merges(touched))


def refresh_groups(transaction: Connection, touched: Mapping[int, int | None], now: float) -> None:
    """Give new groups their rows, and note which have merged."""
    known = _known(transaction, groups.c.number, touched)
    new = [
        {"number": number, "merged_into": None, "created_at": now}
        for number in sorted(touched.keys() - known)
    ]
    rows.insert(transaction, groups, new)
    rows.update(
        transaction, groups, [{"number": it, "merged_into": into} for it, into in touched.items()]
    )


def _insert_unknown(transaction: Connection, known: set[int], found: list[Row]) -> None:
    rows.insert(transaction, events, [row for row in found if row["number"] not in known])


def _known(transaction: Connection, number: Column[int], wanted: Iterable[int]) -> set[int]:
    query = select(number).where(number.in_(bindparam("numbers", expanding=True)))
    return {
        found
        for some in rows.in_steps(wanted)
        for found in transaction.scalars(query, {"numbers": some})
    }


def _summary(
    transaction: Connection,
    members: Sequence[Clipping],
    told: Sequence[Report],
    label: Label,
    given: str | None,
) -> Row:
    titles = list(dict.fromkeys(one for it in members if (one := line(it.title))))
    by_key = {it.key: it for it in members}
    title = next((one for key in label.keys if (one := line(by_key[key].title))), None)
    dated = [member for member in members if member.published is not None] or members
    written = title or (titles or [_first_sentence(transaction, label.keys[0])])[0]
    headline = written if given is None else given
    return {
        "number": members[0].event,
        "state": "open",
        "merged_into": None,
        "headline": headline,
        "size": len(members),
        "group_count": len(told),
        "first_seen": dated[0].seen,
        "last_seen": dated[-1].seen,
        "sources": lines(member.source for member in members),
        "independent_sources": len({report.voice for report in told}),
        "languages": lines(member.language for member in members),
        "key_terms": label.terms,
        "search": lines(it.casefold() for it in [headline, *titles]),
    }


_BLANK: Final[Row] = {
    "headline": "",
    "first_seen": 0.0,
    "last_seen": 0.0,
    "sources": "",
    "languages": "",
    "key_terms": "",
    "search": "",
}


def _end(number: int, merged_into: int | None) -> Row:
    state = "empty" if merged_into is None else "merged"
    counts = {"size": 0, "group_count": 0, "independent_sources": 0}
    return {"number": number, "state": state, **counts}


def _merges(touched: Mapping[int, int | None]) -> list[Row]:
    return [
        {"number": number, "merged_into": into}
        for number, into in touched.items()
        if into is not None
    ]


def _first_sentence(transaction: Connection, key: int) -> str:
    beginning = func.substr(texts.c.text, 1, _BEGINNING)
    text = clean(transaction.scalar(select(beginning).where(texts.c.key == key)) or "").strip()
    sentence = " ".join(_SENTENCE_END.split(text, maxsplit=1)[0].split())
    if len(sentence) <= _SENTENCE:
        return sentence
    return sentence[: _SENTENCE - 1].rsplit(" ", 1)[0] + "…"
