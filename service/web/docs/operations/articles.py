"""The operations on articles: post, batch, Miniflux, list, get, put, delete and versions."""

from __future__ import annotations

from typing import Any, Final

from service import queries
from service.common.media_types import JSON, NDJSON
from service.ingest.ingestion import IngestResult
from service.ingest.removal import RemovalResult
from service.ingest.submission import Submission
from service.web.api import miniflux
from service.web.docs import examples
from service.web.docs.operations.types import (
    WRITE_ERROR_STATUSES,
    Content,
    DryRunQuery,
    Operation,
    SuccessResponse,
)
from service.web.http.problems import LineProblem
from service.web.http.query_params import ArticleQuery, RemovalQuery, VersionQuery

_ARTICLE_PATH: Final = "/v1/articles/{article_id}"
_PATH_PARAMS: Final = {"article_id": examples.ARTICLE_ID}
_RESULT_CONTENT: Final = (Content(JSON, IngestResult, examples.INGEST_RESULT),)
_INGEST_RESPONSES: Final = {
    201: SuccessResponse("The article is new.", _RESULT_CONTENT),
    200: SuccessResponse("The article existed, or this was a dry run.", _RESULT_CONTENT),
}

OPERATIONS: Final = (
    Operation(
        operation_id="postArticle",
        method="POST",
        path="/v1/articles",
        summary="Store one article",
        description="The response is sent after the article is on disk. Posting the same article"
        " again gives `unchanged`; with other content it is a new version, and gives `updated`."
        " Objects of news-please, Fundus, newspaper4k, trafilatura, feedparser, Media Cloud, Event"
        " Registry and schema.org are accepted as they are; `aliases` in the response lists the"
        " fields that were read under other names.",
        query_model=DryRunQuery,
        body=(Content(JSON, Submission, examples.ARTICLE),),
        responses=_INGEST_RESPONSES,
        error_statuses=WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="postBatch",
        method="POST",
        path="/v1/articles/batch",
        summary="Store many articles",
        description="One result per article, in the same order, written as soon as the article is"
        " on disk. An invalid line gets a problem in its place; the other articles are taken in."
        " A JSON Feed (`application/feed+json`) is a batch of its entries. Bodies may be"
        " compressed: `gzip`, `deflate` or `br` as `Content-Encoding`. The response is NDJSON, or"
        " an array if `Accept` asks for `application/json`.",
        query_model=DryRunQuery,
        body=(
            Content(NDJSON, Submission, examples.BATCH),
            Content(JSON, list[Submission], examples.BATCH),
        ),
        needs_body=False,  # an empty NDJSON body is an empty batch
        responses={
            200: SuccessResponse(
                "A result or a problem for each article.",
                (
                    Content(NDJSON, IngestResult | LineProblem, [examples.INGEST_RESULT]),
                    Content(JSON, list[IngestResult | LineProblem], [examples.INGEST_RESULT]),
                ),
            )
        },
        error_statuses=WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="postMiniflux",
        method="POST",
        path=miniflux.WEBHOOK_PATH,
        summary="Store the entries of a Miniflux webhook",
        description="The address to enter as a webhook of the feed reader Miniflux; set its secret"
        " as `STORYFOLD_MINIFLUX_SECRET`. Both its events, `new_entries` and `save_entry`, are"
        " accepted; an entry is identified by its URL. No token is needed: the signature"
        " authenticates the request.",
        headers={
            miniflux.SIGNATURE_HEADER: "HMAC-SHA256 of the body with the secret, in hexadecimal."
        },
        body=(Content(JSON, dict[str, Any], examples.MINIFLUX_EVENT),),
        responses={
            200: SuccessResponse(
                "A result or a problem for each entry.",
                (Content(JSON, list[IngestResult | LineProblem]),),
            )
        },
        error_statuses=(*WRITE_ERROR_STATUSES, 401),
        is_public=True,
    ),
    Operation(
        operation_id="getArticles",
        method="GET",
        path="/v1/articles",
        summary="Articles, those received last first",
        description="To ask whether an article is stored, send its address as `url`.",
        query_model=ArticleQuery,
        example_query="?source=Example+Agency&limit=10",
        responses={
            200: SuccessResponse("A page of articles.", (Content(JSON, queries.ArticlePage),))
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="deleteArticles",
        method="DELETE",
        path="/v1/articles",
        summary="Remove all articles that match",
        description="The first call removes nothing: it counts the articles in `matching`. Sent"
        " again with that number as `confirm`, it removes them, unless others match by then.",
        query_model=RemovalQuery,
        example_query="?source=Example+Agency&before=2025-05-01",
        responses={
            200: SuccessResponse(
                "The number of articles that match, and that were removed.",
                (Content(JSON, RemovalResult),),
            )
        },
        error_statuses=(409, 422, 503),
    ),
    Operation(
        operation_id="getArticle",
        method="GET",
        path=_ARTICLE_PATH,
        summary="An article and its assignment",
        path_params=_PATH_PARAMS,
        responses={200: SuccessResponse("The article.", (Content(JSON, queries.ArticleView),))},
        error_statuses=(404,),
    ),
    Operation(
        operation_id="putArticle",
        method="PUT",
        path=_ARTICLE_PATH,
        summary="Take in or replace the article with this id",
        description="The body need not repeat the id; another than that of the path is refused.",
        path_params=_PATH_PARAMS,
        query_model=DryRunQuery,
        body=(Content(JSON, Submission, examples.SHORT_ARTICLE),),
        responses=_INGEST_RESPONSES,
        error_statuses=WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="deleteArticle",
        method="DELETE",
        path=_ARTICLE_PATH,
        summary="Remove an article",
        description="Its versions are removed too. Posted again, it is a new article.",
        path_params=_PATH_PARAMS,
        responses={204: SuccessResponse("The article is removed.")},
        error_statuses=(404, 503),
    ),
    Operation(
        operation_id="getVersions",
        method="GET",
        path=f"{_ARTICLE_PATH}/versions",
        summary="The versions of an article",
        description="Every version that was posted, newest first. Posting an unchanged article"
        " creates no version.",
        path_params=_PATH_PARAMS,
        query_model=VersionQuery,
        responses={
            200: SuccessResponse("A page of versions.", (Content(JSON, queries.VersionPage),))
        },
        error_statuses=(404, 422),
    ),
)
