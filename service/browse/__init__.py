"""What the store knows, as the API and the pages show it. Reads only.

Every function takes a `Store`, opens one read transaction and returns plain frozen values with
outside ids (``e1``, ``g1``) and times in UTC.
"""

from service.browse.decisions import (
    DecisionPage,
    DecisionView,
    decision,
    decisions,
    decisions_about,
    decisions_by_id,
)
from service.browse.detail import article, event, group, places
from service.browse.history import versions
from service.browse.listing import BadCursorError, events, newer, stats
from service.browse.paged import GroupPart, Mention, PagedEvent, event_page
from service.browse.streams import as_change, assignments, changes, newest_change
from service.browse.views import (
    ArticleView,
    AssignmentView,
    ChangeKind,
    ChangePage,
    ChangeView,
    CreditedPlacement,
    EventFilter,
    EventPage,
    EventState,
    EventSummary,
    EventView,
    GroupView,
    Member,
    MergedInto,
    Place,
    Placement,
    Stats,
    Version,
    VersionPage,
)

__all__ = [
    "ArticleView",
    "AssignmentView",
    "BadCursorError",
    "ChangeKind",
    "ChangePage",
    "ChangeView",
    "CreditedPlacement",
    "DecisionPage",
    "DecisionView",
    "EventFilter",
    "EventPage",
    "EventState",
    "EventSummary",
    "EventView",
    "GroupPart",
    "GroupView",
    "Member",
    "Mention",
    "MergedInto",
    "PagedEvent",
    "Place",
    "Placement",
    "Stats",
    "Version",
    "VersionPage",
    "article",
    "as_change",
    "assignments",
    "changes",
    "decision",
    "decisions",
    "decisions_about",
    "decisions_by_id",
    "event",
    "event_page",
    "events",
    "group",
    "newer",
    "newest_change",
    "places",
    "stats",
    "versions",
]
