"""Quality of the running service: articles are posted over HTTP, and the assignments scored.

Each file gets a fresh `storyfold serve`, which never receives the labels. Articles of different
languages are never clustered together, so each language is scored separately.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.labelled_records import Record, dated, labelled, shuffled
from benchmarks.output import Row, options, show
from benchmarks.service_process import ServiceProcess
from clustering.learning.metrics import evaluate

ARTICLES_PER_BATCH = 200
TIMEOUT_SECONDS = 600.0
KINDS = ("events", "titles", "duplicates")
LEVELS = (("event", "event_id"), ("duplicate_group", "duplicate_group_id"))


@contextmanager
def served() -> Iterator[str]:
    """Start a service with an empty store, and yield its address."""
    with TemporaryDirectory() as folder, ServiceProcess(Path(folder)) as service:
        yield service.address


def call(url: str, body: bytes | None = None) -> list[dict[str, Any]]:
    """Send a POST with JSON lines, or a GET without a body; return the lines of the response."""
    media_type = "application/x-ndjson"
    request = Request(url, body, {"Content-Type": media_type, "Accept": media_type})
    with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        return [json.loads(line) for line in response]


def post(address: str, records: Sequence[Record]) -> int:
    """Post all records, and return the number of refused ones."""
    refused = 0
    for start in range(0, len(records), ARTICLES_PER_BATCH):
        batch = records[start : start + ARTICLES_PER_BATCH]
        lines = (
            json.dumps({name: value for name, value in record.fields.items() if value is not None})
            for record in batch
        )
        results = call(f"{address}/v1/articles/batch", "\n".join(lines).encode())
        refused += sum("event_id" not in result for result in results)
    return refused


def measure(file: Path, seed: int | None) -> Iterator[Row]:
    """Yield one row for each kind of label and each language in the file."""
    records = dated(file) if seed is None else shuffled(dated(file), seed)
    with served() as address:
        started = time.perf_counter()
        refused = post(address, records)
        speed = len(records) / (time.perf_counter() - started)
        assignments = {row["article_id"]: row for row in call(f"{address}/v1/assignments")}
    for label, field in LEVELS:
        labelled = [record for record in records if getattr(record, label) is not None]
        for language in sorted({record.fields["language"] for record in labelled}):
            of_language = [record for record in labelled if record.fields["language"] == language]
            scores = _scores(of_language, label, field, assignments)
            description: Row = {"file": file.name, "label": label, "language": language}
            yield description | scores | {"refused": refused, "articles/s": round(speed)}


def _scores(
    records: Sequence[Record], label: str, field: str, assignments: dict[str, dict[str, Any]]
) -> Row:
    # An article that was refused counts as a cluster of its own.
    own_cluster = (f"missing {number}" for number in count())
    labels_pred = [
        assignments[record.id][field] if record.id in assignments else next(own_cluster)
        for record in records
    ]
    evaluation = evaluate([getattr(record, label) for record in records], labels_pred)
    return {
        "articles": len(records),
        "B3 precision": evaluation.bcubed.precision,
        "B3 recall": evaluation.bcubed.recall,
        "B3 F1": evaluation.bcubed.f1,
        "pair precision": evaluation.pairwise.precision,
        "pair recall": evaluation.pairwise.recall,
        "pair F1": evaluation.pairwise.f1,
        "ARI": evaluation.ari,
    }


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("files", nargs="*", help="file names; by default all labelled files")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="post in random order")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, *KINDS)
    show((row for file in files for row in measure(file, args.shuffle)), args.json)


if __name__ == "__main__":
    main()
