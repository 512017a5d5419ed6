"""Query parameters of the API: their models, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)

from service.common import dates
from service.common.validation import FieldError, error_message
from service.queries import EVENT_CURSOR_PATTERN, EventFilter, EventState
from service.web.http.problems import ProblemError

_FLAG_VALUES: Final = {"true": True, "1": True, "": True, "false": False, "0": False}
"""Accepted values of a flag. A parameter without a value (`?dry_run`) is true."""


_DATE_SCHEMA: Final = WithJsonSchema(
    {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
)


def _parse_since(value: str) -> datetime:
    return dates.from_timestamp(dates.parse_date(value).seconds)


def _parse_until(value: str) -> datetime:
    """Parse a time; a day without a time counts to its end."""
    parsed = dates.parse_date(value)
    return dates.from_timestamp(
        parsed.seconds + (0.0 if parsed.has_time else dates.SECONDS_PER_DAY)
    )


class EventQuery(BaseModel):
    """Parameters of a list of events."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    since: Annotated[datetime, BeforeValidator(_parse_since), _DATE_SCHEMA] | None = None
    """Only events with an article at or after this time (ISO 8601)."""
    until: Annotated[datetime, BeforeValidator(_parse_until), _DATE_SCHEMA] | None = None
    """Only events whose first article is before this time; a day without a time counts to its
    end."""
    q: str | None = Field(default=None, max_length=500)
    """Only events that have each of these words in the headline or a title."""
    source: str | None = None
    """Only events with an article from this source."""
    language: str | None = None
    """Only events with an article in this language (ISO 639-1)."""
    min_size: int = Field(default=1, ge=1, lt=2**63)
    """Only events with at least this many articles."""
    state: EventState = "open"
    """"open" events have articles; "merged" and "empty" events are closed and show their last
    state."""
    cursor: str | None = Field(default=None, json_schema_extra={"pattern": EVENT_CURSOR_PATTERN})
    """`next_cursor` of the previous page."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Events per page."""

    def filters(self) -> EventFilter:
        """Return the filters, without cursor and limit."""
        return EventFilter(
            since=self.since,
            until=self.until,
            q=self.q,
            source=self.source or None,
            language=self.language or None,
            min_size=self.min_size,
            state=self.state,
        )


MAX_WAIT_SECONDS: Final = 60
"""Longest wait of a long poll."""


class ChangeQuery(BaseModel):
    """Parameters of a list of changes."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    since: int = Field(default=0, ge=0, lt=2**63)
    """`next_cursor` of the previous response; 0 is the beginning of the log."""
    limit: int = Field(default=1000, ge=1, le=10_000)
    """Changes per response."""
    wait: float = Field(default=0.0, ge=0.0, le=MAX_WAIT_SECONDS)
    """Seconds to wait for a change if there is none yet. At most half of the service's threads may
    wait; if they already do, the response comes at once."""


class DecisionQuery(BaseModel):
    """Parameters of a list of decisions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    active: bool = False
    """Only decisions that are not undone."""
    cursor: int | None = Field(default=None, ge=1, lt=2**63)
    """`next_cursor` of the previous page."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Decisions per page."""


class ReviewQueueQuery(BaseModel):
    """Parameters of the review queue."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    limit: int = Field(default=50, ge=1, le=1000)
    """Pairs per response."""


class VersionQuery(BaseModel):
    """Parameters of a list of versions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    cursor: int | None = Field(default=None, ge=1, lt=2**31)
    """`next_cursor` of the previous page."""
    limit: int = Field(default=20, ge=1, le=100)
    """Versions per page."""


_INVALID_PARAMETER: Final = "a query parameter is invalid"

_Query = TypeVar("_Query", bound=BaseModel)


def parse_query(model: type[_Query], args: Mapping[str, str]) -> _Query:
    """Read the parameters of a page; a field that its form leaves empty counts as absent.

    Raises
    ------
    ProblemError
        As `parse_api_query` does.
    """
    return parse_api_query(model, {name: value for name, value in args.items() if value})


def parse_api_query(model: type[_Query], args: Mapping[str, str]) -> _Query:
    """Read the parameters of a call. An empty date or number is an error: it may be a lost one.

    Parameters
    ----------
    model : type of BaseModel
    args : mapping of str to str

    Raises
    ------
    ProblemError
        422, with every invalid parameter.
    """
    try:
        return model.model_validate(dict(args.items()))
    except ValidationError as error:
        field_errors = [
            FieldError(str(details["loc"][0]), error_message(details)) for details in error.errors()
        ]
        raise ProblemError(422, _INVALID_PARAMETER, *field_errors) from None


def parse_flag(name: str, args: Mapping[str, str]) -> bool:
    """Read a parameter that is true or false; without it, the flag is false.

    Raises
    ------
    ProblemError
        422 if the value is neither.
    """
    value = args.get(name)
    if value is None:
        return False
    if value.lower() not in _FLAG_VALUES:
        raise ProblemError(422, _INVALID_PARAMETER, FieldError(name, "must be true or false"))
    return _FLAG_VALUES[value.lower()]
