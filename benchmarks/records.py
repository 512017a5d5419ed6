"""Labelled articles, one JSON object a line: the fields of an article, and what is true of it."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clustering.features.minhash import Fingerprint, compute_fingerprint
from clustering.features.normalize import clean


@dataclass(frozen=True, slots=True)
class Record:
    """One line: `fields` as they are posted, and the true labels, None where there is none."""

    fields: dict[str, Any]
    event: str | None
    duplicate_group: str | None

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    @property
    def body(self) -> str:
        """What the library fingerprints: the cleaned text; the title where there is no text."""
        return clean(self.fields["text"]) or clean(self.fields["title"])

    def fingerprint(self) -> Fingerprint:
        return compute_fingerprint(self.body, self.fields["url"], self.fields["source"])


def labelled(data: Path, *kinds: str) -> Iterator[Path]:
    """The files of a folder that hold labelled articles of these kinds, by their names."""
    for kind in kinds:
        for file in sorted(data.glob(f"{kind}_*.jsonl.gz")):
            if "text" in next(read(file)):
                yield file


def read(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, in its order."""
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        yield from map(json.loads, opened)


def lines(file: Path) -> Iterator[Record]:
    """The records of a file, in its order."""
    for fields in read(file):
        yield Record(fields, fields.pop("event"), fields.pop("duplicate_group"))


def dated(file: Path) -> list[Record]:
    """The records of a file as a crawler would deliver them: by date, undated ones first."""
    return sorted(lines(file), key=lambda r: (r.fields["published_at"] or "", r.id))


def shuffled(records: list[Record], seed: int) -> list[Record]:
    return random.Random(seed).sample(records, len(records))
