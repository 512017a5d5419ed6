"""What changes is sent to whoever subscribed: signed, in order, until it is received."""

from service.webhooks.dispatcher import WebhookDispatcher
from service.webhooks.subscriptions import Webhook, WebhookWithSecret

__all__ = ["Webhook", "WebhookDispatcher", "WebhookWithSecret"]
