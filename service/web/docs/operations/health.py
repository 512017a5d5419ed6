"""Health, readiness and metrics."""

from __future__ import annotations

from typing import Final

from service.common.media_types import JSON
from service.web.docs.operations.types import Content, Operation, SuccessResponse

OPERATIONS: Final = (
    Operation(
        operation_id="getHealth",
        method="GET",
        path="/healthz",
        summary="Whether the process answers",
        responses={
            200: SuccessResponse("It answers.", (Content(JSON, dict[str, str], {"status": "ok"}),))
        },
        is_public=True,
    ),
    Operation(
        operation_id="getReadiness",
        method="GET",
        path="/readyz",
        summary="Whether articles can be stored",
        description="Reading is possible before that.",
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
        responses={
            200: SuccessResponse("The Prometheus text format.", (Content("text/plain", str),))
        },
    ),
)
