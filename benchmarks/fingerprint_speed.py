"""Speed of fingerprinting, compared with datasketch and with a minimal pass over the text.

Speeds depend on the processor; only their ratios, measured in turns in one run, can be compared.
The minimal pass folds the case, encodes the text and sums the code points: no fingerprint of all
words can do less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from datasketch import MinHash

from benchmarks.labelled_records import lines
from benchmarks.output import Row, options, show
from clustering.features.minhash import PERMUTATIONS, SCHEME, SEED, compute_fingerprint

WORDS = 500
TEXTS = 400
ROUNDS = 5

Reader = Callable[[str], object]


def by_datasketch(text: str) -> MinHash:
    """The same shingles, by datasketch with its default hash."""
    words = re.findall(r"\w+", text.casefold())
    runs = zip(words, words[1:], words[2:], strict=False)
    minhash = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME)
    minhash.update_batch([" ".join(run).encode() for run in runs])
    return minhash


def by_a_bare_pass(text: str) -> int:
    codes = np.frombuffer(text.casefold().encode("utf-32-le"), dtype=np.uint32)
    return int(np.cumsum(codes, dtype=np.uint64)[-1])


READERS: dict[str, Reader] = {
    "datasketch update_batch": by_datasketch,
    "storyfold fingerprint": compute_fingerprint,
    "bare pass": by_a_bare_pass,
}


def measure(texts: Sequence[str]) -> Iterator[Row]:
    """Median speeds over rounds in which all take turns, so that other load hits all alike."""
    speeds: dict[str, list[float]] = {name: [] for name in READERS}
    for reader in READERS.values():
        reader(texts[0])
    for _ in range(ROUNDS):
        for name, reader in READERS.items():
            speeds[name].append(_speed(reader, texts))
    slowest = speeds["datasketch update_batch"]
    for name, measured in speeds.items():
        ratio = median(own / theirs for own, theirs in zip(measured, slowest, strict=True))
        yield {"reader": name, "texts/s": round(median(measured)), "times datasketch": ratio}


def _speed(reader: Reader, texts: Sequence[str]) -> float:
    started = process_time()
    for text in texts:
        reader(text)
    return len(texts) / (process_time() - started)


def texts_of(file: Path) -> list[str]:
    """Cleaned texts, cut to one length."""
    words = (record.body.split() for record in lines(file))
    return [" ".join(w[:WORDS]) for w in islice((w for w in words if len(w) >= WORDS), TEXTS)]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--file", default="background_en.jsonl.gz")
    args = parser.parse_args()
    show(measure(texts_of(args.data / args.file)), args.json)


if __name__ == "__main__":
    main()
