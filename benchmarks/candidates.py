"""How many true pairs are among the candidates that are verified, and how many those are.

A pair counts as found if the later article is compared with the earlier one, or with an article
that is in the earlier one's group by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.records import Record, dated
from benchmarks.report import Row, options, show
from benchmarks.stream import Stream

FILES = ("duplicates_wire.jsonl.gz", "duplicates_syndicated.jsonl.gz")


def measure(name: str, records: Sequence[Record]) -> Row:
    stream = Stream()
    copies: defaultdict[str | None, list[int]] = defaultdict(list)
    pairs = reached = direct = verified = groups = 0
    for record in records:
        arrival = stream.judge(record.fingerprint())
        earlier = copies[record.duplicate_group]
        pairs += len(earlier)
        reached += sum(map(arrival.reaches, earlier))
        direct += sum(slot in arrival.compared for slot in earlier)
        verified += len(arrival.compared)
        groups += len(arrival.groups)
        stream.take(arrival)
        earlier.append(arrival.slot)
    return {
        "file": name,
        "articles": len(records),
        "true pairs": pairs,
        "recall": reached / pairs,
        "compared themselves": direct / pairs,
        "verified per article": verified / len(records),
        "groups per article": groups / len(records),
    }


def main() -> None:
    args = options(__doc__).parse_args()
    data: Path = args.data
    show((measure(name, dated(data / name)) for name in FILES), args.json)


if __name__ == "__main__":
    main()
