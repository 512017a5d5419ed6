"""Questions of the review queue in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from clustering.types import QuestionKind
from service.common.formatting import format_count, format_percent
from service.review.queue import UncertainPairView
from service.store import Store
from service.web.admin.presenters import display_names
from service.web.admin.presenters.display_names import DisplayNames

QUESTIONS: Final[Mapping[QuestionKind, str]] = MappingProxyType(
    {
        "event": "Do these articles report the same event?",
        "merge": "Were these rightly made one event?",
        "split": "Is this event two events?",
        "duplicate": "Is one of these a copy of the other?",
    }
)


def find_names(store: Store, pairs: Iterable[UncertainPairView]) -> DisplayNames:
    """Look up the headlines and titles that questions mention."""
    pairs = tuple(pairs)
    event_ids = {event_id for pair in pairs for event_id in pair.event_ids}
    article_ids = {id_ for pair in pairs for id_ in (*pair.article_ids, pair.cause_id) if id_}
    return display_names.find_names(store, event_ids, article_ids)


def describe(pair: UncertainPairView, names: DisplayNames) -> str:
    """Return a plain text that says how likely it is, where the two are, and what is at stake."""
    measure = "Text in common" if pair.kind == "duplicate" else "Likely the same event"
    first, second = (f"“{names.events.get(id_, id_)}”" for id_ in pair.event_ids)
    place = f"both are in {first}" if pair.together else f"they are in {first} and {second}"
    text = f"{measure}: {format_percent(pair.probability)}. Now {place}."
    if pair.kind == "duplicate":
        return text
    other_answer = "Different events" if pair.together else "Same event"
    moved = format_count(pair.articles_moved, "article")
    return f"{text} “{other_answer}” moves at least {moved}."
