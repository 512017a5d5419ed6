"""/v1/webhooks: subscriptions to changes."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service.web import extensions
from service.web.http import request_body
from service.web.http.problems import ProblemError
from service.web.http.responses import found_or_404, json_response
from service.webhooks import subscriptions
from service.webhooks.subscriptions import Webhook, WebhookList, WebhookWithSecret

_WEBHOOK_ADAPTER: Final = TypeAdapter[Webhook](WebhookWithSecret | Webhook)
_WEBHOOK_LIST_ADAPTER: Final = TypeAdapter(WebhookList)

blueprint = Blueprint("webhooks", __name__)


@blueprint.get("/v1/webhooks")
def get_webhooks() -> Response:
    """List all subscriptions."""
    subscribed = subscriptions.list_webhooks(extensions.store())
    return json_response(_WEBHOOK_LIST_ADAPTER, WebhookList(items=tuple(subscribed)))


@blueprint.post("/v1/webhooks")
def post_webhook() -> Response:
    """Subscribe under a generated id."""
    return _subscribe(None)


@blueprint.get("/v1/webhooks/<webhook_id>")
def get_webhook(webhook_id: str) -> Response:
    """Return a subscription."""
    return _webhook_response(subscriptions.find_webhook(extensions.store(), webhook_id))


@blueprint.put("/v1/webhooks/<webhook_id>")
def put_webhook(webhook_id: str) -> Response:
    """Subscribe under this id, or replace the subscription with this id."""
    return _subscribe(webhook_id)


@blueprint.delete("/v1/webhooks/<webhook_id>")
def delete_webhook(webhook_id: str) -> Response:
    """End a subscription."""
    if not subscriptions.remove(extensions.store(), webhook_id):
        raise ProblemError(404, "no such webhook")
    return Response(status=204)


@blueprint.post("/v1/webhooks/<webhook_id>/retry")
def retry_webhook(webhook_id: str) -> Response:
    """Deliver now instead of at the next scheduled attempt."""
    return _webhook_response(subscriptions.retry(extensions.store(), webhook_id))


def _subscribe(webhook_id: str | None) -> Response:
    allowed_hosts = extensions.settings().webhook_hosts
    webhook_request = subscriptions.validate_request(
        request_body.read_json(request), allowed_hosts, webhook_id
    )
    webhook = subscriptions.create_or_replace(extensions.store(), webhook_request, webhook_id)
    response = _webhook_response(webhook)
    if isinstance(webhook, WebhookWithSecret):
        response.status_code = 201
        response.location = url_for("api.webhooks.get_webhook", webhook_id=webhook.id)
    return response


def _webhook_response(webhook: Webhook | None) -> Response:
    return json_response(_WEBHOOK_ADAPTER, found_or_404(webhook, "webhook"))
