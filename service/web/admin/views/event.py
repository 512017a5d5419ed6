"""The page of one event: its course, its articles by duplicate group, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import render_template, request

from service import queries
from service.queries import ArticleStub, MergedInto, PagedEvent, charts
from service.web import extensions
from service.web.admin.presenters import charts as presenters_charts
from service.web.admin.presenters import display_names, similarity_matrix

ARTICLES_PER_PAGE: Final = 50
MAX_DECISIONS_SHOWN: Final = 10
MAX_CHARS_SHOWN: Final = 20_000
"""Characters unfolded in a list; the article's own page has all."""


def read_event(event_number: int) -> PagedEvent | MergedInto | None:
    """Return what is shown of an event, with the page of its articles that is asked for."""
    page = request.args.get("page", 1, type=int)
    return queries.get_event_page(extensions.store(), event_number, page, ARTICLES_PER_PAGE)


def render_event(event: PagedEvent) -> str:
    """Show one event.

    Parameters
    ----------
    event : PagedEvent

    Returns
    -------
    str
    """
    store = extensions.store()
    dated = [mention for mention in event.article_stubs if mention.is_dated] or event.article_stubs
    decisions = queries.list_decisions_about(store, event.event_id, MAX_DECISIONS_SHOWN)
    return render_template(
        "admin/event.html",
        event=event,
        texts=_load_texts(event),
        longest=MAX_CHARS_SHOWN,
        timeline=presenters_charts.build_timeline(map(_timeline_article, dated)),
        inside=similarity_matrix.build_similarity_matrix(extensions.index_writer(), event),
        undated=len(event.article_stubs) - len(dated),
        standing=queries.get_decisions_by_id(store, {*_active_decision_ids(event)}),
        decisions=decisions,
        names=display_names.find_display_names(store, decisions),
        page=event.page,
        pages=event.pages,
    )


def _load_texts(event: PagedEvent) -> dict[str, str]:
    shown = [member.article_id for group in event.groups for member in group.members]
    return charts.load_texts(extensions.store(), shown, MAX_CHARS_SHOWN)


def _active_decision_ids(event: PagedEvent) -> Iterator[str]:
    """The decisions by which what is on the page is as it is."""
    by = (event.locked_by, event.headline_by, *(group.canonical_by for group in event.groups))
    yield from (it for it in by if it)


def _timeline_article(article: ArticleStub) -> presenters_charts.TimelineArticle:
    return presenters_charts.TimelineArticle(
        article.at, article.source, article.title, article.is_copy
    )
