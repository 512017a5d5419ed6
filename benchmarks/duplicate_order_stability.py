"""Agreement of the duplicate groups when articles arrive by date and shuffled.

The agreement of each with the labels is reported as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.duplicate_stream import Stream
from benchmarks.labelled_records import Record, dated, labelled, shuffled
from benchmarks.output import Row, options, show
from clustering.features.fingerprint import Fingerprint
from clustering.learning.metrics import evaluate

SEEDS = (1, 2, 3)
Fingerprints = Mapping[str, Fingerprint]


def measure(file: Path) -> Iterator[Row]:
    """Yield one row for the stream by date, and one for each shuffled stream."""
    records = dated(file)
    fingerprints = {record.id: record.fingerprint() for record in records}
    labels_true = [record.duplicate_group for record in records]
    by_date = _groups(records, fingerprints)
    for seed in (None, *SEEDS):
        groups = by_date if seed is None else _groups(shuffled(records, seed), fingerprints)
        labels_pred = [groups[record.id] for record in records]
        pairwise = evaluate(labels_true, labels_pred).pairwise
        yield {
            "file": file.name,
            "order": "by date" if seed is None else f"seed {seed}",
            "ARI with by date": evaluate(
                [by_date[record.id] for record in records], labels_pred
            ).ari,
            "pair precision": pairwise.precision,
            "pair recall": pairwise.recall,
            "pair F1": pairwise.f1,
        }


def _groups(records: Sequence[Record], fingerprints: Fingerprints) -> dict[str, int]:
    stream = Stream()
    for record in records:
        stream.add(fingerprints[record.id])
    return dict(zip((record.id for record in records), stream.groups(), strict=True))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("files", nargs="*", help="file names; by default all of duplicates")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, "duplicates")
    show((row for file in files for row in measure(file)), args.json)


if __name__ == "__main__":
    main()
