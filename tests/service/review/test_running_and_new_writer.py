"""A history after which a running and a newly started writer once proposed differently.

The neighbours of a group in a locked event were clustered again only if their rows were known.
"""

from __future__ import annotations

from typing import Any

from tests.service.review.test_decision_invariants import DecisionMachine

HISTORY: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("restart_writer", {"writer_number": 0, "text": 17, "date": None}, []),
    ("relate_articles", {"writer_number": 0, "kind": "duplicate"}, [["a4", "a2", "a3"], False]),
    ("relate_articles", {"writer_number": 1, "kind": "same_event"}, [["a1", "a3", "a2"], False]),
    ("edit_event", {"writer_number": 1, "kind": "merge_events"}, ["e1", "e1", "a3"]),
    ("pass_time", {"days": 20}, []),
    ("add_article", {"article_id": "a1", "writer_number": 0, "text": 6, "date": "2025-06-14"}, []),
    ("restart_writer", {"writer_number": 1, "text": 17, "date": "2025-06-16"}, []),
    ("restart_writer", {"writer_number": 1, "text": 4, "date": "2025-06-14"}, []),
    ("restart_writer", {"writer_number": 1, "text": 2, "date": None}, []),
    ("add_article", {"article_id": "a8", "writer_number": 0, "text": 2, "date": "2025-06-14"}, []),
    ("undo_decision", {"writer_number": 1}, ["d1"]),
    ("restart_writer", {"writer_number": 1, "text": 14, "date": "2025-06-16"}, []),
    ("relate_articles", {"writer_number": 1, "kind": "duplicate"}, [["a5", "a0", "a4"], True]),
    ("add_article", {"article_id": "a3", "writer_number": 0, "text": 10, "date": None}, []),
    ("edit_event", {"writer_number": 1, "kind": "unlock_event"}, ["e1", "e1", "a2"]),
    ("edit_event", {"writer_number": 0, "kind": "merge_events"}, ["e4", "e4", "a2"]),
    ("pass_time", {"days": 1}, []),
    ("pass_time", {"days": 20}, []),
    ("pass_time", {"days": 40}, []),
    ("undo_decision", {"writer_number": 0}, ["d2"]),
    ("pass_time", {"days": 40}, []),
    ("add_article", {"article_id": "a8", "writer_number": 0, "text": 11, "date": "2025-06-16"}, []),
    ("add_article", {"article_id": "a8", "writer_number": 1, "text": 14, "date": "2025-06-14"}, []),
    ("relate_articles", {"writer_number": 0, "kind": "duplicate"}, [["a4", "a3", "a2"], True]),
    ("pass_time", {"days": 1}, []),
    ("edit_event", {"writer_number": 1, "kind": "move_article"}, ["e7", "e1", "a0", False]),
    ("restart_writer", {"writer_number": 0, "text": 18, "date": None}, []),
    ("edit_event", {"writer_number": 0, "kind": "split_event"}, ["e5", "e7", "a2"]),
    ("restart_writer", {"writer_number": 0, "text": 15, "date": "2025-06-16"}, []),
    ("add_article", {"article_id": "a7", "writer_number": 1, "text": 15, "date": "2025-06-16"}, []),
    ("relate_articles", {"writer_number": 0, "kind": "keep_apart"}, [["a1", "a2"], False]),
    ("add_article", {"article_id": "a1", "writer_number": 1, "text": 4, "date": None}, []),
    ("add_article", {"article_id": "a7", "writer_number": 0, "text": 11, "date": "2025-06-14"}, []),
    ("relate_articles", {"writer_number": 1, "kind": "duplicate"}, [["a8", "a3", "a5"], True]),
    ("restart_writer", {"writer_number": 0, "text": 16, "date": "2025-06-14"}, []),
    ("edit_event", {"writer_number": 0, "kind": "lock_event"}, ["e10", "e1", "a7", False]),
    ("relate_articles", {"writer_number": 0, "kind": "not_duplicate"}, [["a7", "a3"], False]),
]
"""Rules of the state machine with their arguments, and the values that they draw."""


class PresetChoices:
    """Stands in for Hypothesis' data: gives the values it was made with, in their order."""

    def __init__(self, values: list[Any]) -> None:
        self._values = list(values)

    def draw(self, _: object) -> Any:
        return self._values.pop(0)


def test_new_writer_proposes_like_a_running_one() -> None:
    machine = DecisionMachine()
    machine.open()
    try:
        for rule, arguments, choices in HISTORY:
            extra = {"data": PresetChoices(choices)} if choices else {}
            getattr(machine, rule)(**arguments, **extra)
            machine.every_active_decision_holds()
        machine.restart_writer(writer_number=1, text=6, date="2025-06-16")
    finally:
        machine.teardown()
