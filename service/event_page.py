"""The page of one event: its course, its articles by duplicate group, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import render_template, request

from service import browse, current, details, named, pictures

ARTICLES_PER_PAGE: Final = 50
DECISIONS: Final = 10
LONGEST_TEXT: Final = 20_000
"""Characters unfolded in a list; the article's own page has all."""


@dataclass(frozen=True, slots=True)
class Row:
    """An article on an event's page, and the duplicate group it stands in."""

    group: browse.GroupView
    member: browse.Member


def show(found: browse.EventView) -> str:
    """Show one event.

    Parameters
    ----------
    found : EventView

    Returns
    -------
    str
    """
    store = current.store()
    rows = [Row(group, member) for group in found.groups for member in group.members]
    page, pages = _page(len(rows))
    shown = rows[(page - 1) * ARTICLES_PER_PAGE : page * ARTICLES_PER_PAGE]
    dated = [row for row in rows if row.member.published_at] or rows
    decisions = browse.decisions_about(store, found.event_id, DECISIONS)
    return render_template(
        "admin/event.html",
        event=found,
        groups=_by_group(shown),
        texts=_texts(shown),
        longest=LONGEST_TEXT,
        timeline=_timeline(dated),
        undated=len(rows) - len(dated),
        standing=browse.decisions_by_id(store, {*_standing(found, shown)}),
        decisions=decisions,
        names=named.names(store, decisions),
        page=page,
        pages=pages,
    )


def _page(rows: int) -> tuple[int, int]:
    pages = max(-(-rows // ARTICLES_PER_PAGE), 1)
    asked = request.args.get("page", 1, type=int)
    return min(max(asked, 1), pages), pages


def _by_group(rows: Sequence[Row]) -> list[tuple[browse.GroupView, list[browse.Member]]]:
    groups = groupby(rows, key=lambda row: row.group)
    return [(group, [row.member for row in members]) for group, members in groups]


def _texts(rows: Sequence[Row]) -> dict[str, str]:
    return details.full_texts(
        current.store(), [row.member.article_id for row in rows], LONGEST_TEXT
    )


def _standing(found: browse.EventView, shown: Sequence[Row]) -> Iterator[str]:
    """The decisions by which what is on the page is as it is."""
    by = (found.locked_by, found.headline_by, *(row.group.canonical_by for row in shown))
    yield from (it for it in by if it)


def _timeline(rows: Sequence[Row]) -> pictures.Timeline:
    return pictures.timeline(
        pictures.Mark(
            at=row.member.seen_at.timestamp(),
            source=row.member.source,
            title=row.member.title or row.member.excerpt,
            is_copy=row.member.duplicate_of is not None,
        )
        for row in rows
    )
