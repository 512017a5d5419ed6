"""Invented labelled news: events with invented names, reported by several outlets."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_WORDS = """
about after against again along also another answer asked because before began behind board bridge
called came change city close coast company council country court crossing decision early evening
family final fire found garden given ground half harbour help hill hospital hour house island judge
known large last later letter light local long market meeting member minister money month morning
mountain move near never night notice offer office officer open order park part people place plan
police port price public quiet rail rain ready repair report rescue river road said sale school
season second several ship short side small snow soon south square station still storm street strong
summer table teacher told tower town trade train trial under until valley vessel village visit vote
"""
_COMMON_WORDS = _WORDS.split()
_SOUNDS = ("br d dr gr k kl m n p st t tr v w z", "a e i o u ae ei oa", "ck lm nd rk sk th v x")
_OUTLETS = ("Northern Post", "The Ledger", "Harbour Times", "Evening Mirror")
_START = datetime(2021, 3, 1, tzinfo=UTC)


class LabelledNewsFactory:
    """Makes articles about invented events from a seed.

    Two names of each event recur in other events, if there are any recurring names.
    """

    def __init__(self, seed: int, *, recurring_names: int = 8) -> None:
        self._random = random.Random(seed)
        self._recurring_names = [self._invented_name() for _ in range(recurring_names)]

    def records(
        self,
        events: int,
        articles_per_event: int = 3,
        *,
        dated: bool = True,
        hours_between_events: int = 12,
    ) -> list[Record]:
        """Make articles about a number of events, in order of date."""
        return [
            {
                "id": f"w{event}-{number}",
                "url": None,
                "title": title,
                "text": text,
                "published_at": self._date(event * hours_between_events) if dated else None,
                "source": self._random.choice(_OUTLETS),
                "language": "en",
                "event": f"event {event}",
                "duplicate_group": f"text {event}-{number}",
            }
            for event in range(events)
            for number, (title, text) in enumerate(self._titles_and_texts(articles_per_event))
        ]

    def _titles_and_texts(self, count: int) -> list[tuple[str, str]]:
        recurring = self._random.sample(self._recurring_names, min(2, len(self._recurring_names)))
        names = [*(self._invented_name() for _ in range(4)), *recurring]
        theme = self._random.sample(_COMMON_WORDS, 12)
        return [(self._sentence(names, theme, 7), self._text(names, theme)) for _ in range(count)]

    def _text(self, names: Sequence[str], theme: Sequence[str]) -> str:
        return " ".join(self._sentence(names, theme, 14) + "." for _ in range(6))

    def _sentence(self, names: Sequence[str], theme: Sequence[str], length: int) -> str:
        words = [
            *self._random.sample(names, 2),
            *self._random.sample(theme, 2),
            *self._random.sample(_COMMON_WORDS, length - 4),
        ]
        self._random.shuffle(words)
        return " ".join([words[0].capitalize(), *words[1:]])

    def _invented_name(self) -> str:
        first, middle, last = (sounds.split() for sounds in _SOUNDS)
        parts = (self._random.choice(first) + self._random.choice(middle) for _ in range(2))
        return ("".join(parts) + self._random.choice(last)).capitalize()

    def _date(self, hours: int) -> str:
        return (_START + timedelta(hours=hours + self._random.randint(0, 10))).isoformat()


def write_jsonl(path: Path, records: Iterable[Record]) -> Path:
    """Write records as JSON lines, compressed if the name ends in ".gz"."""
    lines = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path
