"""Read queries for the API and the pages.

Functions take a `Store`, open one read transaction and return plain frozen values with public ids
(``e1``, ``g1``) and times in UTC.
"""

from service.queries.changes import get_last_seq, iter_assignments, list_changes, to_change_view
from service.queries.decisions import (
    DecisionPage,
    DecisionView,
    get_decision,
    get_decisions_by_id,
    list_decisions,
    list_decisions_about,
)
from service.queries.details import get_article, get_assignments, get_event, get_group
from service.queries.event_page import ArticleStub, PagedEvent, PagedGroup, get_event_page
from service.queries.events import BadCursorError, find_newer_cursor, get_stats, list_events
from service.queries.versions import list_versions
from service.queries.views import (
    EVENT_CURSOR_PATTERN,
    ArticleAssignment,
    ArticleView,
    AssignmentItem,
    AssignmentItemWithOrigin,
    AssignmentView,
    ChangeKind,
    ChangePage,
    ChangeView,
    EventFilter,
    EventPage,
    EventState,
    EventSummary,
    EventView,
    GroupView,
    Member,
    MergedInto,
    Stats,
    Version,
    VersionPage,
)

__all__ = [
    "EVENT_CURSOR_PATTERN",
    "ArticleAssignment",
    "ArticleStub",
    "ArticleView",
    "AssignmentItem",
    "AssignmentItemWithOrigin",
    "AssignmentView",
    "BadCursorError",
    "ChangeKind",
    "ChangePage",
    "ChangeView",
    "DecisionPage",
    "DecisionView",
    "EventFilter",
    "EventPage",
    "EventState",
    "EventSummary",
    "EventView",
    "GroupView",
    "Member",
    "MergedInto",
    "PagedEvent",
    "PagedGroup",
    "Stats",
    "Version",
    "VersionPage",
    "find_newer_cursor",
    "get_article",
    "get_assignments",
    "get_decision",
    "get_decisions_by_id",
    "get_event",
    "get_event_page",
    "get_group",
    "get_last_seq",
    "get_stats",
    "iter_assignments",
    "list_changes",
    "list_decisions",
    "list_decisions_about",
    "list_events",
    "list_versions",
    "to_change_view",
]
