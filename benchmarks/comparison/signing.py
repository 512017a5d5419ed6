"""A process that signs texts with one library, on one core, whenever it is told to.

    python -m benchmarks.comparison.signing {storyfold,rensa,datasketch} TEXTS.jsonl

The file has one JSON string per line. For each line "START STOP" of its standard input, it signs
these texts and prints the seconds. It runs in the environment of its library.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

PERMUTATIONS: Final = 128
_N_FIRST: Final = 200
"""Texts that are signed before anything is timed: the first in each script loads its tables."""
_WORD: Final = re.compile(r"\w+")

Signer = Callable[[Sequence[str]], object]


def shingles(text: str) -> list[str]:
    """Return the word 3-shingles of a text, as a user of a MinHash library makes them."""
    words = _WORD.findall(text.casefold())
    return [" ".join(run) for run in zip(words, words[1:], words[2:], strict=False)]


def storyfold_signer() -> Signer:
    from clustering import signatures

    return signatures


def rensa_signer() -> Signer:
    from rensa import RMinHash

    def sign(texts: Sequence[str]) -> object:
        return RMinHash.digest_matrix_from_token_sets(map(shingles, texts), PERMUTATIONS, 1)

    return sign


def datasketch_signer() -> Signer:
    from datasketch import MinHash

    def sign(texts: Sequence[str]) -> object:
        minhashes = []
        for text in texts:
            minhash = MinHash(num_perm=PERMUTATIONS)
            minhash.update_batch([shingle.encode() for shingle in shingles(text)])
            minhashes.append(minhash)
        return minhashes

    return sign


SIGNERS: Final = {
    "storyfold": storyfold_signer,
    "rensa": rensa_signer,
    "datasketch": datasketch_signer,
}


def main() -> None:
    library, file = sys.argv[1:]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    texts = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    sign = SIGNERS[library]()
    sign(texts[:_N_FIRST])
    print("ready", flush=True)
    for line in sys.stdin:
        start, stop = map(int, line.split())
        started = time.perf_counter()
        sign(texts[start:stop])
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
