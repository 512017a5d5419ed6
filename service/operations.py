"""Every call of the interface, described once: for the OpenAPI document and the docs page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from service import asked, browse, miniflux
from service.bodies import JSON, NDJSON
from service.doubts.queue import DoubtPage
from service.feeds import JSON_FEED, RSS, JsonFeed
from service.intake import Answer
from service.problems import MEDIA_TYPE, ConflictProblem, LineProblem, Problem
from service.queries import ChangeQuery, DecisionQuery, DoubtQuery, EventQuery, VersionQuery
from service.review import Decided
from service.submission import Submission
from service.webhooks.subscriptions import Webhook, WebhookRequest, WebhookWithSecret


class DryRun(BaseModel):
    """The parameter of calls that can be rehearsed."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    dry_run: bool = Field(default=False)
    """Answer, and store nothing."""


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media type, the type it is made of, and an example."""

    media_type: str
    kind: Any
    example: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer."""

    explanation: str
    content: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call."""

    name: str
    method: str
    path: str
    summary: str
    explanation: str = ""
    places: dict[str, str] = field(default_factory=dict)
    """Parameters in the path, each with an example."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers that must be there, each with its explanation."""
    query: type[BaseModel] | None = None
    body: tuple[Content, ...] = ()
    replies: dict[int, Reply]
    errors: tuple[int, ...] = ()
    asked: str = ""
    """Query string of the example."""
    public: bool = False
    """Open without a token."""


_ONE: Final = {
    "id": "agency-20250504-17",
    "url": "https://news.example/2025/05/04/budget?utm_source=feed",
    "title": "Parliament passes the budget after a night session",
    "text": "After fourteen hours of debate, parliament passed the budget on Sunday morning.",
    "published_at": "2025-05-04T06:30:00Z",
    "source": "Example Agency",
    "language": "en",
}
_ANOTHER: Final = {
    "title": "Budget adopted at dawn",
    "text": "The budget was adopted on Sunday at dawn, after fourteen hours of debate.",
    "published_at": "2025-05-04",
}
_TWO: Final = [_ONE, _ANOTHER]
_EVIDENCE: Final = {
    "jaccard": None,
    "containment": None,
    "duplicate_score": None,
    "event_probability": 0.83,
    "runner_up": {"event_id": "e3", "probability": 0.12},
    "shared_terms": ["budget", "parliament"],
}
_ANSWER: Final[dict[str, Any]] = {
    "article_id": "agency-20250504-17",
    "outcome": "new",
    "duplicate_group_id": "g12",
    "duplicate_of": None,
    "event_id": "e7",
    "event_size": 2,
    "evidence": _EVIDENCE,
    "warnings": [],
    "aliases": {},
}
_WEBHOOK: Final = {
    "event_type": "new_entries",
    "feed": {"id": 8, "title": "Example Agency", "site_url": "https://news.example/"},
    "entries": [
        {
            "id": 231,
            "feed_id": 8,
            "comments_url": "",
            "url": "https://news.example/2025/05/04/budget?utm_source=feed",
            "title": "Parliament passes the budget after a night session",
            "published_at": "2025-05-04T06:30:00Z",
            "content": "<p>After fourteen hours of debate, parliament passed the budget.</p>",
        }
    ],
}
_PLACEMENT: Final = {
    "article_id": "agency-20250504-17",
    "duplicate_group_id": "g12",
    "event_id": "e7",
}
_ID: Final = {"article_id": "agency-20250504-17"}
_WEBHOOK_ID: Final = {"webhook_id": "newsroom"}
_SUBSCRIPTION: Final = {
    "url": "https://newsroom.example/storyfold",
    "kinds": ["event.merged", "event.split"],
}
_SUBSCRIBED: Final = (Content(JSON, Webhook),)
_NEW_WEBHOOK: Final = Reply(
    "Subscribed; the secret is shown once.", (Content(JSON, WebhookWithSecret),)
)
_TAKEN: Final = (Content(JSON, Answer, _ANSWER),)
_WRITES: Final = (400, 413, 415, 422, 503)
_DECISION: Final = {
    "kind": "merge_events",
    "event_ids": ["e7", "e12"],
    "actor": "night desk",
    "reason": "one landslide, two villages",
}
_DECISION_ID: Final = {"decision_id": "d3"}
_MADE: Final = Reply("It is made, and all that follows.", (Content(JSON, Decided),))

