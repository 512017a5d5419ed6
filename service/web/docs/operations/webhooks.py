"""The operations on webhooks."""

from __future__ import annotations

from typing import Final

from service.common.media_types import JSON
from service.web.docs import examples
from service.web.docs.operations.types import (
    WRITE_ERROR_STATUSES,
    Content,
    Operation,
    SuccessResponse,
)
from service.webhooks.subscriptions import Webhook, WebhookList, WebhookRequest, WebhookWithSecret

_WEBHOOK_PATH: Final = "/v1/webhooks/{webhook_id}"
_PATH_PARAMS: Final = {"webhook_id": "newsroom"}
_WEBHOOK_CONTENT: Final = (Content(JSON, Webhook),)
_CREATED: Final = SuccessResponse(
    "Subscribed; the secret is shown only in this response.", (Content(JSON, WebhookWithSecret),)
)

OPERATIONS: Final = (
    Operation(
        operation_id="getWebhooks",
        method="GET",
        path="/v1/webhooks",
        summary="All subscriptions to changes",
        description="With the progress of each, and the result of its last attempt.",
        responses={200: SuccessResponse("All subscriptions.", (Content(JSON, WebhookList),))},
    ),
    Operation(
        operation_id="postWebhook",
        method="POST",
        path="/v1/webhooks",
        summary="Subscribe to changes",
        description="Changes are posted to the URL in order, in batches of up to 100. A batch is"
        " sent until the response is 2xx: again after 5 seconds, then after twice as long each"
        " time, up to an hour. Each delivery is signed by the scheme of Standard Webhooks:"
        " `webhook-signature` is `v1,` and the HMAC-SHA256 in base64 of `webhook-id`,"
        " `webhook-timestamp` and the body, joined by dots, under the key in the secret. A"
        " repeated `webhook-id` is the same batch again. A response of 410 stops the"
        " subscription.",
        body=(Content(JSON, WebhookRequest, examples.SUBSCRIPTION),),
        responses={201: _CREATED},
        error_statuses=WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="getWebhook",
        method="GET",
        path=_WEBHOOK_PATH,
        summary="A subscription",
        path_params=_PATH_PARAMS,
        responses={200: SuccessResponse("The subscription.", _WEBHOOK_CONTENT)},
        error_statuses=(404,),
    ),
    Operation(
        operation_id="putWebhook",
        method="PUT",
        path=_WEBHOOK_PATH,
        summary="Subscribe under this id, or replace the subscription",
        description="A replaced subscription continues at its position, and keeps its secret"
        " unless a new one is given.",
        path_params=_PATH_PARAMS,
        body=(Content(JSON, WebhookRequest, examples.SUBSCRIPTION),),
        responses={
            201: _CREATED,
            200: SuccessResponse("The subscription existed, and is replaced.", _WEBHOOK_CONTENT),
        },
        error_statuses=WRITE_ERROR_STATUSES,
    ),
    Operation(
        operation_id="deleteWebhook",
        method="DELETE",
        path=_WEBHOOK_PATH,
        summary="End a subscription",
        path_params=_PATH_PARAMS,
        responses={204: SuccessResponse("The subscription is removed.")},
        error_statuses=(404, 503),
    ),
    Operation(
        operation_id="retryWebhook",
        method="POST",
        path=f"{_WEBHOOK_PATH}/retry",
        summary="Deliver again now",
        description="Does not wait for the scheduled attempt, and resumes a stopped subscription.",
        path_params=_PATH_PARAMS,
        responses={200: SuccessResponse("The attempt follows within a second.", _WEBHOOK_CONTENT)},
        error_statuses=(404, 503),
    ),
)
