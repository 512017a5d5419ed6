"""Labelled articles, one JSON object per line: the fields of an article, and its labels."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clustering.features.fingerprint import Fingerprint, compute_fingerprint
from clustering.features.normalize import clean


@dataclass(frozen=True, slots=True)
class Record:
    """One line: `fields` as they are posted, and the labels; None if there is none."""

    fields: dict[str, Any]
    event: str | None
    duplicate_group: str | None

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    @property
    def body(self) -> str:
        """The text that is fingerprinted: the cleaned text, or the title if there is no text."""
        return clean(self.fields["text"]) or clean(self.fields["title"])

    def fingerprint(self) -> Fingerprint:
        return compute_fingerprint(self.body, self.fields["url"], self.fields["source"])


def labelled(data: Path, *kinds: str) -> Iterator[Path]:
    """Yield the files of a folder that hold labelled articles of these kinds, by file name."""
    for kind in kinds:
        for file in sorted(data.glob(f"{kind}_*.jsonl.gz")):
            if "text" in next(read(file)):
                yield file


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, in its order."""
    with gzip.open(file, "rt", encoding="utf-8") as json_lines:
        yield from map(json.loads, json_lines)


def lines(file: Path) -> Iterator[Record]:
    """Yield the records of a file, in its order."""
    for fields in read(file):
        yield Record(fields, fields.pop("event"), fields.pop("duplicate_group"))


def dated(file: Path) -> list[Record]:
    """Return the records of a file in order of date, undated ones first."""
    return sorted(lines(file), key=lambda record: (record.fields["published_at"] or "", record.id))


def shuffled(records: list[Record], seed: int) -> list[Record]:
    return random.Random(seed).sample(records, len(records))
