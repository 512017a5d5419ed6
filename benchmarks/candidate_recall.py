"""Recall of the duplicate candidates: share of true pairs among the verified candidates.

A pair counts as found if the later article is compared with the earlier one, or with an article
that is in the group of the earlier one at that time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.duplicate_stream import Stream
from benchmarks.labelled_records import Record, dated
from benchmarks.output import Row, options, show

FILES = ("duplicates_wire.jsonl.gz", "duplicates_syndicated.jsonl.gz")


def measure(name: str, records: Sequence[Record]) -> Row:
    stream = Stream()
    slots_by_label: defaultdict[str | None, list[int]] = defaultdict(list)
    pairs = reached = compared = verified = groups = 0
    for record in records:
        arrival = stream.propose(record.fingerprint())
        earlier = slots_by_label[record.duplicate_group]
        pairs += len(earlier)
        reached += sum(map(arrival.reaches, earlier))
        compared += sum(slot in arrival.compared for slot in earlier)
        verified += len(arrival.compared)
        groups += len(arrival.groups)
        stream.commit(arrival)
        earlier.append(arrival.slot)
    return {
        "file": name,
        "articles": len(records),
        "true pairs": pairs,
        "recall": reached / pairs,
        "compared directly": compared / pairs,
        "verified per article": verified / len(records),
        "groups per article": groups / len(records),
    }


def main() -> None:
    args = options(__doc__).parse_args()
    data: Path = args.data
    show((measure(name, dated(data / name)) for name in FILES), args.json)


if __name__ == "__main__":
    main()
