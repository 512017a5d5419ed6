"""The page of one event: its course, its articles by duplicate group, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import render_template, request

from service import browse, current, details, inside, named, pictures
from service.browse import Mention, MergedInto, PagedEvent

ARTICLES_PER_PAGE: Final = 50
DECISIONS: Final = 10
LONGEST_TEXT: Final = 20_000
"""Characters unfolded in a list; the article's own page has all."""


def read(number: int) -> PagedEvent | MergedInto | None:
    """Return what is shown of an event, with the page of its articles that is asked for."""
    page = request.args.get("page", 1, type=int)
    return browse.event_page(current.store(), number, page, ARTICLES_PER_PAGE)


def show(found: PagedEvent) -> str:
    """Show one event.

    Parameters
    ----------
    found : PagedEvent

    Returns
    -------
    str
    """
    store = current.store()
    dated = [mention for mention in found.mentions if mention.is_dated] or found.mentions
    decisions = browse.decisions_about(store, found.event_id, DECISIONS)
    return render_template(
        "admin/event.html",
        event=found,
        texts=_texts(found),
        longest=LONGEST_TEXT,
        timeline=pictures.timeline(map(_mark, dated)),
        inside=inside.inside(current.desk(), found),
        undated=len(found.mentions) - len(dated),
        standing=browse.decisions_by_id(store, {*_standing(found)}),
        decisions=decisions,
        names=named.names(store, decisions),
        page=found.page,
        pages=found.pages,
    )


def _texts(found: PagedEvent) -> dict[str, str]:
    shown = [member.article_id for group in found.groups for member in group.members]
    return details.full_texts(current.store(), shown, LONGEST_TEXT)


def _standing(found: PagedEvent) -> Iterator[str]:
    """The decisions by which what is on the page is as it is."""
    by = (found.locked_by, found.headline_by, *(group.canonical_by for group in found.groups))
    yield from (it for it in by if it)


def _mark(mention: Mention) -> pictures.Mark:
    return pictures.Mark(mention.at, mention.source, mention.title, mention.is_copy)
