"""The calls about webhooks: read the request, call, answer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request, url_for
from pydantic import TypeAdapter

from service import bodies, current
from service.problems import ProblemError
from service.webhooks import subscriptions
from service.webhooks.subscriptions import Webhook, WebhookWithSecret

_one: Final = TypeAdapter(WebhookWithSecret | Webhook)
_every: Final = TypeAdapter(dict[str, list[Webhook]])

webhook_api = Blueprint("webhook_api", __name__)


@webhook_api.get("/v1/webhooks")
def get_webhooks() -> Response:
    """List the subscriptions."""
    found = {"items": subscriptions.every(current.store())}
    return Response(_every.dump_json(found) + b"\n", mimetype=bodies.JSON)


@webhook_api.post("/v1/webhooks")
def post_webhook() -> Response:
    """Subscribe."""
    return _subscribe(None)


@webhook_api.get("/v1/webhooks/<webhook_id>")
def get_webhook(webhook_id: str) -> Response:
    """Return a subscription."""
    return _answer(subscriptions.one(current.store(), webhook_id))


@webhook_api.put("/v1/webhooks/<webhook_id>")
def put_webhook(webhook_id: str) -> Response:
    """Subscribe under a name, or replace the subscription of that name."""
    return _subscribe(webhook_id)


@webhook_api.delete("/v1/webhooks/<webhook_id>")
def delete_webhook(webhook_id: str) -> Response:
    """End a subscription."""
    if not subscriptions.remove(current.store(), webhook_id):
        raise ProblemError(404, "no such webhook")
    return Response(status=204)


@webhook_api.post("/v1/webhooks/<webhook_id>/retry")
def retry_webhook(webhook_id: str) -> Response:
    """Try again now."""
    return _answer(subscriptions.retry(current.store(), webhook_id))


def _subscribe(webhook_id: str | None) -> Response:
    hosts = current.settings().webhook_hosts
    wanted = subscriptions.read(bodies.one(request), hosts, webhook_id)
    made = subscriptions.create(current.store(), wanted, webhook_id)
    response = _answer(made)
    if isinstance(made, WebhookWithSecret):
        response.status_code = 201
        response.location = url_for("webhook_api.get_webhook", webhook_id=made.id)
    return response


def _answer(found: Webhook | None) -> Response:
    if found is None:
        raise ProblemError(404, "no such webhook")
    return Response(_one.dump_json(found) + b"\n", mimetype=bodies.JSON)
