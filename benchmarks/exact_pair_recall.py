"""Recall of all pairs of texts whose word 3-shingles have a Jaccard index of at least 0.6.

The true pairs are found by brute force with separate code for words and shingles: nothing is
hashed, and only `clean` is taken from the library. Each pair is then followed through a stream by
date: whether it was verified, and whether both articles ended up in one group.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from benchmarks.duplicate_stream import Stream
from benchmarks.labelled_records import dated
from benchmarks.output import Row, options, show
from clustering.duplicates.comparison import SHORT_TEXT_SHINGLES, compare
from clustering.features.minhash import Fingerprint, is_too_short
from clustering.state.overlay import MembershipOverlay

ALIKE = 0.6
BLOCK = 1000
"""Texts compared with all others at once: bounds the memory of the product."""
Pair = tuple[int, int]


def exact_pairs(texts: Sequence[str]) -> Iterator[Pair]:
    """Every pair of texts with a Jaccard index of at least `ALIKE`, the earlier one first."""
    table = _table(texts)
    sizes = table.sum(axis=1)
    others = table.T.tocsc()
    for at in range(0, len(texts), BLOCK):
        shared = (table[at : at + BLOCK] @ others).tocoo()
        later, earlier = shared.coords[0] + at, shared.coords[1]
        alike = shared.data >= ALIKE * (sizes[later] + sizes[earlier] - shared.data)
        wanted = alike & (earlier < later)
        yield from zip(earlier[wanted].tolist(), later[wanted].tolist(), strict=True)


def _table(texts: Sequence[str]) -> csr_array:
    """Which text (row) has which shingle (column), as ones."""
    columns: dict[tuple[str, ...], int] = {}
    found = [sorted({columns.setdefault(s, len(columns)) for s in _shingles(t)}) for t in texts]
    ends = np.cumsum([0, *map(len, found)])
    ones = np.ones(ends[-1], dtype=np.float32)
    shape = (len(texts), len(columns))
    return csr_array((ones, np.concatenate(found).astype(np.int64), ends), shape=shape)


def _shingles(text: str) -> set[tuple[str, ...]]:
    """Runs of three words; a shorter text is one shingle as a whole."""
    words = re.findall(r"[^\W_]+", text.casefold())
    runs = zip(words, words[1:], words[2:], strict=False)
    return set(runs) or ({tuple(words)} if words else set())


def kind(first: Fingerprint, second: Fingerprint) -> str:
    """What the rules say of a pair so much alike, whatever else has been published."""
    if compare(first, second, _full_weight).is_linked:
        if first.text_hash == second.text_hash:
            return "equal"
        long = min(len(first.shingles), len(second.shingles)) > SHORT_TEXT_SHINGLES
        return (
            f"alike, over {SHORT_TEXT_SHINGLES} shingles"
            if long
            else f"alike, {SHORT_TEXT_SHINGLES} shingles at most"
        )
    if is_too_short(first) or is_too_short(second):
        return "brief, not equal (by rule)"
    return "figures differ (by rule)"


def _full_weight(text: Fingerprint) -> NDArray[np.float64]:
    return np.ones(len(text.sampled_shingles))


def follow(prints: Sequence[Fingerprint], pairs: Sequence[Pair]) -> tuple[Stream, set[Pair]]:
    """Stream all texts; return the stream and the pairs that were verified."""
    stream = Stream()
    earlier_of: dict[int, list[int]] = {}
    for earlier, later in pairs:
        earlier_of.setdefault(later, []).append(earlier)
    verified = set()
    for print_ in prints:
        arrival = stream.propose(print_)
        reached = filter(arrival.reaches, earlier_of.get(arrival.slot, ()))
        verified |= {(slot, arrival.slot) for slot in reached}
        stream.commit(arrival)
    return stream, verified


def fate(stream: Stream, pair: Pair, verified: bool) -> str:
    """What became of a pair."""
    groups = stream.groups_of(pair)
    if groups[0] == groups[1]:
        return "one group"
    if not verified:
        return "not verified"
    linked = stream.index.compare(MembershipOverlay(stream.membership), *pair).is_linked
    return "linked, yet apart" if linked else "common passages"


def table(kinds: dict[Pair, str], fates: dict[Pair, str], verified: set[Pair]) -> Iterator[Row]:
    for name in (*sorted(set(kinds.values())), "all", "all but those set apart by rule"):
        of_kind = [pair for pair, own in kinds.items() if _counts(name, own)]
        became = Counter(fates[pair] for pair in of_kind)
        yield {
            "kind of pair": name,
            "pairs": len(of_kind),
            "verified": sum(pair in verified for pair in of_kind) / max(len(of_kind), 1),
            "in one group": became["one group"] / max(len(of_kind), 1),
            "not verified": became["not verified"],
            "common passages": became["common passages"],
            "linked, yet apart": became["linked, yet apart"],
        }


def _counts(row: str, kind: str) -> bool:
    if row == "all but those set apart by rule":
        return "by rule" not in kind
    return row in (kind, "all")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--file", default="background_reuters.jsonl.gz")
    parser.add_argument("--examples", type=int, default=0, help="pairs missed to print, a kind")
    args = parser.parse_args()
    data: Path = args.data
    records = dated(data / args.file)
    prints = [record.fingerprint() for record in records]
    pairs = list(exact_pairs([record.body for record in records]))
    stream, verified = follow(prints, pairs)
    kinds = {(a, b): kind(prints[a], prints[b]) for a, b in pairs}
    fates = {pair: fate(stream, pair, pair in verified) for pair in pairs}
    show(table(kinds, fates, verified), args.json)
    shown: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        what = kinds[pair], fates[pair]
        shown[what] += 1
        if fates[pair] != "one group" and shown[what] <= args.examples:
            print(*what, *(records[slot].id for slot in pair), sep="  ")


if __name__ == "__main__":
    main()
