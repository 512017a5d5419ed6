"""Read queries for the API and the pages.

Functions take a `Store`, open one read transaction and return plain frozen values with public ids
(``e1``, ``g1``) and times in UTC.
"""

from service.queries.articles import find_article_ids, list_articles, search_articles
from service.queries.backlog import Backlog, get_backlog
from service.queries.changes import get_last_seq, iter_assignments, list_changes, to_change_view
from service.queries.decisions import (
    DecisionPage,
    DecisionView,
    get_decision,
    get_decisions_by_id,
    list_answers,
    list_decisions,
    list_decisions_about,
)
from service.queries.details import get_article, get_assignments, get_event, get_group
from service.queries.event_list import EventDetails, find_event_details, find_newest_time
from service.queries.event_page import ArticleStub, PagedEvent, PagedGroup, get_event_page
from service.queries.events import (
    BadCursorError,
    count_events,
    find_newer_cursor,
    get_stats,
    list_and_count_events,
    list_events,
    suggest_sources,
)
from service.queries.lookup import FoundObject, find_object
from service.queries.search import find_passages
from service.queries.sources import SourceList, list_sources
from service.queries.storylines import StorylineLink, find_links
from service.queries.versions import list_versions
from service.queries.views import (
    EVENT_CURSOR_PATTERN,
    ArticleAssignment,
    ArticleFilter,
    ArticleItem,
    ArticlePage,
    ArticleView,
    AssignmentItem,
    AssignmentItemWithOrigin,
    AssignmentView,
    ChangeKind,
    ChangePage,
    ChangeView,
    EventFilter,
    EventPage,
    EventSort,
    EventState,
    EventSummary,
    EventView,
    GroupView,
    Member,
    MergedInto,
    SearchHit,
    SearchPage,
    Stats,
    Version,
    VersionPage,
)

__all__ = [
    "EVENT_CURSOR_PATTERN",
    "ArticleAssignment",
    "ArticleFilter",
    "ArticleItem",
    "ArticlePage",
    "ArticleStub",
    "ArticleView",
    "AssignmentItem",
    "AssignmentItemWithOrigin",
    "AssignmentView",
    "Backlog",
    "BadCursorError",
    "ChangeKind",
    "ChangePage",
    "ChangeView",
    "DecisionPage",
    "DecisionView",
    "EventDetails",
    "EventFilter",
    "EventPage",
    "EventSort",
    "EventState",
    "EventSummary",
    "EventView",
    "FoundObject",
    "GroupView",
    "Member",
    "MergedInto",
    "PagedEvent",
    "PagedGroup",
    "SearchHit",
    "SearchPage",
    "SourceList",
    "Stats",
    "StorylineLink",
    "Version",
    "VersionPage",
    "count_events",
    "find_article_ids",
    "find_event_details",
    "find_links",
    "find_newer_cursor",
    "find_newest_time",
    "find_object",
    "find_passages",
    "get_article",
    "get_assignments",
    "get_backlog",
    "get_decision",
    "get_decisions_by_id",
    "get_event",
    "get_event_page",
    "get_group",
    "get_last_seq",
    "get_stats",
    "iter_assignments",
    "list_and_count_events",
    "list_answers",
    "list_articles",
    "list_changes",
    "list_decisions",
    "list_decisions_about",
    "list_events",
    "list_sources",
    "list_versions",
    "search_articles",
    "suggest_sources",
    "to_change_view",
]
