"""The page of subscriptions: how far each has got, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from service import current
from service.store import Store
from service.webhooks import subscriptions
from service.webhooks.subscriptions import Webhook

_DEEDS: Final[dict[str, Callable[[Store, str], Webhook | None]]] = {
    "retry": subscriptions.retry,
    "disable": subscriptions.disable,
}

webhook_pages = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@webhook_pages.get("")
def listed() -> str:
    """Show every subscription."""
    return render_template("admin/webhooks.html", webhooks=subscriptions.every(current.store()))


@webhook_pages.post("/<webhook_id>/<any(retry, disable):deed>")
def change(webhook_id: str, deed: str) -> Response:
    """Try again now, or send nothing more."""
    if _DEEDS[deed](current.store(), webhook_id) is None:
        raise NotFound("There is no such webhook, or it was deleted.")
    return redirect(url_for("admin.webhooks.listed"), code=303)
