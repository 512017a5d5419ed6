"""The feeds: of events, articles and sources, and of what editors decided and are asked."""

from __future__ import annotations

from typing import Final

from service.web.api.feeds import JSON_FEED, JsonFeed
from service.web.docs.operations.types import Content, Operation, SuccessResponse
from service.web.http.csv_table import CSV
from service.web.http.query_params import (
    ArticleQuery,
    DecisionQuery,
    EventQuery,
    ReviewQueueQuery,
)
from service.web.http.rss import RSS

_UNCHANGED: Final = SuccessResponse("Unchanged since the `ETag` of `If-None-Match`.")

OPERATIONS: Final = (
    Operation(
        operation_id="getEventsRss",
        method="GET",
        path="/feeds/events.rss",
        summary="Events as RSS",
        description="With the filters and orders of `/v1/events`. A token may be sent as a"
        " password.",
        query_model=EventQuery,
        example_query="?min_size=2",
        responses={
            200: SuccessResponse(
                "RSS 2.0, newest first unless `sort` asks otherwise.", (Content(RSS, str),)
            ),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getEventsJsonFeed",
        method="GET",
        path="/feeds/events.json",
        summary="Events as JSON Feed",
        description="Version 1.1, with the filters of `/v1/events`; `next_url` leads to older"
        " events.",
        query_model=EventQuery,
        example_query="?min_size=2",
        responses={
            200: SuccessResponse("A feed, newest first.", (Content(JSON_FEED, JsonFeed),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getArticlesRss",
        method="GET",
        path="/feeds/articles.rss",
        summary="Articles as RSS",
        description="With the filters of `/v1/articles`: `event` makes a feed of one event.",
        query_model=ArticleQuery,
        example_query="?event=e7",
        responses={
            200: SuccessResponse("RSS 2.0, those received last first.", (Content(RSS, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getSourcesCsv",
        method="GET",
        path="/feeds/sources.csv",
        summary="Sources as a table",
        description="As `/feeds/events.csv`, with the fields of `/v1/sources`.",
        responses={
            200: SuccessResponse("A line for each source.", (Content(CSV, str),)),
            304: _UNCHANGED,
        },
    ),
    Operation(
        operation_id="getDecisionsCsv",
        method="GET",
        path="/feeds/decisions.csv",
        summary="Editors' decisions as a table",
        description="As `/feeds/events.csv`, with the filters of `/v1/decisions`.",
        query_model=DecisionQuery,
        example_query="?active=true&limit=1000",
        responses={
            200: SuccessResponse("A line for each decision.", (Content(CSV, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getDecisionsRss",
        method="GET",
        path="/feeds/decisions.rss",
        summary="Editors' decisions as RSS",
        description="What editors decided, in a sentence each, with the filters of"
        " `/v1/decisions`.",
        query_model=DecisionQuery,
        example_query="?kind=merge_events",
        responses={
            200: SuccessResponse("RSS 2.0, newest first.", (Content(RSS, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getReviewQueueCsv",
        method="GET",
        path="/feeds/review-queue.csv",
        summary="The uncertain pairs as a table",
        description="As `/feeds/events.csv`, with the pairs of `/v1/review-queue` and the titles of"
        " their articles.",
        query_model=ReviewQueueQuery,
        example_query="?limit=1000",
        responses={
            200: SuccessResponse("A line for each pair.", (Content(CSV, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getReviewQueueRss",
        method="GET",
        path="/feeds/review-queue.rss",
        summary="The uncertain pairs as RSS",
        description="The pairs of `/v1/review-queue`, each with its question. Answered pairs leave"
        " the feed.",
        query_model=ReviewQueueQuery,
        example_query="?limit=10",
        responses={
            200: SuccessResponse("RSS 2.0, the most useful first.", (Content(RSS, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getArticlesCsv",
        method="GET",
        path="/feeds/articles.csv",
        summary="Articles as a table",
        description="As `/feeds/events.csv`, with the filters of `/v1/articles`.",
        query_model=ArticleQuery,
        example_query="?event=e7&limit=1000",
        responses={
            200: SuccessResponse("A line for each article.", (Content(CSV, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getEventsCsv",
        method="GET",
        path="/feeds/events.csv",
        summary="Events as a table",
        description="CSV in UTF-8 with a byte order mark, as spreadsheets open it, with the filters"
        " of `/v1/events`. Cells that a spreadsheet would take for a formula begin with an"
        " apostrophe.",
        query_model=EventQuery,
        example_query="?min_size=2&limit=1000",
        responses={
            200: SuccessResponse("A line for each event.", (Content(CSV, str),)),
            304: _UNCHANGED,
        },
        error_statuses=(422,),
    ),
)
