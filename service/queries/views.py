"""Public views: plain frozen values with public ids and times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from clustering.types import Outcome
from service.common.docstring_config import DOCSTRING_CONFIG
from service.queries.evidence import EvidenceView
from service.store.search.passages import PassagePart

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


EventSort = Literal["newest", "rank", "size", "sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events to list; fields that are None do not filter."""

    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    """A search as `service.store.search.query.parse_query` reads it."""
    source: str | None = None
    language: str | None = None
    min_size: int = 1
    state: EventState = "open"
    storyline: int | None = None
    """Number of an event: only the events of its storyline."""
    unreviewed: bool = False
    """Only events that nobody has reviewed since they last changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    """Which articles to list; fields that are None do not filter."""

    q: str | None = None
    """As in `EventFilter`."""
    canonical_url: str | None = None
    event: int | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleItem:
    """An article in a list, without its text."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    title: str
    url: str | None
    source: str | None
    language: str
    """As given or detected; "und" if it is unknown."""
    published_at: str | None
    """As given."""
    seen_at: datetime
    """When it was published; when it was received, if that is unknown."""
    received_at: datetime
    version: int
    duplicate_group_id: str
    duplicate_of: str | None
    event_id: str
    event_headline: str
    event_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """A page of articles, those received last first."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[ArticleItem, ...]
    next_cursor: SeqCursor | None
    """Send it as `cursor` for the next page; null on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit(ArticleItem):
    """An article that a search found."""

    marked_title: tuple[PassagePart, ...]
    """The title; empty if there is none."""
    passage: tuple[PassagePart, ...]
    """The part of the text with the found words; empty if they are in the title only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of what a search found, those received last first."""

    __pydantic_config__ = DOCSTRING_CONFIG

    articles: int
    """Number of articles found, 1,000 at most."""
    events: int
    """Number of events that these are in."""
    more: bool
    """Whether more articles match than `articles` says, or may: those that have the words of a
    phrase are not all checked at once."""
    items: tuple[SearchHit, ...]
    next_cursor: SeqCursor | None
    """Send it as `cursor` for the next page; null on the last one. A page before it may have fewer
    items than `limit`, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSummary:
    """An event in a list."""

    __pydantic_config__ = DOCSTRING_CONFIG

    event_id: str
    headline: str
    """The headline given by an editor; else the title of the most central article; else, if no
    article has a title, the beginning of a text."""
    state: EventState
    size: int
    """Number of articles, near-duplicates included."""
    group_count: int
    """Number of duplicate groups."""
    first_seen: datetime
    """When the first article was published; when it was received, if that is unknown."""
    last_seen: datetime
    """The same for the last article."""
    sources: tuple[str, ...]
    """All outlets with an article in the event."""
    independent_sources: int
    """Number of independent sources: the copies of a text count once, and all texts of one wire
    agency count once, for the agency."""
    languages: tuple[str, ...]
    key_terms: tuple[str, ...]
    """Terms that its articles share and few other articles contain, the most specific first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """A page of events, in the order asked for."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[EventSummary, ...]
    next_cursor: Annotated[str, Field(pattern=EVENT_CURSOR_PATTERN)] | None
    """Send it as `cursor` for the next page; null on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article in its group and event, without the full text."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    title: str
    excerpt: str
    """The first words of the text."""
    url: str | None
    source: str | None
    origin: str | None
    """The wire agency named in the credits of the text, such as "AP"; null if there is none."""
    language: str
    """As given or detected; "und" if it is unknown."""
    published_at: str | None
    """As given."""
    seen_at: datetime
    """When it was published; when it was received, if that is unknown."""
    version: int
    outcome: Outcome
    duplicate_of: str | None
    placed_by: str | None
    """The decision or undo that moved it into its event; null if no decision did."""
    evidence: EvidenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A duplicate group: the canonical article first, then the others in order of time."""

    __pydantic_config__ = DOCSTRING_CONFIG

    duplicate_group_id: str
    event_id: str
    canonical_article_id: str
    canonical_by: str | None
    """The decision by which that article was chosen; null if the canonical rule chose it."""
    size: int
    sources: tuple[str, ...]
    """All outlets that published it."""
    independent_sources: int = 1
    """Always 1, because all members are copies of one text."""
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView(EventSummary):
    """An event with all its articles, by duplicate group and in order of time."""

    __pydantic_config__ = DOCSTRING_CONFIG

    locked_by: str | None
    """The decision by which it is locked; null if it is not."""
    headline_by: str | None
    """The decision by which it has its headline; null if that comes from its articles."""
    seq: int
    """The newest change when this was read; to be sent as `seen` with a decision about it."""
    groups: tuple[GroupView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """The duplicate group and event of an article, with the evidence."""

    __pydantic_config__ = DOCSTRING_CONFIG

    duplicate_group_id: str
    duplicate_of: str | None
    duplicate_of_url: str | None
    """Address of the canonical article; null where it has none, or is this article."""
    event_id: str
    event_size: int
    outcome: Outcome
    placed_by: str | None
    """The decision or undo that moved it into its event; null if no decision did."""
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
    """The wire agency named in the credits of the text, such as "AP"; null if there is none."""
    language: str | None
    """As given."""
    detected_language: str
    """As given or detected; "und" if it is unknown."""
    version: int
    received_at: datetime
    updated_at: datetime
    assignment: AssignmentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an article, as posted."""

    __pydantic_config__ = DOCSTRING_CONFIG

    version: int
    posted_at: datetime
    """When this version was received."""
    url: str | None
    title: str
    text: str
    published_at: str | None
    source: str | None
    language: str | None
    """As given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """Versions of an article, the newest first; the newest is the current one."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    items: tuple[Version, ...]
    next_cursor: int | None
    """Send it as `cursor` for the versions before these; null on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentItem:
    """One line of the list of all current assignments."""

    __pydantic_config__ = DOCSTRING_CONFIG

    article_id: str
    duplicate_group_id: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentItemWithOrigin(AssignmentItem):
    """An assignment with the origin of the text."""

    origin: str | None
    """The wire agency named in the credits of the text, such as "AP"; null if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One row of the change log."""

    __pydantic_config__ = DOCSTRING_CONFIG

    seq: int
    at: datetime
    kind: ChangeKind
    article_id: str | None
    duplicate_group_id: str | None
    event_id: str | None
    source_id: str | None
    """Merged: the event or group that is gone. Split: the one that articles left. Moved: the old
    event. Decisions: the decision."""
    target_id: str | None
    """Merged: the event or group that remains. Split: the new one. Moved: the new event."""
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes after a cursor."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[ChangeView, ...]
    next_cursor: SeqCursor
    """Send it as `since` for later changes; never null, and unchanged while there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Number of articles, of duplicate groups and of open events."""

    articles: int
    duplicate_groups: int
    events: int


@dataclass(frozen=True, slots=True)
class ArticleAssignment:
    """The id of an article and its assignment."""

    article_id: str
    assignment: AssignmentView


@dataclass(frozen=True, slots=True)
class MergedInto:
    """The requested event or group has merged into another one, which has this number."""

    number: int
