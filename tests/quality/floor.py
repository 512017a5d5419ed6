"""What the library reaches on the starter corpus, language by language.

    PYTHONPATH=tests .venv/bin/python tests/quality/floor.py

writes the figures of today to floor.json. They are only ever raised: whoever lowers one says why
in the commit.
"""

from __future__ import annotations

import json
from math import floor
from pathlib import Path

import starter

from clustering import evaluate
from clustering.batch import assign

FILE = Path(__file__).with_name("floor.json")

Figures = dict[str, dict[str, float]]


def measure() -> Figures:
    """B-cubed F1 of the events and pairwise F1 of the duplicate groups, articles taken by date."""
    assignments = assign(starter.articles())
    found = [assignments[article.key] for article in starter.articles()]
    groups, events = starter.gold("duplicate_group"), starter.gold("event")
    languages = [record["language"] for record in starter.records()]
    figures: Figures = {}
    for language in dict.fromkeys(languages):
        at = [place for place, each in enumerate(languages) if each == language]
        of_events = evaluate([events[a] for a in at], [found[a].event for a in at])
        of_groups = evaluate([groups[a] for a in at], [found[a].group for a in at])
        figures[language] = {
            "events_bcubed_f1": _down(of_events.bcubed.f1),
            "duplicates_pair_f1": _down(of_groups.pairwise.f1),
        }
    return figures


def read() -> Figures:
    figures: Figures = json.loads(FILE.read_text(encoding="utf-8"))
    return figures


def _down(figure: float) -> float:
    return floor(figure * 10_000) / 10_000


if __name__ == "__main__":
    FILE.write_text(json.dumps(measure(), indent=2) + "\n", encoding="utf-8")
