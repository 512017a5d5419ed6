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
from clustering.features.fingerprint import compute_fingerprint
from clustering.features.minhash import PERMUTATIONS, SCHEME, SEED

WORDS_PER_TEXT = 500
N_TEXTS = 400
N_ROUNDS = 5

Reader = Callable[[str], object]


def hash_by_datasketch(text: str) -> MinHash:
    """Hash the same shingles by datasketch with its default hash."""
    words = re.findall(r"\w+", text.casefold())
    runs = zip(words, words[1:], words[2:], strict=False)
    minhash = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME)
    minhash.update_batch([" ".join(run).encode() for run in runs])
    return minhash


def pass_over_text(text: str) -> int:
    codes = np.frombuffer(text.casefold().encode("utf-32-le"), dtype=np.uint32)
    return int(np.cumsum(codes, dtype=np.uint64)[-1])


READERS: dict[str, Reader] = {
    "datasketch update_batch": hash_by_datasketch,
    "storyfold fingerprint": compute_fingerprint,
    "minimal pass": pass_over_text,
}


def measure(texts: Sequence[str]) -> Iterator[Row]:
    """Yield median speeds over rounds in which all take turns, so that other load affects all."""
    speeds: dict[str, list[float]] = {name: [] for name in READERS}
    for reader in READERS.values():
        reader(texts[0])
    for _ in range(N_ROUNDS):
        for name, reader in READERS.items():
            speeds[name].append(_speed(reader, texts))
    reference_speeds = speeds["datasketch update_batch"]
    for name, reader_speeds in speeds.items():
        ratio = median(
            speed / reference
            for speed, reference in zip(reader_speeds, reference_speeds, strict=True)
        )
        yield {"reader": name, "texts/s": round(median(reader_speeds)), "times datasketch": ratio}


def _speed(reader: Reader, texts: Sequence[str]) -> float:
    started = process_time()
    for text in texts:
        reader(text)
    return len(texts) / (process_time() - started)


def texts_of(file: Path) -> list[str]:
    """Return cleaned texts, cut to the same number of words."""
    words_of_texts = (record.body.split() for record in lines(file))
    long_enough = (words for words in words_of_texts if len(words) >= WORDS_PER_TEXT)
    return [" ".join(words[:WORDS_PER_TEXT]) for words in islice(long_enough, N_TEXTS)]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--file", default="background_en.jsonl.gz")
    args = parser.parse_args()
    show(measure(texts_of(args.data / args.file)), args.json)


if __name__ == "__main__":
    main()
