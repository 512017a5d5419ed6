"""Whether the order of arrival matters to events: by date, shuffled, and all at once.

Term weights are those of the whole file from the start, as they are between two renewals. What
is left are duplicate groups that come out differently, and what is cut where a bound is reached;
the agreement of the groups stands beside that of the events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.records import Record, dated, labelled, shuffled
from benchmarks.report import Row, options, show
from clustering import Features, extract_features
from clustering.learning.metrics import evaluate
from clustering.pipeline.index import ArticleIndex
from clustering.types import Assignment
from service.ingest.submission import validate_article as submitted

SEEDS = (1, 2)
LONGEST = 1_000_000

Found = dict[str, tuple[int, int]]
"""The group and the event of each article."""


class Stream:
    """Articles as they arrive, under term weights that stand still."""

    def __init__(self, analysed: Mapping[str, Features], weights: bytes | None = None) -> None:
        self._analysed = analysed
        self._prints: dict[int, bytes] = {}
        self._found: dict[int, Assignment] = {}
        self._ids: list[str] = []
        self.index = ArticleIndex(lambda keys: {key: self._prints[key] for key in keys})
        if weights is not None:
            self.index.reset_idf(weights)

    def add(self, name: str) -> None:
        self._ids.append(name)
        key, features = len(self._ids), self._analysed[name]
        self._prints[key] = features.fingerprint
        with self.index.begin() as change:
            judgement = change.propose(key, features)
            change.commit()
        judged = (judgement.assignment, *judgement.reassigned)
        self._found |= {one.article: one for one in judged if one is not None}

    def found(self) -> Found:
        return {self._ids[key - 1]: (it.group, it.event) for key, it in self._found.items()}

    def at_once(self) -> Found:
        events = enumerate(self.index.partition())
        return {
            self._ids[key - 1]: (self._found[key].group, event)
            for event, inside in events
            for key in inside
        }


def measure(file: Path) -> Iterator[Row]:
    """One row for each order, and one for the file at once."""
    records = dated(file)
    analysed = {record.id: _analysed(record) for record in records}
    counted = _streamed(records, analysed)
    weights = counted.index.snapshot()
    by_date = _streamed(records, analysed, weights)
    orders = {
        f"seed {seed}": _streamed(shuffled(records, seed), analysed, weights).found()
        for seed in SEEDS
    }
    for order, found in {**orders, "at once": by_date.at_once()}.items():
        yield {"file": file.name, "order": order, **_agreement(by_date.found(), found)}


def _analysed(record: Record) -> Features:
    known = {name: value for name, value in record.fields.items() if value is not None}
    return extract_features(submitted(known, max_text_chars=LONGEST).to_article())


def _streamed(
    records: Sequence[Record], analysed: Mapping[str, Features], weights: bytes | None = None
) -> Stream:
    stream = Stream(analysed, weights)
    for record in records:
        stream.add(record.id)
    return stream


def _agreement(one: Found, other: Found) -> dict[str, float]:
    names = sorted(one)
    (groups, events), (others, there) = (
        zip(*(found[name] for name in names), strict=True) for found in (one, other)
    )
    return {
        "ARI of groups": evaluate(groups, others).ari,
        "ARI of events": evaluate(events, there).ari,
    }


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("files", nargs="*", help="in the folder; all of events and titles if none")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, "events", "titles")
    show((row for file in files for row in measure(file)), args.json)


if __name__ == "__main__":
    main()