OPERATIONS: Final = (
    Operation(
        name="postArticle",
        method="POST",
        path="/v1/articles",
        summary="Take in one article",
        explanation="The answer comes after the article is on disk. The same article again is"
        " `unchanged`; with other content it is a new version, and `updated`. Objects of"
        " news-please, Fundus, newspaper4k, trafilatura, feedparser, Media Cloud, Event Registry"
        " and schema.org are understood as they are; `aliases` in the answer names what was read.",
        query=DryRun,
        body=(Content(JSON, Submission, _ONE),),
        replies={
            201: Reply("It is new.", _TAKEN),
            200: Reply("It was there, or this was a dry run.", _TAKEN),
        },
        errors=_WRITES,
    ),
    Operation(
        name="postBatch",
        method="POST",
        path="/v1/articles/batch",
        summary="Take in many articles",
        explanation="One answer per article, in the same order, written as soon as the article is"
        " on disk. A line that can't be taken gets a problem in its place; the others go in. The"
        " answer is NDJSON, or an array if `Accept` asks for `application/json`.",
        query=DryRun,
        body=(Content(NDJSON, Submission, _TWO), Content(JSON, list[Submission], _TWO)),
        replies={
            200: Reply(
                "An answer or a problem for each article.",
                (
                    Content(NDJSON, Answer | LineProblem, [_ANSWER]),
                    Content(JSON, list[Answer | LineProblem], [_ANSWER]),
                ),
            )
        },
        errors=_WRITES,
    ),
    Operation(
        name="postMiniflux",
        method="POST",
        path=miniflux.PATH,
        summary="Take in what Miniflux sends",
        explanation="The address to give to a webhook of the feed reader Miniflux; its secret"
        " is set as `STORYFOLD_MINIFLUX_SECRET`. Both its events are taken, `new_entries` and"
        " `save_entry`; an entry is known by its address. No token is asked for: the signature says"
        " who it is.",
        headers={miniflux.SIGNATURE: "HMAC-SHA256 of the body with the secret, in hexadecimal."},
        body=(Content(JSON, dict[str, Any], _WEBHOOK),),
        replies={
            200: Reply(
                "An answer or a problem for each entry.",
                (Content(JSON, list[Answer | LineProblem]),),
            )
        },
        errors=(*_WRITES, 401),
        public=True,
    ),
    Operation(
        name="getArticle",
        method="GET",
        path="/v1/articles/{article_id}",
        summary="An article and its assignment",
        places=_ID,
        replies={200: Reply("The article.", (Content(JSON, browse.ArticleView),))},
        errors=(404,),
    ),
    Operation(
        name="putArticle",
        method="PUT",
        path="/v1/articles/{article_id}",
        summary="Take in or replace an article under this id",
        places=_ID,
        query=DryRun,
        body=(Content(JSON, Submission, _ANOTHER),),
        replies={
            201: Reply("It is new.", _TAKEN),
            200: Reply("It was there, or this was a dry run.", _TAKEN),
        },
        errors=_WRITES,
    ),
    Operation(
        name="deleteArticle",
        method="DELETE",
        path="/v1/articles/{article_id}",
        summary="Remove an article",
        explanation="With its history. Posted again, it is a new article.",
        places=_ID,
        replies={204: Reply("It is gone.")},
        errors=(404, 503),
    ),
    Operation(
        name="getVersions",
        method="GET",
        path="/v1/articles/{article_id}/versions",
        summary="An article as it is and as it was",
        explanation="Every version that was posted, newest first. What was posted again unchanged"
        " made none.",
        places=_ID,
        query=VersionQuery,
        replies={200: Reply("A page of versions.", (Content(JSON, browse.VersionPage),))},
        errors=(404, 422),
    ),
    Operation(
        name="getEvents",
        method="GET",
        path="/v1/events",
        summary="Events, newest first",
        explanation="Ordered by their newest article. `next_cursor` leads to the next page.",
        query=EventQuery,
        asked="?min_size=2&limit=10",
        replies={200: Reply("A page of events.", (Content(JSON, browse.EventPage),))},
        errors=(422,),
    ),
    Operation(
        name="getEvent",
        method="GET",
        path="/v1/events/{event_id}",
        summary="An event with its articles",
        places={"event_id": "e7"},
        replies={
            200: Reply(
                "The event, its articles by duplicate group.", (Content(JSON, browse.EventView),)
            ),
            308: Reply("It has merged; `Location` names the event that answers for it."),
        },
        errors=(404,),
    ),
    Operation(
        name="getDuplicateGroup",
        method="GET",
        path="/v1/duplicate-groups/{group_id}",
        summary="A duplicate group with its articles",
        explanation="Each member carries its scores against `duplicate_of`, the article that"
        " stands for the group.",
        places={"group_id": "g12"},
        replies={
            200: Reply(
                "The group, its canonical article first.", (Content(JSON, browse.GroupView),)
            ),
            308: Reply("It has merged; `Location` names the group that answers for it."),
        },
        errors=(404,),
    ),
    Operation(
        name="getAssignments",
        method="GET",
        path="/v1/assignments",
        summary="Every current assignment",
        explanation="One line per article, oldest first, all of one moment.",
        replies={200: Reply("Lines.", (Content(NDJSON, browse.Placement, [_PLACEMENT]),))},
    ),
    Operation(
        name="getChanges",
        method="GET",
        path="/v1/changes",
        summary="What changed, in order",
        explanation="Ask again with `since` set to `next_cursor` to be told of what came after; no"
        " change is told twice or left out, whoever writes meanwhile. With `wait` the answer comes"
        " when something has changed, or empty at the end of the time.",
        query=ChangeQuery,
        asked="?since=0",
        replies={200: Reply("Changes after the cursor.", (Content(JSON, browse.ChangePage),))},
        errors=(422,),
    ),
    Operation(
        name="postDecision",
        method="POST",
        path="/v1/decisions",
        summary="Decide",
        explanation="What people decide is kept to by everything that is judged, until it is taken"
        " back. The answer comes with all changes that follow at once. What others stand against is"
        " refused, and so is what somebody decides about something that has changed since `seen`.",
        body=(Content(JSON, asked.Asked, _DECISION),),
        replies={201: _MADE},
        errors=(*_WRITES, 409),
    ),
    Operation(
        name="getDecisions",
        method="GET",
        path="/v1/decisions",
        summary="What people decided",
        explanation="The newest first; undos are decisions too.",
        query=DecisionQuery,
        asked="?standing=true",
        replies={200: Reply("A page of decisions.", (Content(JSON, browse.DecisionPage),))},
        errors=(422,),
    ),
    Operation(
        name="getDecision",
        method="GET",
        path="/v1/decisions/{decision_id}",
        summary="A decision",
        places=_DECISION_ID,
        replies={200: Reply("The decision.", (Content(JSON, browse.DecisionView),))},
        errors=(404,),
    ),
    Operation(
        name="undoDecision",
        method="POST",
        path="/v1/decisions/{decision_id}/undo",
        summary="Take a decision back",
        explanation="Any that stands, not only the last. What it moved goes back; where something"
        " else has happened there since, that is judged again.",
        places=_DECISION_ID,
        body=(Content(JSON, asked.Undo, {"actor": "night desk", "reason": "two landslides"}),),
        replies={201: Reply("It is taken back.", (Content(JSON, Decided),))},
        errors=(*_WRITES, 404, 409),
    ),
    Operation(
        name="getDoubts",
        method="GET",
        path="/v1/doubts",
        summary="What is worth most to ask people",
        explanation="Pairs of articles near the line between one event and two, or across it."
        " Answer one by a decision: `same_event` or `keep_apart`. What people decided, and what"
        " follows from it, is asked no more.",
        query=DoubtQuery,
        asked="?limit=10",
        replies={200: Reply("The most useful first.", (Content(JSON, DoubtPage),))},
        errors=(422,),
    ),
    Operation(
        name="getWebhooks",
        method="GET",
        path="/v1/webhooks",
        summary="Who is told of changes",
        explanation="With how far each has got, and what the last attempt came to.",
        replies={
            200: Reply("All subscriptions, as `items`.", (Content(JSON, dict[str, list[Webhook]]),))
        },
    ),
    Operation(
        name="postWebhook",
        method="POST",
        path="/v1/webhooks",
        summary="Subscribe to changes",
        explanation="Changes are posted to the address in order, up to a hundred at a time, until"
        " it answers 2xx: tried again after 5 seconds, then twice as long each time, up to an hour."
        " Each is signed by the scheme of Standard Webhooks: `webhook-signature` is `v1,` and the"
        " HMAC-SHA256 in base64 of `webhook-id`, `webhook-timestamp` and the body, joined by dots,"
        " under the key in the secret. The same `webhook-id` is the same parcel again. An answer of"
        " 410 ends it.",
        body=(Content(JSON, WebhookRequest, _SUBSCRIPTION),),
        replies={201: _NEW_WEBHOOK},
        errors=_WRITES,
    ),
    Operation(
        name="getWebhook",
        method="GET",
        path="/v1/webhooks/{webhook_id}",
        summary="A subscription",
        places=_WEBHOOK_ID,
        replies={200: Reply("The subscription.", _SUBSCRIBED)},
        errors=(404,),
    ),
    Operation(
        name="putWebhook",
        method="PUT",
        path="/v1/webhooks/{webhook_id}",
        summary="Subscribe under a name, or replace it",
        explanation="A subscription that was there goes on where it is, with its secret unless"
        " there is a new one.",
        places=_WEBHOOK_ID,
        body=(Content(JSON, WebhookRequest, _SUBSCRIPTION),),
        replies={
            201: _NEW_WEBHOOK,
            200: Reply("It was there, and is replaced.", _SUBSCRIBED),
        },
        errors=_WRITES,
    ),
    Operation(
        name="deleteWebhook",
        method="DELETE",
        path="/v1/webhooks/{webhook_id}",
        summary="End a subscription",
        places=_WEBHOOK_ID,
        replies={204: Reply("It is gone.")},
        errors=(404, 503),
    ),
    Operation(
        name="retryWebhook",
        method="POST",
        path="/v1/webhooks/{webhook_id}/retry",
        summary="Deliver again now",
        explanation="Does not wait for the time of the next attempt, and makes a subscription that"
        " was stopped active.",
        places=_WEBHOOK_ID,
        replies={200: Reply("It is tried within a second.", _SUBSCRIBED)},
        errors=(404, 503),
    ),
    Operation(
        name="getEventsRss",
        method="GET",
        path="/feeds/events.rss",
        summary="Events as RSS",
        explanation="With the filters of the list. A token may be sent as a password.",
        query=EventQuery,
        asked="?min_size=2",
        replies={200: Reply("RSS 2.0, newest first.", (Content(RSS, str),))},
        errors=(422,),
    ),
    Operation(
        name="getEventsJsonFeed",
        method="GET",
        path="/feeds/events.json",
        summary="Events as JSON Feed",
        explanation="Version 1.1, with the filters of the list; `next_url` leads to older events.",
        query=EventQuery,
        asked="?min_size=2",
        replies={200: Reply("A feed, newest first.", (Content(JSON_FEED, JsonFeed),))},
        errors=(422,),
    ),
    Operation(
        name="getHealth",
        method="GET",
        path="/healthz",
        summary="Whether the process answers",
        replies={200: Reply("It does.", (Content(JSON, dict[str, str], {"status": "ok"}),))},
        public=True,
    ),
    Operation(
        name="getReadiness",
        method="GET",
        path="/readyz",
        summary="Whether articles can be taken in",
        explanation="Reading works before.",
        replies={200: Reply("They can.", (Content(JSON, dict[str, str], {"status": "ready"}),))},
        errors=(503,),
        public=True,
    ),
    Operation(
        name="getMetrics",
        method="GET",
        path="/metrics",
        summary="Metrics for Prometheus",
        replies={200: Reply("Text format 0.0.4.", (Content("text/plain", str),))},
    ),
)

ERROR: Final = Content(MEDIA_TYPE, ConflictProblem | Problem)
