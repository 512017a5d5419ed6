"""Query parameters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.common import dates
from service.common.validation import FieldError, error_message
from service.queries import EventFilter, EventState
from service.web.http.problems import ProblemError

_SECONDS_PER_DAY: Final = 86400.0
_DATE_LENGTH: Final = len("2025-05-04")
_FLAG_VALUES: Final = {"true": True, "1": True, "": True, "false": False, "0": False}
"""A parameter without a value (`?dry_run`) is set."""


def _parse_since(value: str) -> datetime:
    return dates.from_timestamp(dates.parse(value))


def _parse_until(value: str) -> datetime:
    """A day without a time is meant to its end."""
    whole_day = len(value.strip()) <= _DATE_LENGTH
    return dates.from_timestamp(dates.parse(value) + (_SECONDS_PER_DAY if whole_day else 0.0))


class EventQuery(BaseModel):
    """Parameters of a list of events."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    since: Annotated[datetime, BeforeValidator(_parse_since)] | None = None
    """Only events with an article from then on (ISO 8601)."""
    until: Annotated[datetime, BeforeValidator(_parse_until)] | None = None
    """Only events that began before then; a day counts to its end."""
    q: str | None = Field(default=None, max_length=500)
    """Only events in whose headline or titles every one of these words stands."""
    source: str | None = None
    """Only events with an article of this source."""
    language: str | None = None
    """Only events with an article in this language (ISO 639-1)."""
    min_size: int = Field(default=1, ge=1)
    """Only events of at least so many articles."""
    state: EventState = "open"
    """"open" events have articles; "merged" and "empty" ones are gone, and show what they were."""
    cursor: str | None = None
    """`next_cursor` of the page before."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Events on a page."""

    def filters(self) -> EventFilter:
        """Return what to list, without how much of it."""
        return EventFilter(
            since=self.since,
            until=self.until,
            q=self.q,
            source=self.source,
            language=self.language,
            min_size=self.min_size,
            state=self.state,
        )


MAX_WAIT_SECONDS: Final = 60


class ChangeQuery(BaseModel):
    """Parameters of a list of changes."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    since: int = Field(default=0, ge=0, lt=2**63)
    """`next_cursor` of the answer before; 0 is the beginning."""
    limit: int = Field(default=1000, ge=1, le=10_000)
    """Changes in one answer."""
    wait: float = Field(default=0.0, ge=0.0, le=MAX_WAIT_SECONDS)
    """Seconds to wait for a change if there is none yet. Half of the service's threads may wait;
    where they do, the answer comes at once."""


class DecisionQuery(BaseModel):
    """Parameters of a list of decisions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    standing: bool = False
    """Only decisions that nobody has taken back."""
    cursor: int | None = Field(default=None, ge=1, lt=2**63)
    """`next_cursor` of the page before."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Decisions on a page."""


class ReviewQueueQuery(BaseModel):
    """Parameters of a list of doubts."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    limit: int = Field(default=50, ge=1, le=1000)
    """Doubts in the answer."""


class VersionQuery(BaseModel):
    """Parameters of a list of versions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    cursor: int | None = Field(default=None, ge=1, lt=2**31)
    """`next_cursor` of the page before."""
    limit: int = Field(default=20, ge=1, le=100)
    """Versions on a page."""


_Query = TypeVar("_Query", bound=BaseModel)


def parse_query(model: type[_Query], args: Mapping[str, str]) -> _Query:
    """Read query parameters.

    Raises
    ------
    ProblemError
        422, with every parameter that can't be used.
    """
    try:
        return model.model_validate({name: value for name, value in args.items() if value})
    except ValidationError as error:
        faults = [
            FieldError(str(fault["loc"][0]), error_message(fault)) for fault in error.errors()
        ]
        raise ProblemError(422, "a parameter can't be used", *faults) from None


def parse_flag(name: str, args: Mapping[str, str]) -> bool:
    """Read a parameter that is true or false.

    Raises
    ------
    ProblemError
    """
    value = args.get(name)
    if value is None:
        return False
    if value.lower() not in _FLAG_VALUES:
        raise ProblemError(
            422, "a parameter can't be used", FieldError(name, "must be true or false")
        )
    return _FLAG_VALUES[value.lower()]
