"""Query parameters of the API: their models, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)

from service.common import dates, ids
from service.common.validation import FieldError, error_message
from service.ingest.parsing import urls
from service.queries import (
    EVENT_CURSOR_PATTERN,
    ArticleFilter,
    DecisionFilter,
    EventFilter,
    EventSort,
    EventState,
)
from service.queries.decisions import DecisionViewKind
from service.web.http.problems import ProblemError

_INVALID_PARAMETER: Final = "a query parameter is invalid"
_CONFIG: Final = ConfigDict(frozen=True, use_attribute_docstrings=True)
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


_Since = Annotated[datetime, BeforeValidator(_parse_since), _DATE_SCHEMA]
_Until = Annotated[datetime, BeforeValidator(_parse_until), _DATE_SCHEMA]
MAX_SEARCH_CHARS: Final = 500
"""Length of a search."""
_LANGUAGE_CODE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE)


_LANGUAGE_FORM: Final = Field(
    json_schema_extra={"pattern": "^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$"}
)


def _check_language(value: str) -> str:
    if value and not _LANGUAGE_CODE.fullmatch(value):
        raise ValueError('must be the code of a language, such as "en"')
    return value


class EventQuery(BaseModel):
    """Parameters of a list of events."""

    model_config = _CONFIG

    since: _Since | None = None
    """Only events with an article at or after this time (ISO 8601)."""
    until: _Until | None = None
    """Only events whose first article is before this time; a day without a time counts to its
    end."""
    q: str | None = Field(default=None, max_length=MAX_SEARCH_CHARS)
    """Only events with an article, or a headline, that has all these words. `"a phrase"`,
    `a OR b`, `begin*` and `-without` are understood; case and accents make no difference."""
    source: str | None = None
    """Only events with an article from this source, by its whole name."""
    language: Annotated[str, AfterValidator(_check_language), _LANGUAGE_FORM] | None = None
    """Only events with an article in this language (ISO 639-1)."""
    min_size: int = Field(default=1, ge=1, lt=2**63)
    """Only events with at least this many articles."""
    storyline: Annotated[str, Field(pattern=ids.pattern("e"))] | None = None
    """Only the events of the storyline of this event."""
    state: EventState = "open"
    """"open" events have articles; "merged" and "empty" events are closed and show their last
    state."""
    cursor: str | None = Field(default=None, json_schema_extra={"pattern": EVENT_CURSOR_PATTERN})
    """`next_cursor` of the previous page."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Events per page."""
    sort: EventSort = "newest"
    """The highest first: by newest article, by rank (many independent sources, recently), by
    articles, or by independent sources."""

    def filters(self) -> EventFilter:
        """Return the filters, without cursor and limit."""
        return EventFilter(
            since=self.since,
            until=self.until,
            q=self.q,
            source=self.source or None,
            language=self.language or None,
            min_size=self.min_size,
            storyline=ids.decode("e", self.storyline) or 0 if self.storyline else None,
            state=self.state,
        )


Within = Literal["24h", "3d", "7d", "all"]


class EventListQuery(EventQuery):
    """Parameters of the page that lists events."""

    within: Within | None = None
    """Only events with an article in the last day or days."""
    singles: bool = False
    """List events of one article too, although nothing is filtered."""
    unreviewed: bool = False
    """Only events that nobody has reviewed since they last changed."""


class ArticleQuery(BaseModel):
    """Parameters of a list of articles."""

    model_config = _CONFIG

    url: str | None = None
    """Only articles with this address; tracking parameters and the like make no difference."""
    event: Annotated[str, Field(pattern=ids.pattern("e"))] | None = None
    """Only articles of this event."""
    source: str | None = None
    """Only articles from this source, by its whole name."""
    since: _Since | None = None
    """Only articles published at or after this time (ISO 8601); received, if that is unknown."""
    until: _Until | None = None
    """Only articles published before this time; a day without a time counts to its end."""
    q: str | None = Field(default=None, max_length=MAX_SEARCH_CHARS)
    """Only articles that have these words in title or text; see `/v1/search`."""
    cursor: int | None = Field(default=None, ge=1, lt=2**63)
    """`next_cursor` of the previous page."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Articles per page."""

    def filters(self) -> ArticleFilter:
        """Return the filters, without cursor and limit.

        Raises
        ------
        ProblemError
            If `url` is no address.
        """
        return ArticleFilter(
            q=self.q or None,
            canonical_url=_canonical_url(self.url) if self.url else None,
            event=ids.decode("e", self.event) or 0 if self.event else None,
            source=self.source or None,
            since=self.since,
            until=self.until,
        )


