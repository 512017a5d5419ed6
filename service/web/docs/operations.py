"""Every call of the interface, described once: for the OpenAPI document and the docs page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from service import queries
from service.common.media_types import JSON, NDJSON
from service.ingest.articles import IngestResult
from service.ingest.submission import Submission
from service.review import requests
from service.review.decisions import DecisionResult
from service.review.queue import ReviewQueuePage
from service.web.api import miniflux
from service.web.api.feeds import JSON_FEED, RSS, JsonFeed
from service.web.docs.examples import (
    _ARTICLE_PATH_PARAMS,
    _DECISION_PATH_PARAMS,
    _EXAMPLE_ARTICLE,
    _EXAMPLE_ASSIGNMENT,
    _EXAMPLE_BATCH,
    _EXAMPLE_DECISION,
    _EXAMPLE_MINIFLUX_EVENT,
    _EXAMPLE_RESULT,
    _EXAMPLE_SHORT_ARTICLE,
    _EXAMPLE_SUBSCRIPTION,
    _WEBHOOK_PATH_PARAMS,
)
from service.web.http.problems import PROBLEM_MEDIA_TYPE, ConflictProblem, LineProblem, Problem
from service.web.http.query_params import (
    ChangeQuery,
    DecisionQuery,
    EventQuery,
    ReviewQueueQuery,
    VersionQuery,
)
from service.webhooks.subscriptions import Webhook, WebhookRequest, WebhookWithSecret


class DryRunQuery(BaseModel):
    """The parameter of calls that can be rehearsed."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    dry_run: bool = Field(default=False)
    """Answer, and store nothing."""


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media type, the type it is made of, and an example."""

    media_type: str
    schema_type: Any
    example: Any = None


@dataclass(frozen=True, slots=True)
class SuccessResponse:
    """A successful answer."""

    description: str
    content: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call."""

    operation_id: str
    method: str
    path: str
    summary: str
    description: str = ""
    path_params: dict[str, str] = field(default_factory=dict)
    """Parameters in the path, each with an example."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers that must be there, each with its explanation."""
    query_model: type[BaseModel] | None = None
    body: tuple[Content, ...] = ()
    responses: dict[int, SuccessResponse]
    error_statuses: tuple[int, ...] = ()
    example_query: str = ""
    """Query string of the example."""
    is_public: bool = False
    """Open without a token."""


_WEBHOOK_CONTENT: Final = (Content(JSON, Webhook),)
_WEBHOOK_CREATED: Final = SuccessResponse(
    "Subscribed; the secret is shown once.", (Content(JSON, WebhookWithSecret),)
)
_RESULT_CONTENT: Final = (Content(JSON, IngestResult, _EXAMPLE_RESULT),)
_WRITE_ERROR_STATUSES: Final = (400, 413, 415, 422, 503)
_DECISION_CREATED: Final = SuccessResponse(
    "It is made, and all that follows.", (Content(JSON, DecisionResult),)
)

