"""Webhooks: deliver changes to subscribers, signed and in order, until they are received."""

from service.webhooks.dispatcher import WebhookDispatcher
from service.webhooks.subscriptions import Webhook, WebhookWithSecret

__all__ = ["Webhook", "WebhookDispatcher", "WebhookWithSecret"]
