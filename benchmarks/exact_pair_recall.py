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
from clustering.duplicates.comparison import compare
from clustering.features.fingerprint import Fingerprint, is_too_short
from clustering.state.overlay import MembershipOverlay

MIN_JACCARD = 0.6
SHORT_TEXT_SHINGLES = 100
TEXTS_PER_BLOCK = 1000
"""Texts compared with all others at once; bounds the memory of the product."""
Pair = tuple[int, int]
"""Positions of two texts, the earlier one first."""
_WITHOUT_RULES = "all but those separated by rule"


def exact_pairs(texts: Sequence[str]) -> Iterator[Pair]:
    """Yield every pair of texts with a Jaccard index of at least `MIN_JACCARD`, earlier first."""
    matrix = _shingle_matrix(texts)
    sizes = matrix.sum(axis=1)
    transposed = matrix.T.tocsc()
    for start in range(0, len(texts), TEXTS_PER_BLOCK):
        n_shared = (matrix[start : start + TEXTS_PER_BLOCK] @ transposed).tocoo()
        later, earlier = n_shared.coords[0] + start, n_shared.coords[1]
        n_union = sizes[later] + sizes[earlier] - n_shared.data
        mask = (n_shared.data >= MIN_JACCARD * n_union) & (earlier < later)
        yield from zip(earlier[mask].tolist(), later[mask].tolist(), strict=True)


def _shingle_matrix(texts: Sequence[str]) -> csr_array:
    """Return a matrix with a one where a text (row) has a shingle (column)."""
    column_of: dict[tuple[str, ...], int] = {}
    columns = [
        sorted({column_of.setdefault(shingle, len(column_of)) for shingle in _shingles(text)})
        for text in texts
    ]
    ends = np.cumsum([0, *map(len, columns)])
    ones = np.ones(ends[-1], dtype=np.float32)
    shape = (len(texts), len(column_of))
    return csr_array((ones, np.concatenate(columns).astype(np.int64), ends), shape=shape)


def _shingles(text: str) -> set[tuple[str, ...]]:
    """Return the runs of three words; a shorter text is a single shingle."""
    words = re.findall(r"[^\W_]+", text.casefold())
    runs = zip(words, words[1:], words[2:], strict=False)
    return set(runs) or ({tuple(words)} if words else set())


def classify_pair(first: Fingerprint, second: Fingerprint) -> str:
    """Classify a similar pair by the rules that do not depend on other articles."""
    if not compare(first, second, _full_weight).is_linked:
        if is_too_short(first) or is_too_short(second):
            return "short, not equal (by rule)"
        return "another case or headline (by rule)"
    if first.text_hash == second.text_hash:
        return "equal"
    if min(len(first.shingles), len(second.shingles)) > SHORT_TEXT_SHINGLES:
        return f"similar, over {SHORT_TEXT_SHINGLES} shingles"
    return f"similar, {SHORT_TEXT_SHINGLES} shingles at most"


def _full_weight(text: Fingerprint) -> NDArray[np.float64]:
    return np.ones(len(text.sampled_shingles))


def stream_pairs(
    fingerprints: Sequence[Fingerprint], pairs: Sequence[Pair]
) -> tuple[Stream, set[Pair]]:
    """Stream all texts, and return the stream and the pairs that were verified."""
    stream = Stream()
    earlier_of: dict[int, list[int]] = {}
    for earlier, later in pairs:
        earlier_of.setdefault(later, []).append(earlier)
    verified = set()
    for fingerprint in fingerprints:
        arrival = stream.propose(fingerprint)
        reached = filter(arrival.reaches, earlier_of.get(arrival.slot, ()))
        verified |= {(slot, arrival.slot) for slot in reached}
        stream.commit(arrival)
    return stream, verified


def describe_outcome(stream: Stream, pair: Pair, verified: bool) -> str:
    """Return whether a pair is in one group, and why not."""
    groups = stream.groups_of(pair)
    if groups[0] == groups[1]:
        return "one group"
    if not verified:
        return "not verified"
    linked = stream.index.compare(MembershipOverlay(stream.membership), *pair).is_linked
    return "linked, in two groups" if linked else "common passages"


def summarise(
    kinds: dict[Pair, str], outcomes: dict[Pair, str], verified: set[Pair]
) -> Iterator[Row]:
    for name in (*sorted(set(kinds.values())), "all", _WITHOUT_RULES):
        of_kind = [pair for pair, kind in kinds.items() if _includes(name, kind)]
        counts = Counter(outcomes[pair] for pair in of_kind)
        yield {
            "kind of pair": name,
            "pairs": len(of_kind),
            "verified": sum(pair in verified for pair in of_kind) / max(len(of_kind), 1),
            "in one group": counts["one group"] / max(len(of_kind), 1),
            "not verified": counts["not verified"],
            "common passages": counts["common passages"],
            "linked, in two groups": counts["linked, in two groups"],
        }


def _includes(row_name: str, kind: str) -> bool:
    if row_name == _WITHOUT_RULES:
        return "by rule" not in kind
    return row_name in (kind, "all")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--file", default="background_reuters.jsonl.gz")
    parser.add_argument(
        "--examples", type=int, default=0, help="missed pairs to print of each kind"
    )
    args = parser.parse_args()
    data: Path = args.data
    records = dated(data / args.file)
    fingerprints = [record.fingerprint() for record in records]
    pairs = list(exact_pairs([record.body for record in records]))
    stream, verified = stream_pairs(fingerprints, pairs)
    kinds = {
        (first, second): classify_pair(fingerprints[first], fingerprints[second])
        for first, second in pairs
    }
    outcomes = {pair: describe_outcome(stream, pair, pair in verified) for pair in pairs}
    show(summarise(kinds, outcomes, verified), args.json)
    n_printed: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        description = kinds[pair], outcomes[pair]
        n_printed[description] += 1
        if outcomes[pair] != "one group" and n_printed[description] <= args.examples:
            print(*description, *(records[slot].id for slot in pair), sep="  ")


if __name__ == "__main__":
    main()
