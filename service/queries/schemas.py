"""What is shown: plain frozen values with outside ids and times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from clustering.types import Outcome
from service.common.schema import DOCSTRING_CONFIG
from service.queries.evidence import EvidenceView

EVENT_CURSOR_PATTERN: Final = "^[A-Za-z0-9_-]{24}$"
SEQ_CURSOR_PATTERN: Final = "^[0-9]{1,19}$"
SeqCursor = Annotated[str, Field(pattern=SEQ_CURSOR_PATTERN)]
"""A cursor that is a position in the change log, or a decision's number."""
EventState = Literal["open", "merged", "empty"]
ChangeKind = Literal[
    "article.assigned",
    "article.updated",
    "article.moved",
    "article.removed",
    "articles.retired",
    "article.recalled",
    "store.reclustered",
    "decision.made",
    "decision.undone",
    "event.merged",
    "event.split",
    "group.merged",
    "group.split",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events to list; what is None does not matter."""

    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    source: str | None = None
    language: str | None = None
    min_size: int = 1
    state: EventState = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSummary:
    """An event as a list shows it."""

    __pydantic_config__ = DOCSTRING_CONFIG

    event_id: str
    headline: str
    """The title of its most central article; the beginning of a text where none has a title. If
    somebody has named it, that."""
    state: EventState
    size: int
    """Articles, reprints included."""
    group_count: int
    """Duplicate groups: articles, reprints not counted."""
    first_seen: datetime
    """When its first article was published (received, where that is unknown)."""
    last_seen: datetime
    sources: tuple[str, ...]
    """Every outlet that has an article in it."""
    independent_sources: int
    """Sources whose reports do not come from one another: the copies of a text count once, and
    the texts of one wire agency count once, for the agency."""
    languages: tuple[str, ...]
    key_terms: tuple[str, ...]
    """Words that its articles share and few others carry, the most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """A page of events, newest first."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[EventSummary, ...]
    next_cursor: Annotated[str, Field(pattern=EVENT_CURSOR_PATTERN)] | None
    """Give it back as `cursor` for the next page; null on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article as its group and event show it (everything but the text)."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    title: str
    excerpt: str
    """The first words of the text."""
    url: str | None
    source: str | None
    origin: str | None
    """The wire agency whose text it is by its credits, such as "AP"; null if they name none."""
    language: str
    """As given or detected; "und" where it can't be told."""
    published_at: str | None
    """As it was given."""
    seen_at: datetime
    """When it was published, or received where that is unknown."""
    version: int
    outcome: Outcome
    duplicate_of: str | None
    evidence: EvidenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A duplicate group: the canonical article first, then the others by time."""

    __pydantic_config__ = DOCSTRING_CONFIG

    duplicate_group_id: str
    event_id: str
    canonical_article_id: str
    canonical_by: str | None
    """The decision by which that article was chosen; null where it stands by the rule."""
    size: int
    sources: tuple[str, ...]
    """Every outlet that printed it."""
    independent_sources: int = 1
    """Copies of one text, so always 1."""
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView(EventSummary):
    """An event with all its articles by duplicate group, in order of time."""

    __pydantic_config__ = DOCSTRING_CONFIG

    locked_by: str | None
    """The decision by which it is locked; null where it is open to changes."""
    headline_by: str | None
    """The decision by which it has its headline; null where that comes from its articles."""
    seq: int
    """The newest change when this was read: for `seen` in a decision about it."""
    groups: tuple[GroupView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """Where an article belongs, and why."""

    __pydantic_config__ = DOCSTRING_CONFIG

    duplicate_group_id: str
    duplicate_of: str | None
    duplicate_of_url: str | None
    """Address of the canonical article; null where it has none, or is this article."""
    event_id: str
    event_size: int
    outcome: Outcome
    evidence: EvidenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as it is stored, with its current assignment."""

    __pydantic_config__ = DOCSTRING_CONFIG

    id: str
    url: str | None
    canonical_url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    origin: str | None
    """The wire agency whose text it is by its credits, such as "AP"; null if they name none."""
    language: str | None
    """As it was given."""
    detected_language: str
    """As given or detected; "und" where it can't be told."""
    version: int
    received_at: datetime
    updated_at: datetime
    assignment: AssignmentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as it was posted once."""

    __pydantic_config__ = DOCSTRING_CONFIG

    version: int
    posted_at: datetime
    """When this version came."""
    url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    language: str | None
    """As it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """Versions of an article, the newest first; the first of all is the present one."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    items: tuple[Version, ...]
    next_cursor: int | None
    """Give it back as `cursor` for the versions before these; null on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentItem:
    """One line of all current assignments."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    duplicate_group_id: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentItemWithOrigin(AssignmentItem):
    """A placement with the wire agency whose text it is by its credits."""

    origin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One thing that happened, in the order it happened."""

    __pydantic_config__ = DOCSTRING_CONFIG

    seq: int
    at: datetime
    kind: ChangeKind
    article_id: str | None
    duplicate_group_id: str | None
    event_id: str | None
    source_id: str | None
    """Merged: the one that is gone. Split: the one that articles left. Moved: the old event.
    Decided: the decision."""
    target_id: str | None
    """Merged: the survivor. Split: the new one. Moved: the new event."""
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes after a cursor."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[ChangeView, ...]
    next_cursor: SeqCursor
    """Give it back as `since`; it is always there, and the same while nothing new has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How much there is (living articles, groups and events)."""

    articles: int
    duplicate_groups: int
    events: int


@dataclass(frozen=True, slots=True)
class ArticleAssignment:
    """An article's name and where it belongs."""

    article_id: str
    assignment: AssignmentView


@dataclass(frozen=True, slots=True)
class MergedInto:
    """What was asked for went into another one, whose number this is."""

    number: int
