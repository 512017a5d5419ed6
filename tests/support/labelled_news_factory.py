"""Labelled news that nobody reported: events with invented names, told by several outlets."""

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
_COMMON = _WORDS.split()
_SOUNDS = ("br d dr gr k kl m n p st t tr v w z", "a e i o u ae ei oa", "ck lm nd rk sk th v x")
_OUTLETS = ("Northern Post", "The Ledger", "Harbour Times", "Evening Mirror")
_START = datetime(2021, 3, 1, tzinfo=UTC)


class LabelledNewsFactory:
    """Tells invented events, drawn from one seed.

    Two of the names in each are regulars, met in other events too, if there are any.
    """

    def __init__(self, seed: int, *, regulars: int = 8) -> None:
        self._draw = random.Random(seed)
        self._regulars = [self._name() for _ in range(regulars)]

    def records(
        self, events: int, each: int = 3, *, dated: bool = True, apart: int = 12
    ) -> list[Record]:
        """So many articles on each of so many events, one event every few hours."""
        return [
            {
                "id": f"w{event}-{number}",
                "url": None,
                "title": title,
                "text": text,
                "published_at": self._when(event * apart) if dated else None,
                "source": self._draw.choice(_OUTLETS),
                "language": "en",
                "event": f"event {event}",
                "duplicate_group": f"text {event}-{number}",
            }
            for event in range(events)
            for number, (title, text) in enumerate(self._told(each))
        ]

    def _told(self, each: int) -> list[tuple[str, str]]:
        regulars = self._draw.sample(self._regulars, min(2, len(self._regulars)))
        cast = [*(self._name() for _ in range(4)), *regulars]
        theme = self._draw.sample(_COMMON, 12)
        return [(self._sentence(cast, theme, 7), self._text(cast, theme)) for _ in range(each)]

    def _text(self, cast: Sequence[str], theme: Sequence[str]) -> str:
        return " ".join(self._sentence(cast, theme, 14) + "." for _ in range(6))

    def _sentence(self, cast: Sequence[str], theme: Sequence[str], length: int) -> str:
        names = self._draw.sample(cast, 2)
        words = [*names, *self._draw.sample(theme, 2), *self._draw.sample(_COMMON, length - 4)]
        self._draw.shuffle(words)
        return " ".join([words[0].capitalize(), *words[1:]])

    def _name(self) -> str:
        first, middle, last = (sounds.split() for sounds in _SOUNDS)
        parts = (self._draw.choice(first) + self._draw.choice(middle) for _ in range(2))
        return ("".join(parts) + self._draw.choice(last)).capitalize()

    def _when(self, hours: int) -> str:
        return (_START + timedelta(hours=hours + self._draw.randint(0, 10))).isoformat()


def write_jsonl(path: Path, records: Iterable[Record]) -> Path:
    """Write records as JSON lines, packed if the name ends so."""
    lines = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path
