"""The operations on editors' decisions and the review queue."""

from __future__ import annotations

from typing import Final

from service import queries
from service.common.media_types import JSON
from service.review import requests
from service.review.decisions import DecisionResult
from service.review.queue import ReviewQueuePage
from service.web.docs import examples
from service.web.docs.operations.types import (
    WRITE_ERROR_STATUSES,
    Content,
    Operation,
    SuccessResponse,
)
from service.web.http.query_params import DecisionQuery, ReviewQueueQuery

_PATH_PARAMS: Final = {"decision_id": "d3"}
_RESULT_CONTENT: Final = (Content(JSON, DecisionResult),)

OPERATIONS: Final = (
    Operation(
        operation_id="postDecision",
        method="POST",
        path="/v1/decisions",
        summary="Make a decision",
        description="A decision is binding for everything that is clustered later, until it is"
        " undone. The response lists all changes that follow from it at once. A decision that"
        " contradicts earlier ones is refused, and so is one about an event or article that has"
        " changed since `seen`.",
        body=(Content(JSON, requests.DecisionRequest, examples.DECISION),),
        responses={
            201: SuccessResponse("The decision and all its changes are made.", _RESULT_CONTENT)
        },
        error_statuses=(*WRITE_ERROR_STATUSES, 409),
    ),
    Operation(
        operation_id="getDecisions",
        method="GET",
        path="/v1/decisions",
        summary="Editors' decisions",
        description="Newest first; undos are decisions too.",
        query_model=DecisionQuery,
        example_query="?active=true",
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
        path_params=_PATH_PARAMS,
        responses={200: SuccessResponse("The decision.", (Content(JSON, queries.DecisionView),))},
        error_statuses=(404,),
    ),
    Operation(
        operation_id="undoDecision",
        method="POST",
        path="/v1/decisions/{decision_id}/undo",
        summary="Undo a decision",
        description="Any active decision, not only the last one. Articles that it moved go back,"
        " except where something else has changed since; those are clustered again.",
        path_params=_PATH_PARAMS,
        body=(Content(JSON, requests.UndoRequest, examples.UNDO),),
        needs_body=False,
        responses={201: SuccessResponse("The decision is undone.", _RESULT_CONTENT)},
        error_statuses=(*WRITE_ERROR_STATUSES, 404, 409),
    ),
    Operation(
        operation_id="getReviewQueue",
        method="GET",
        path="/v1/review-queue",
        summary="The uncertain pairs, most useful first",
        description="Pairs of articles with a probability near the event threshold. Answer a pair"
        " by a decision: `same_event` or `keep_apart`. Pairs that are settled by decisions, or by"
        " what follows from them, are left out.",
        query_model=ReviewQueueQuery,
        example_query="?limit=10",
        responses={
            200: SuccessResponse("The most useful first.", (Content(JSON, ReviewQueuePage),))
        },
        error_statuses=(422,),
    ),
)
