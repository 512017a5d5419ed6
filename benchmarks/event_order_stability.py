"""Agreement of the events when articles arrive by date, shuffled, and all at once.

Term weights are those of the whole file from the start, as between two IDF snapshots. What still
differs are duplicate groups that come out differently, and neighbourhoods that are cut at a limit;
so the agreement of the duplicate groups is reported as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.labelled_records import Record, dated, labelled, shuffled
from benchmarks.output import Row, options, show
from clustering import Features, extract_features
from clustering.learning.metrics import evaluate
from clustering.pipeline.index import ArticleIndex
from clustering.types import Assignment
from service.ingest.submission import validate_article

SEEDS = (1, 2)
MAX_TEXT_CHARS = 1_000_000

Clustering = dict[str, tuple[int, int]]
"""The group and the event of each article, by its id."""


class Stream:
    """Adds articles one by one, with fixed term weights."""

    def __init__(self, features: Mapping[str, Features], weights: bytes | None = None) -> None:
        self._features = features
        self._fingerprints: dict[int, bytes] = {}
        self._assignments: dict[int, Assignment] = {}
        self._ids: list[str] = []
        self.index = ArticleIndex(lambda keys: {key: self._fingerprints[key] for key in keys})
        if weights is not None:
            self.index.reset_idf(weights)

    def add(self, name: str) -> None:
        self._ids.append(name)
        key, features = len(self._ids), self._features[name]
        self._fingerprints[key] = features.fingerprint
        with self.index.begin() as change:
            proposal = change.propose(key, features)
            change.commit()
        changed = (proposal.assignment, *proposal.reassigned)
        self._assignments |= {
            assignment.article: assignment for assignment in changed if assignment is not None
        }

    def clustering(self) -> Clustering:
        return {
            self._ids[key - 1]: (assignment.group, assignment.event)
            for key, assignment in self._assignments.items()
        }

    def cluster_at_once(self) -> Clustering:
        return {
            self._ids[key - 1]: (self._assignments[key].group, event)
            for event, keys in enumerate(self.index.partition())
            for key in keys
        }


def measure(file: Path) -> Iterator[Row]:
    """Yield one row for each order, and one for the whole file at once."""
    records = dated(file)
    features = {record.id: _extract(record) for record in records}
    weights = _stream(records, features).index.snapshot()
    by_date = _stream(records, features, weights)
    orders = {
        f"seed {seed}": _stream(shuffled(records, seed), features, weights).clustering()
        for seed in SEEDS
    }
    for order, clustering in {**orders, "at once": by_date.cluster_at_once()}.items():
        agreement = _agreement(by_date.clustering(), clustering)
        yield {"file": file.name, "order": order, **agreement}


def _extract(record: Record) -> Features:
    fields = {name: value for name, value in record.fields.items() if value is not None}
    return extract_features(validate_article(fields, max_text_chars=MAX_TEXT_CHARS).to_article())


def _stream(
    records: Sequence[Record], features: Mapping[str, Features], weights: bytes | None = None
) -> Stream:
    stream = Stream(features, weights)
    for record in records:
        stream.add(record.id)
    return stream


def _agreement(first: Clustering, second: Clustering) -> dict[str, float]:
    names = sorted(first)
    (first_groups, first_events), (second_groups, second_events) = (
        zip(*(clustering[name] for name in names), strict=True) for clustering in (first, second)
    )
    return {
        "ARI of groups": evaluate(first_groups, second_groups).ari,
        "ARI of events": evaluate(first_events, second_events).ari,
    }


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("files", nargs="*", help="file names; by default all of events and titles")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, "events", "titles")
    show((row for file in files for row in measure(file)), args.json)


if __name__ == "__main__":
    main()