OPERATIONS: Final = (
    Operation(
        operation_id="postArticle",
        method="POST",
        path="/v1/articles",
        summary="Take in one article",
        description="The answer comes after the article is on disk. The same article again is"
        " `unchanged`; with other content it is a new version, and `updated`. Objects of"
        " news-please, Fundus, newspaper4k, trafilatura, feedparser, Media Cloud, Event Registry"
        " and schema.org are understood as they are; `aliases` in the answer names what was read.",
        query_model=DryRunQuery,
        body=(Content(JSON, Submission, _EXAMPLE_ARTICLE),),
        responses={
            201: SuccessResponse("It is new.", _RESULT_CONTENT),
            200: SuccessResponse("It was there, or this was a dry run.", _RESULT_CONTENT),
        },
        error_statuses=_WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="postBatch",
        method="POST",
        path="/v1/articles/batch",
        summary="Take in many articles",
        description="One answer per article, in the same order, written as soon as the article is"
        " on disk. A line that can't be taken gets a problem in its place; the others go in. The"
        " answer is NDJSON, or an array if `Accept` asks for `application/json`.",
        query_model=DryRunQuery,
        body=(
            Content(NDJSON, Submission, _EXAMPLE_BATCH),
            Content(JSON, list[Submission], _EXAMPLE_BATCH),
        ),
        responses={
            200: SuccessResponse(
                "An answer or a problem for each article.",
                (
                    Content(NDJSON, IngestResult | LineProblem, [_EXAMPLE_RESULT]),
                    Content(JSON, list[IngestResult | LineProblem], [_EXAMPLE_RESULT]),
                ),
            )
        },
        error_statuses=_WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="postMiniflux",
        method="POST",
        path=miniflux.WEBHOOK_PATH,
        summary="Take in what Miniflux sends",
        description="The address to give to a webhook of the feed reader Miniflux; its secret"
        " is set as `STORYFOLD_MINIFLUX_SECRET`. Both its events are taken, `new_entries` and"
        " `save_entry`; an entry is known by its address. No token is asked for: the signature says"
        " who it is.",
        headers={
            miniflux.SIGNATURE_HEADER: "HMAC-SHA256 of the body with the secret, in hexadecimal."
        },
        body=(Content(JSON, dict[str, Any], _EXAMPLE_MINIFLUX_EVENT),),
        responses={
            200: SuccessResponse(
                "An answer or a problem for each entry.",
                (Content(JSON, list[IngestResult | LineProblem]),),
            )
        },
        error_statuses=(*_WRITE_ERROR_STATUSES, 401),
        is_public=True,
    ),
    Operation(
        operation_id="getArticle",
        method="GET",
        path="/v1/articles/{article_id}",
        summary="An article and its assignment",
        path_params=_ARTICLE_PATH_PARAMS,
        responses={200: SuccessResponse("The article.", (Content(JSON, queries.ArticleView),))},
        error_statuses=(404,),
    ),
    Operation(
        operation_id="putArticle",
        method="PUT",
        path="/v1/articles/{article_id}",
        summary="Take in or replace an article under this id",
        path_params=_ARTICLE_PATH_PARAMS,
        query_model=DryRunQuery,
        body=(Content(JSON, Submission, _EXAMPLE_SHORT_ARTICLE),),
        responses={
            201: SuccessResponse("It is new.", _RESULT_CONTENT),
            200: SuccessResponse("It was there, or this was a dry run.", _RESULT_CONTENT),
        },
        error_statuses=_WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="deleteArticle",
        method="DELETE",
        path="/v1/articles/{article_id}",
        summary="Remove an article",
        description="With its history. Posted again, it is a new article.",
        path_params=_ARTICLE_PATH_PARAMS,
        responses={204: SuccessResponse("It is gone.")},
        error_statuses=(404, 503),
    ),
    Operation(
        operation_id="getVersions",
        method="GET",
        path="/v1/articles/{article_id}/versions",
        summary="An article as it is and as it was",
        description="Every version that was posted, newest first. What was posted again unchanged"
        " made none.",
        path_params=_ARTICLE_PATH_PARAMS,
        query_model=VersionQuery,
        responses={
            200: SuccessResponse("A page of versions.", (Content(JSON, queries.VersionPage),))
        },
        error_statuses=(404, 422),
    ),
    Operation(
        operation_id="getEvents",
        method="GET",
        path="/v1/events",
        summary="Events, newest first",
        description="Ordered by their newest article. `next_cursor` leads to the next page.",
        query_model=EventQuery,
        example_query="?min_size=2&limit=10",
        responses={200: SuccessResponse("A page of events.", (Content(JSON, queries.EventPage),))},
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getEvent",
        method="GET",
        path="/v1/events/{event_id}",
        summary="An event with its articles",
        path_params={"event_id": "e7"},
        responses={
            200: SuccessResponse(
                "The event, its articles by duplicate group.", (Content(JSON, queries.EventView),)
            ),
            308: SuccessResponse("It has merged; `Location` names the event that answers for it."),
        },
        error_statuses=(404,),
    ),
    Operation(
        operation_id="getDuplicateGroup",
        method="GET",
        path="/v1/duplicate-groups/{group_id}",
        summary="A duplicate group with its articles",
        description="Each member carries its scores against `duplicate_of`, the article that"
        " stands for the group.",
        path_params={"group_id": "g12"},
        responses={
            200: SuccessResponse(
                "The group, its canonical article first.", (Content(JSON, queries.GroupView),)
            ),
            308: SuccessResponse("It has merged; `Location` names the group that answers for it."),
        },
        error_statuses=(404,),
    ),
    Operation(
        operation_id="getAssignments",
        method="GET",
        path="/v1/assignments",
        summary="Every current assignment",
        description="One line per article, oldest first, all of one moment.",
        responses={
            200: SuccessResponse(
                "Lines.", (Content(NDJSON, queries.AssignmentItem, [_EXAMPLE_ASSIGNMENT]),)
            )
        },
    ),
    Operation(
        operation_id="getChanges",
        method="GET",
        path="/v1/changes",
        summary="What changed, in order",
        description="Ask again with `since` set to `next_cursor` to be told of what came after; no"
        " change is told twice or left out, whoever writes meanwhile. With `wait` the answer comes"
        " when something has changed, or empty at the end of the time.",
        query_model=ChangeQuery,
        example_query="?since=0",
        responses={
            200: SuccessResponse("Changes after the cursor.", (Content(JSON, queries.ChangePage),))
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="postDecision",
        method="POST",
        path="/v1/decisions",
        summary="Decide",
        description="What people decide is kept to by everything that is judged, until it is taken"
        " back. The answer comes with all changes that follow at once. What others stand against is"
        " refused, and so is what somebody decides about something that has changed since `seen`.",
        body=(Content(JSON, requests.DecisionRequest, _EXAMPLE_DECISION),),
        responses={201: _DECISION_CREATED},
        error_statuses=(*_WRITE_ERROR_STATUSES, 409),
    ),
    Operation(
        operation_id="getDecisions",
        method="GET",
        path="/v1/decisions",
        summary="What people decided",
        description="The newest first; undos are decisions too.",
        query_model=DecisionQuery,
        example_query="?standing=true",
        responses={
            200: SuccessResponse("A page of decisions.", (Content(JSON, queries.DecisionPage),))
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getDecision",
        method="GET",
        path="/v1/decisions/{decision_id}",
        summary="A decision",
        path_params=_DECISION_PATH_PARAMS,
        responses={200: SuccessResponse("The decision.", (Content(JSON, queries.DecisionView),))},
        error_statuses=(404,),
    ),
    Operation(
        operation_id="undoDecision",
        method="POST",
        path="/v1/decisions/{decision_id}/undo",
        summary="Take a decision back",
        description="Any that stands, not only the last. What it moved goes back; where something"
        " else has happened there since, that is judged again.",
        path_params=_DECISION_PATH_PARAMS,
        body=(
            Content(
                JSON, requests.UndoRequest, {"actor": "night desk", "reason": "two landslides"}
            ),
        ),
        responses={201: SuccessResponse("It is taken back.", (Content(JSON, DecisionResult),))},
        error_statuses=(*_WRITE_ERROR_STATUSES, 404, 409),
    ),
    Operation(
        operation_id="getDoubts",
        method="GET",
        path="/v1/doubts",
        summary="What is worth most to ask people",
        description="Pairs of articles near the line between one event and two, or across it."
        " Answer one by a decision: `same_event` or `keep_apart`. What people decided, and what"
        " follows from it, is asked no more.",
        query_model=ReviewQueueQuery,
        example_query="?limit=10",
        responses={
            200: SuccessResponse("The most useful first.", (Content(JSON, ReviewQueuePage),))
        },
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getWebhooks",
        method="GET",
        path="/v1/webhooks",
        summary="Who is told of changes",
        description="With how far each has got, and what the last attempt came to.",
        responses={
            200: SuccessResponse(
                "All subscriptions, as `items`.", (Content(JSON, dict[str, list[Webhook]]),)
            )
        },
    ),
    Operation(
        operation_id="postWebhook",
        method="POST",
        path="/v1/webhooks",
        summary="Subscribe to changes",
        description="Changes are posted to the address in order, up to a hundred at a time, until"
        " it answers 2xx: tried again after 5 seconds, then twice as long each time, up to an hour."
        " Each is signed by the scheme of Standard Webhooks: `webhook-signature` is `v1,` and the"
        " HMAC-SHA256 in base64 of `webhook-id`, `webhook-timestamp` and the body, joined by dots,"
        " under the key in the secret. The same `webhook-id` is the same parcel again. An answer of"
        " 410 ends it.",
        body=(Content(JSON, WebhookRequest, _EXAMPLE_SUBSCRIPTION),),
        responses={201: _WEBHOOK_CREATED},
        error_statuses=_WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="getWebhook",
        method="GET",
        path="/v1/webhooks/{webhook_id}",
        summary="A subscription",
        path_params=_WEBHOOK_PATH_PARAMS,
        responses={200: SuccessResponse("The subscription.", _WEBHOOK_CONTENT)},
        error_statuses=(404,),
    ),
    Operation(
        operation_id="putWebhook",
        method="PUT",
        path="/v1/webhooks/{webhook_id}",
        summary="Subscribe under a name, or replace it",
        description="A subscription that was there goes on where it is, with its secret unless"
        " there is a new one.",
        path_params=_WEBHOOK_PATH_PARAMS,
        body=(Content(JSON, WebhookRequest, _EXAMPLE_SUBSCRIPTION),),
        responses={
            201: _WEBHOOK_CREATED,
            200: SuccessResponse("It was there, and is replaced.", _WEBHOOK_CONTENT),
        },
        error_statuses=_WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="deleteWebhook",
        method="DELETE",
        path="/v1/webhooks/{webhook_id}",
        summary="End a subscription",
        path_params=_WEBHOOK_PATH_PARAMS,
        responses={204: SuccessResponse("It is gone.")},
        error_statuses=(404, 503),
    ),
    Operation(
        operation_id="retryWebhook",
        method="POST",
        path="/v1/webhooks/{webhook_id}/retry",
        summary="Deliver again now",
        description="Does not wait for the time of the next attempt, and makes a subscription that"
        " was stopped active.",
        path_params=_WEBHOOK_PATH_PARAMS,
        responses={200: SuccessResponse("It is tried within a second.", _WEBHOOK_CONTENT)},
        error_statuses=(404, 503),
    ),
    Operation(
        operation_id="getEventsRss",
        method="GET",
        path="/feeds/events.rss",
        summary="Events as RSS",
        description="With the filters of the list. A token may be sent as a password.",
        query_model=EventQuery,
        example_query="?min_size=2",
        responses={200: SuccessResponse("RSS 2.0, newest first.", (Content(RSS, str),))},
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getEventsJsonFeed",
        method="GET",
        path="/feeds/events.json",
        summary="Events as JSON Feed",
        description="Version 1.1, with the filters of the list; `next_url` leads to older events.",
        query_model=EventQuery,
        example_query="?min_size=2",
        responses={200: SuccessResponse("A feed, newest first.", (Content(JSON_FEED, JsonFeed),))},
        error_statuses=(422,),
    ),
    Operation(
        operation_id="getHealth",
        method="GET",
        path="/healthz",
        summary="Whether the process answers",
        responses={
            200: SuccessResponse("It does.", (Content(JSON, dict[str, str], {"status": "ok"}),))
        },
        is_public=True,
    ),
    Operation(
        operation_id="getReadiness",
        method="GET",
        path="/readyz",
        summary="Whether articles can be taken in",
        description="Reading works before.",
        responses={
            200: SuccessResponse("They can.", (Content(JSON, dict[str, str], {"status": "ready"}),))
        },
        error_statuses=(503,),
        is_public=True,
    ),
    Operation(
        operation_id="getMetrics",
        method="GET",
        path="/metrics",
        summary="Metrics for Prometheus",
        responses={200: SuccessResponse("Text format 0.0.4.", (Content("text/plain", str),))},
    ),
)

ERROR_CONTENT: Final = Content(PROBLEM_MEDIA_TYPE, ConflictProblem | Problem)