class SearchQuery(BaseModel):
    """Parameters of a search."""

    model_config = _CONFIG

    q: Annotated[str, Field(min_length=1, max_length=MAX_SEARCH_CHARS)]
    """Words that the title or text must have. `"a phrase"`, `a OR b`, `begin*` and `-without` are
    understood; case and accents make no difference."""
    source: str | None = None
    """Only articles from this source, by its whole name."""
    since: _Since | None = None
    """Only articles published at or after this time (ISO 8601); received, if that is unknown."""
    until: _Until | None = None
    """Only articles published before this time; a day without a time counts to its end."""
    cursor: int | None = Field(default=None, ge=1, lt=2**63)
    """`next_cursor` of the previous page."""
    limit: int = Field(default=20, ge=1, le=100)
    """Articles per page."""

    def filters(self) -> ArticleFilter:
        """Return the filters, without cursor and limit."""
        return ArticleFilter(
            q=self.q, source=self.source or None, since=self.since, until=self.until
        )


class SimilarQuery(BaseModel):
    """What to look up similar articles and events of: an article, or a text."""

    model_config = _CONFIG

    article_id: str | None = None
    """A stored article. Without it, `title` and `text` say what to look up."""
    title: str = ""
    """Of a text that is not stored."""
    text: str = ""
    """A text that is not stored."""


class RemovalQuery(BaseModel):
    """Which articles to remove: those that match all that is given, of which one is required."""

    model_config = _CONFIG

    source: str | None = None
    """Only articles from this source, by its whole name."""
    before: _Since | None = None
    """Only articles published before this time; received, if that is unknown."""
    url: str | None = None
    """Only articles with this address."""
    confirm: int | None = Field(default=None, ge=0)
    """The number of articles that the call without it gave. They are removed if they are still as
    many."""

    def filters(self) -> ArticleFilter:
        """Return the filters.

        Raises
        ------
        ProblemError
            If there is none, or `url` is no address.
        """
        if not (self.source or self.before or self.url):
            message = "one of source, before and url is required"
            raise ProblemError(422, message, FieldError("", message))
        return ArticleFilter(
            source=self.source or None,
            until=self.before,
            canonical_url=_canonical_url(self.url) if self.url else None,
        )


def _canonical_url(url: str) -> str:
    try:
        return urls.canonicalise(url)
    except ValueError as error:
        raise ProblemError(422, _INVALID_PARAMETER, FieldError("url", str(error))) from None


MAX_WAIT_SECONDS: Final = 60
"""Longest wait of a long poll."""


class ChangeQuery(BaseModel):
    """Parameters of a list of changes."""

    model_config = _CONFIG

    since: int = Field(default=0, ge=0, lt=2**63)
    """`next_cursor` of the previous response; 0 is the beginning of the log."""
    limit: int = Field(default=1000, ge=1, le=10_000)
    """Changes per response."""
    wait: float = Field(default=0.0, ge=0.0, le=MAX_WAIT_SECONDS)
    """Seconds to wait for a change if there is none yet. At most half of the service's threads may
    wait; if they already do, the response comes at once."""


class DecisionQuery(BaseModel):
    """Parameters of a list of decisions."""

    model_config = _CONFIG

    active: bool = False
    """Only decisions that are not undone."""
    kind: DecisionViewKind | None = None
    """Only decisions of this kind."""
    actor: str | None = Field(default=None, min_length=1, max_length=200)
    """Only decisions of this editor or program."""
    cursor: int | None = Field(default=None, ge=1, lt=2**63)
    """`next_cursor` of the previous page."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Decisions per page."""

    def filters(self) -> DecisionFilter:
        """Return the conditions on decisions."""
        return DecisionFilter(active_only=self.active, kind=self.kind, actor=self.actor)


class ReviewQueueQuery(BaseModel):
    """Parameters of the review queue."""

    model_config = _CONFIG

    limit: int = Field(default=50, ge=1, le=1000)
    """Pairs per response."""


class VersionQuery(BaseModel):
    """Parameters of a list of versions."""

    model_config = _CONFIG

    cursor: int | None = Field(default=None, ge=1, lt=2**31)
    """`next_cursor` of the previous page."""
    limit: int = Field(default=20, ge=1, le=100)
    """Versions per page."""


_Query = TypeVar("_Query", bound=BaseModel)


def parse_query(model: type[_Query], args: Mapping[str, str]) -> _Query:
    """Read the parameters of a page; a field that its form leaves empty counts as absent.

    Raises
    ------
    ProblemError
        As `parse_api_query` does.
    """
    values = {name: value.strip() for name, value in args.items()}
    return parse_api_query(model, {name: value for name, value in values.items() if value})


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
