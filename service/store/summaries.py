"""What a list shows of an event, kept beside it so that no list has to count."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, bindparam, func, select

from clustering.labels import label
from clustering.terms import Terms
from clustering.text import clean
from service.store import headlines, labels, rows
from service.store.headlines import Given
from service.store.rows import Row
from service.store.tables import articles, assignments, events, features, groups, texts

_HEADLINE: Final = 300
_SENTENCE: Final = 100
_BEGINNING: Final = 2000
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n")

SEEN: Final = func.coalesce(articles.c.published, articles.c.received_at)
"""When an article came out, or else came in."""


class _Member(NamedTuple):
    event: int
    group: int
    key: int
    seen: float
    published: float | None
    title: str
    duplicate_of: int | None
    source: str | None
    origin: str | None
    language: str


def refresh_events(transaction: Connection, touched: Mapping[int, int | None], now: float) -> None:
    """Summarise events anew.

    Parameters
    ----------
    transaction : Connection
    touched : mapping of int to (int or None)
        Numbers of events, each with the one it has merged into.
    now : float
    """
    members = _members(transaction, touched)
    known = _known(transaction, events.c.number, touched)
    for found in members.values():
        found.sort(key=attrgetter("seen", "key"))
    read = (member.key for found in members.values() for member in _labelling(found))
    terms = labels.read(transaction, read)
    given = headlines.given(transaction, touched)
    summaries = [
        _summary(transaction, number, it, terms, given.get(number))
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


def _members(transaction: Connection, numbers: Iterable[int]) -> dict[int, list[_Member]]:
    query = (
        select(
            assignments.c.event_number,
            assignments.c.group_number,
            articles.c.key,
            SEEN,
            articles.c.published,
            articles.c.title,
            assignments.c.duplicate_of,
            articles.c.source,
            features.c.origin,
            features.c.language,
        )
        .join_from(assignments, articles, articles.c.key == assignments.c.key)
        .join(features, features.c.key == assignments.c.key)
        .where(assignments.c.event_number.in_(bindparam("numbers", expanding=True)))
    )
    members = defaultdict(list)
    for some in rows.in_steps(numbers):
        for row in transaction.execute(query, {"numbers": some}):
            members[row[0]].append(_Member._make(row))
    return members


def _summary(
    transaction: Connection,
    number: int,
    members: list[_Member],
    terms: Mapping[int, Terms],
    given: Given | None,
) -> Row:
    titles = list(dict.fromkeys(line for it in members if (line := _line(it.title))))
    dated = [member for member in members if member.published is not None] or members
    central, words = _label(members, terms)
    title = next((line for it in central if (line := _line(it.title))), None)
    written = title or (titles or [_first_sentence(transaction, central[0].key)])[0]
    headline = given.headline if given else written
    return {
        "number": number,
        "state": "open",
        "merged_into": None,
        "headline": headline,
        "size": len(members),
        "group_count": len({member.group for member in members}),
        "first_seen": dated[0].seen,
        "last_seen": dated[-1].seen,
        "sources": _lines(member.source for member in members),
        "independent_sources": _independent_sources(members),
        "languages": _lines(member.language for member in members),
        "key_terms": "\n".join(words),
        "search": "\n".join([headline, *titles]).casefold(),
    }


def _labelling(members: Sequence[_Member]) -> Sequence[_Member]:
    """The members that an event is labelled by: some of its texts, copies apart."""
    return labels.spread([it for it in members if it.duplicate_of is None] or members)


def _label(
    members: Sequence[_Member], terms: Mapping[int, Terms]
) -> tuple[list[_Member], tuple[str, ...]]:
    """The articles an event is labelled by, the most central first, and its key terms."""
    chosen = _labelling(members)
    found = label([terms[member.key] for member in chosen])
    return [chosen[at] for at in found.central], found.terms


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


def _line(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= _HEADLINE else line[: _HEADLINE - 1] + "…"


def _lines(values: Iterable[str | None]) -> str:
    """Distinct values between line breaks, so that one can be looked for with its ends."""
    return "\n".join(["", *sorted({value for value in values if value}), ""])


def _independent_sources(members: Iterable[_Member]) -> int:
    """Count the copies of a text once, and the texts of one wire agency once."""
    copies = defaultdict(list)
    for member in members:
        copies[member.group].append(member)
    return len({_voice(group, printed) for group, printed in copies.items()})


def _voice(group: int, copies: list[_Member]) -> str | int:
    """Tell who speaks in a text: its agency, else the outlet of its canonical article."""
    canonical_first = sorted(copies, key=lambda copy: copy.duplicate_of is not None)
    origin = next((copy.origin for copy in canonical_first if copy.origin), None)
    source = next((copy.source for copy in canonical_first if copy.source), None)
    return origin or source or group


def _first_sentence(transaction: Connection, key: int) -> str:
    beginning = func.substr(texts.c.text, 1, _BEGINNING)
    text = clean(transaction.scalar(select(beginning).where(texts.c.key == key)) or "").strip()
    sentence = " ".join(_SENTENCE_END.split(text, maxsplit=1)[0].split())
    if len(sentence) <= _SENTENCE:
        return sentence
    return sentence[: _SENTENCE - 1].rsplit(" ", 1)[0] + "…"
