"""Page of the webhooks: the state of each, with buttons to retry, stop and resume it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service.store import Store
from service.web import extensions
from service.webhooks import subscriptions
from service.webhooks.subscriptions import Webhook

_ACTIONS: Final[dict[str, Callable[[Store, str], Webhook | None]]] = {
    "retry": subscriptions.retry,
    "stop": subscriptions.stop,
}

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@blueprint.get("")
def list_webhooks() -> str:
    """List all webhooks."""
    return render_template(
        "admin/webhooks.html", webhooks=subscriptions.list_webhooks(extensions.store())
    )


@blueprint.post("/<webhook_id>/<any(retry, stop):action>")
def update_webhook(webhook_id: str, action: str) -> Response:
    """Retry a webhook's delivery now, which resumes a stopped webhook, or stop the webhook."""
    if _ACTIONS[action](extensions.store(), webhook_id) is None:
        raise NotFound("There is no such webhook, or it was deleted.")
    return redirect(url_for("admin.webhooks.list_webhooks"), code=303)
