"""Quality of the running service: articles are posted over HTTP, and the assignments scored.

Each file gets a fresh `storyfold serve`, which never receives the labels. Articles of different
languages are never clustered together, so each language is scored separately.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from benchmarks.labelled_records import Record, dated, labelled, shuffled
from benchmarks.output import Row, options, show
from clustering.learning.metrics import evaluate

PROGRAM = str(Path(sys.executable).with_name("storyfold"))
ADDRESS = re.compile(r"listens on (http://\S+)")
BATCH = 200
PATIENCE = 600.0
KINDS = ("events", "titles", "duplicates")
LEVELS = (("event", "event_id"), ("duplicate_group", "duplicate_group_id"))


@contextmanager
def served() -> Iterator[str]:
    """The address of a running product with an empty store."""
    with TemporaryDirectory() as folder, Path(folder, "out").open("w+") as said:
        command = [PROGRAM, "serve", "--port", "0", "--db", str(Path(folder, "news.db"))]
        with subprocess.Popen(command, stdout=said) as process:
            try:
                yield _ready(process, Path(folder, "out"))
            finally:
                process.terminate()


def _ready(process: subprocess.Popen[bytes], said: Path) -> str:
    """The address that it announces, once it takes articles."""
    while process.poll() is None:
        found = ADDRESS.search(said.read_text())
        if found and _answers(f"{found[1]}/readyz"):
            return found[1]
        time.sleep(0.1)
    raise SystemExit(f"storyfold serve ended with {process.returncode}")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=PATIENCE):
            return True
    except HTTPError:
        return False


def call(url: str, body: bytes | None = None) -> list[dict[str, Any]]:
    """Post lines of JSON, or get some; return the lines of the answer."""
    kind = "application/x-ndjson"
    request = Request(url, body, {"Content-Type": kind, "Accept": kind})
    with urlopen(request, timeout=PATIENCE) as answer:
        return [json.loads(line) for line in answer]


def post(address: str, records: Sequence[Record]) -> int:
    """Post all; return how many were refused."""
    refused = 0
    for at in range(0, len(records), BATCH):
        fields = (record.fields for record in records[at : at + BATCH])
        posted = (json.dumps({k: v for k, v in f.items() if v is not None}) for f in fields)
        answers = call(f"{address}/v1/articles/batch", "\n".join(posted).encode())
        refused += sum("event_id" not in answer for answer in answers)
    return refused


def measure(file: Path, seed: int | None) -> Iterator[Row]:
    """One row for each kind of label and each language in the file."""
    records = dated(file) if seed is None else shuffled(dated(file), seed)
    with served() as address:
        started = time.perf_counter()
        refused = post(address, records)
        speed = len(records) / (time.perf_counter() - started)
        found = {row["article_id"]: row for row in call(f"{address}/v1/assignments")}
    for label, field in LEVELS:
        labelled = [record for record in records if getattr(record, label) is not None]
        for language in sorted({record.fields["language"] for record in labelled}):
            of_language = [r for r in labelled if r.fields["language"] == language]
            scores = _scores(of_language, label, field, found)
            head: Row = {"file": file.name, "label": label, "language": language}
            yield head | scores | {"refused": refused, "articles/s": round(speed)}


def _scores(
    records: Sequence[Record], label: str, field: str, found: dict[str, dict[str, Any]]
) -> Row:
    alone = (f"missing {number}" for number in count())
    labels = [found[r.id][field] if r.id in found else next(alone) for r in records]
    evaluation = evaluate([getattr(record, label) for record in records], labels)
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
    parser.add_argument("files", nargs="*", help="in the folder; all labelled ones if none")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="post in random order")
    args = parser.parse_args()
    files = [args.data / name for name in args.files] or labelled(args.data, *KINDS)
    show((row for file in files for row in measure(file, args.shuffle)), args.json)


if __name__ == "__main__":
    main()
