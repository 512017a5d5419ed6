"""What changes is sent to whoever subscribed: signed, in order, until it is received."""

from service.webhooks.courier import Courier
from service.webhooks.subscriptions import Webhook, WebhookWithSecret

__all__ = ["Courier", "Webhook", "WebhookWithSecret"]
