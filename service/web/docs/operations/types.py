"""What describes an operation: its request, its responses and their contents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

WRITE_ERROR_STATUSES: Final = (400, 413, 415, 422, 503)
"""Errors of every operation that reads a body and writes to the store."""


class DryRunQuery(BaseModel):
    """The parameter of operations that can judge without storing."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    dry_run: bool = Field(default=False)
    """Return the result, and store nothing."""


class MergedResponse(BaseModel):
    """The event or duplicate group that another one has merged into."""

    merged_into: str


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media type, the Python type of its schema, and an example."""

    media_type: str
    schema_type: Any
    example: Any = None


@dataclass(frozen=True, slots=True)
class SuccessResponse:
    """A response other than an error."""

    description: str
    content: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: a method of a path."""

    operation_id: str
    method: str
    path: str
    summary: str
    description: str = ""
    path_params: dict[str, str] = field(default_factory=dict)
    """Parameters in the path, each with an example."""
    headers: dict[str, str] = field(default_factory=dict)
    """Required headers, each with its description."""
    query_model: type[BaseModel] | None = None
    body: tuple[Content, ...] = ()
    needs_body: bool = True
    """Whether a request without a body is refused, if the operation reads one."""
    responses: dict[int, SuccessResponse]
    error_statuses: tuple[int, ...] = ()
    example_query: str = ""
    """Query string of the example, with its question mark."""
    is_public: bool = False
    """Whether it needs no token."""
