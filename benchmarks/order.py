"""Whether the order of arrival matters: duplicate groups of a stream by date and of shuffled ones.

Besides the agreement of the two with each other, that of each with the labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.records import Record, dated, labelled, shuffled
from benchmarks.report import Row, options, show
from benchmarks.stream import Stream
from clustering.features.minhash import Fingerprint
from clustering.learning.metrics import evaluate

SEEDS = (1, 2, 3)
Prints = Mapping[str, Fingerprint]


def measure(file: Path) -> Iterator[Row]:
    """One row for the stream by date, and one for each shuffled one."""
    records = dated(file)
    prints = {record.id: record.fingerprint() for record in records}
    truth = [record.duplicate_group for record in records]
    by_date = _groups(records, prints)
    for seed in (None, *SEEDS):
        found = by_date if seed is None else _groups(shuffled(records, seed), prints)
        labels = [found[record.id] for record in records]
        pairwise = evaluate(truth, labels).pairwise
        yield {
            "file": file.name,
            "order": "by date" if seed is None else f"seed {seed}",
            "ARI with by date": evaluate([by_date[r.id] for r in records], labels).ari,
            "pair precision": pairwise.precision,
            "pair recall": pairwise.recall,
            "pair F1": pairwise.f1,
        }


def _groups(records: Sequence[Record], prints: Prints) -> dict[str, int]:
    stream = Stream()
    for record in records:
        stream.add(prints[record.id])
    return dict(zip((record.id for record in records), stream.groups(), strict=True))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("files", nargs="*", help="in the folder; all of duplicates if none")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, "duplicates")
    show((row for file in files for row in measure(file)), args.json)


if __name__ == "__main__":
    main()
