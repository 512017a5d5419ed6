"""Every operation of the API, described once: for the OpenAPI document and the docs page."""

from typing import Final

from service.web.docs.operations import articles, decisions, events, feeds, health, search, webhooks
from service.web.docs.operations.types import Content, Operation, SuccessResponse

OPERATIONS: Final = (
    *articles.OPERATIONS,
    *search.OPERATIONS,
    *events.OPERATIONS,
    *decisions.OPERATIONS,
    *webhooks.OPERATIONS,
    *feeds.OPERATIONS,
    *health.OPERATIONS,
)
"""In the order of the documentation page."""

__all__ = ["OPERATIONS", "Content", "Operation", "SuccessResponse"]
