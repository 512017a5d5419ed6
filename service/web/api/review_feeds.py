"""/feeds: what editors decided, and what they are asked, as RSS 2.0 and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request, url_for

from service import queries
from service.common import ids
from service.queries import DecisionPage, DecisionView
from service.review import queue
from service.review.queue import UncertainPairView
from service.web import extensions
from service.web.admin.presenters import decision_text, display_names, question_text
from service.web.admin.presenters.display_names import DisplayNames
from service.web.auth import authorization
from service.web.http.csv_table import csv_response
from service.web.http.query_params import DecisionQuery, ReviewQueueQuery, parse_api_query
from service.web.http.rss import RssFeed

_DECISION_COLUMNS: Final = (
    *("decision_id", "at", "actor", "kind", "reason", "result_event_id", "undoes", "undone_by"),
)

blueprint = Blueprint("review_feeds", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _QuestionRow:
    """A question in a table: ids in cells of their own, since an id may have any character."""

    kind: str
    first_article_id: str
    first_title: str
    second_article_id: str
    second_title: str
    first_event_id: str
    second_event_id: str
    together: bool
    probability: float
    articles_moved: int
    cause_id: str | None
    published_at: datetime


@blueprint.get("/feeds/decisions.csv")
def decisions_csv() -> Response:
    """Return editors' decisions as a table."""
    return csv_response(_DECISION_COLUMNS, _read_decisions().items)


@blueprint.get("/feeds/decisions.rss")
def decisions_rss() -> Response:
    """Return editors' decisions as RSS."""
    decisions = _read_decisions().items
    names = display_names.find_display_names(extensions.store(), decisions)
    page_url = url_for("admin.decisions.show_history", _external=True)
    feed = RssFeed("Storyfold: decisions", "What editors decided, newest first.", page_url)
    for decision in decisions:
        title = f"{decision.actor}: {decision_text.describe(decision, names)}"
        about = _describe_state(decision)
        feed.add_item(decision.decision_id, title, _decision_url(decision), about, decision.at)
    return feed.to_response()


@blueprint.get("/feeds/review-queue.csv")
def review_queue_csv() -> Response:
    """Return the uncertain pairs as a table."""
    pairs = _read_pairs()
    rows = _question_rows(pairs, question_text.find_names(extensions.store(), pairs))
    return csv_response(tuple(_QuestionRow.__dataclass_fields__), rows)


@blueprint.get("/feeds/review-queue.rss")
def review_queue_rss() -> Response:
    """Return the uncertain pairs as RSS."""
    pairs = _read_pairs()
    names = question_text.find_names(extensions.store(), pairs)
    page_url = url_for("admin.review_queue.show_next_pair", _external=True)
    feed = RssFeed("Storyfold: questions", "Open questions, the most useful first.", page_url)
    for pair in pairs:
        first, second = (f"“{names.articles.get(id_, id_)}”" for id_ in pair.article_ids)
        title = f"{question_text.QUESTIONS[pair.kind]} {first} and {second}"
        about = question_text.describe(pair, names)
        feed.add_item(_pair_guid(pair), title, _pair_url(pair), about, pair.published_at)
    return feed.to_response()


def _read_decisions() -> DecisionPage:
    query = parse_api_query(DecisionQuery, request.args)
    return queries.list_decisions(extensions.store(), query.filters(), query.cursor, query.limit)


def _decision_url(decision: DecisionView) -> str:
    """The page of the log that begins with the decision: newer ones do not move it."""
    cursor = (ids.decode("d", decision.decision_id) or 0) + 1
    anchor = decision.decision_id
    return url_for("admin.decisions.show_history", cursor=cursor, _anchor=anchor, _external=True)


def _describe_state(decision: DecisionView) -> str:
    undone = f"Undone by {decision.undone_by}." if decision.undone_by else ""
    return " ".join(filter(None, (decision.reason, undone)))


def _read_pairs() -> tuple[UncertainPairView, ...]:
    query = parse_api_query(ReviewQueueQuery, request.args)
    actor = authorization.current_actor().name
    return queue.list_review_queue(extensions.index_writer(), actor, query.limit).items


def _question_rows(
    pairs: tuple[UncertainPairView, ...], names: DisplayNames
) -> Iterator[_QuestionRow]:
    for pair in pairs:
        first, second = pair.article_ids
        yield _QuestionRow(
            kind=pair.kind,
            first_article_id=first,
            first_title=names.articles.get(first, ""),
            second_article_id=second,
            second_title=names.articles.get(second, ""),
            first_event_id=pair.event_ids[0],
            second_event_id=pair.event_ids[1],
            together=pair.together,
            probability=pair.probability,
            articles_moved=pair.articles_moved,
            cause_id=pair.cause_id,
            published_at=pair.published_at,
        )


def _pair_guid(pair: UncertainPairView) -> str:
    return " ".join((pair.kind, *pair.article_ids))


def _pair_url(pair: UncertainPairView) -> str:
    first, second = pair.article_ids
    return url_for("admin.comparison.compare_articles", first=first, second=second, _external=True)
