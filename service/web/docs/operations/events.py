"""The operations on events, duplicate groups, assignments and changes."""

from __future__ import annotations

from typing import Final

from service import queries
from service.common.media_types import JSON, NDJSON
from service.web.docs import examples
from service.web.docs.operations.types import Content, MergedResponse, Operation, SuccessResponse
from service.web.http.query_params import ChangeQuery, EventQuery

OPERATIONS: Final = (
    Operation(
        operation_id="getEvents",
        method="GET",
        path="/v1/events",
        summary="Events",
        description="Ordered by their newest article, or as `sort` asks. `next_cursor` leads to the"
        " next page, in the same order.",
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
            308: SuccessResponse(
                "It has merged; `Location` is the event it has merged into.",
                (Content(JSON, MergedResponse),),
            ),
        },
        error_statuses=(404,),
    ),
    Operation(
        operation_id="getDuplicateGroup",
        method="GET",
        path="/v1/duplicate-groups/{group_id}",
        summary="A duplicate group with its articles",
        description="Each member has its scores against `duplicate_of`, the canonical article of"
        " the group.",
        path_params={"group_id": "g12"},
        responses={
            200: SuccessResponse(
                "The group, its canonical article first.", (Content(JSON, queries.GroupView),)
            ),
            308: SuccessResponse(
                "It has merged; `Location` is the group it has merged into.",
                (Content(JSON, MergedResponse),),
            ),
        },
        error_statuses=(404,),
    ),
    Operation(
        operation_id="getAssignments",
        method="GET",
        path="/v1/assignments",
        summary="Every current assignment",
        description="One line per article, oldest first; all lines show the same moment.",
        responses={
            200: SuccessResponse(
                "Lines.", (Content(NDJSON, queries.AssignmentItem, [examples.ASSIGNMENT]),)
            )
        },
    ),
    Operation(
        operation_id="getChanges",
        method="GET",
        path="/v1/changes",
        summary="The change log, in order",
        description="For later changes, ask again with `since` set to `next_cursor`. No change is"
        " repeated or left out, even while others write. With `wait`, the response comes as soon as"
        " something changes, or is empty after that time.",
        query_model=ChangeQuery,
        example_query="?since=0",
        responses={
            200: SuccessResponse("Changes after the cursor.", (Content(JSON, queries.ChangePage),))
        },
        error_statuses=(422,),
    ),
)
