"""The calls about webhooks: read the request, call, answer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service.common import media_types
from service.web import extensions
from service.web.http import request_body
from service.web.http.problems import ProblemError
from service.webhooks import subscriptions
from service.webhooks.subscriptions import Webhook, WebhookWithSecret

_WEBHOOK_ADAPTER: Final = TypeAdapter(WebhookWithSecret | Webhook)
_WEBHOOK_LIST_ADAPTER: Final = TypeAdapter(dict[str, list[Webhook]])

blueprint = Blueprint("webhooks", __name__)


@blueprint.get("/v1/webhooks")
def get_webhooks() -> Response:
    """List the subscriptions."""
    found = {"items": subscriptions.list_webhooks(extensions.store())}
    return Response(_WEBHOOK_LIST_ADAPTER.dump_json(found) + b"\n", mimetype=media_types.JSON)


@blueprint.post("/v1/webhooks")
def post_webhook() -> Response:
    """Subscribe."""
    return _subscribe(None)


@blueprint.get("/v1/webhooks/<webhook_id>")
def get_webhook(webhook_id: str) -> Response:
    """Return a subscription."""
    return _webhook_response(subscriptions.find_webhook(extensions.store(), webhook_id))


@blueprint.put("/v1/webhooks/<webhook_id>")
def put_webhook(webhook_id: str) -> Response:
    """Subscribe under a name, or replace the subscription of that name."""
    return _subscribe(webhook_id)


@blueprint.delete("/v1/webhooks/<webhook_id>")
def delete_webhook(webhook_id: str) -> Response:
    """End a subscription."""
    if not subscriptions.remove(extensions.store(), webhook_id):
        raise ProblemError(404, "no such webhook")
    return Response(status=204)


@blueprint.post("/v1/webhooks/<webhook_id>/retry")
def retry_webhook(webhook_id: str) -> Response:
    """Try again now."""
    return _webhook_response(subscriptions.retry(extensions.store(), webhook_id))


def _subscribe(webhook_id: str | None) -> Response:
    hosts = extensions.settings().webhook_hosts
    wanted = subscriptions.validate_request(request_body.read_json(request), hosts, webhook_id)
    made = subscriptions.create_or_replace(extensions.store(), wanted, webhook_id)
    response = _webhook_response(made)
    if isinstance(made, WebhookWithSecret):
        response.status_code = 201
        response.location = url_for("api.webhooks.get_webhook", webhook_id=made.id)
    return response


def _webhook_response(webhook: Webhook | None) -> Response:
    if webhook is None:
        raise ProblemError(404, "no such webhook")
    return Response(_WEBHOOK_ADAPTER.dump_json(webhook) + b"\n", mimetype=media_types.JSON)
