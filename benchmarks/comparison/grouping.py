"""Near-duplicates of a file by one library, as a whole program, in the environment of the library.

    python -m benchmarks.comparison.grouping LIBRARY ARTICLES.jsonl GROUPS.json

GROUPS.json becomes the list of the groups of all articles, in their order. All that use MinHash
look for the same Jaccard index of word 3-shingles; all else is the default of the library.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.comparison.signing import PERMUTATIONS, shingles

_JACCARD_THRESHOLD: Final = 0.5
"""Half of the shingles survive an edit of about every tenth word."""
_COSINE_THRESHOLD: Final = 0.8
_ROWS_AT_ONCE: Final = 1_000
_SEMHASH_MODEL: Final = "minishlab/potion-base-8M"
"""The default of semhash; it is loaded from a hub."""

Labels = list[int]


def read_texts(articles: Path) -> list[str]:
    """Return the texts of a file of JSON lines."""
    with articles.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def join_pairs(pairs: Iterable[tuple[int, int]], n_texts: int) -> Labels:
    """Return the connected component of each text."""
    first, second = np.array([*pairs], dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_texts, n_texts))
    labels: Labels = connected_components(graph, directed=False)[1].tolist()
    return labels


def group_by_scikit_learn(articles: Path) -> Labels:
    """Group by the cosine of TF-IDF vectors, the plain way."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = read_texts(articles)
    vectors = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        similar = (vectors[start : start + _ROWS_AT_ONCE] @ vectors.T) > _COSINE_THRESHOLD
        rows, columns = similar.nonzero()
        pairs += zip((rows + start).tolist(), columns.tolist(), strict=True)
    return join_pairs(pairs, len(texts))


def group_by_datasketch(articles: Path) -> Labels:
    """Group by LSH over MinHash signatures."""
    from datasketch import MinHash, MinHashLSH

    texts = read_texts(articles)
    lsh = MinHashLSH(threshold=_JACCARD_THRESHOLD, num_perm=PERMUTATIONS)
    pairs: list[tuple[int, int]] = []
    for number, text in enumerate(texts):
        minhash = MinHash(num_perm=PERMUTATIONS)
        minhash.update_batch([shingle.encode() for shingle in shingles(text)])
        pairs += [(number, other) for other in lsh.query(minhash)]
        lsh.insert(number, minhash)
    return join_pairs(pairs, len(texts))


def group_by_rensa(articles: Path) -> Labels:
    """Group by its deduplicator; each near-duplicate belongs to the text that it repeats."""
    from rensa import RMinHash, RMinHashDeduplicator

    texts = read_texts(articles)
    minhashes = RMinHash.from_token_sets(map(shingles, texts), PERMUTATIONS, 1)
    found = RMinHashDeduplicator(_JACCARD_THRESHOLD, PERMUTATIONS, use_lsh=True, seed=1)
    pairs: list[tuple[int, int]] = []
    for number, minhash in enumerate(minhashes):
        if not found.add(str(number), minhash):
            pairs += [(number, int(other)) for other in found.get_duplicates(minhash)[:1]]
    return join_pairs(pairs, len(texts))


def group_by_semhash(articles: Path) -> Labels:
    """Group by the cosine of sentence vectors."""
    from model2vec import StaticModel
    from semhash import SemHash

    try:
        model = StaticModel.from_pretrained(_SEMHASH_MODEL)
    except OSError:
        raise SystemExit("left out: its model cannot be had here") from None
    texts = read_texts(articles)
    records = [{"text": text, "number": number} for number, text in enumerate(texts)]
    result = SemHash.from_records(records, columns=["text"], model=model).self_deduplicate()
    pairs = [
        (item.record["number"], other["number"])
        for item in result.filtered
        for other, _ in item.duplicates
    ]
    return join_pairs(pairs, len(texts))


def group_by_text_dedup(articles: Path) -> Labels:
    """Group by the MinHash program of text-dedup."""
    from text_dedup import minhash

    with TemporaryDirectory() as folder:
        source = ["--path", "json", "--data_files", str(articles), "--split", "train"]
        target = ["--cache_dir", f"{folder}/cache", "--output", f"{folder}/output"]
        wanted = ["--column", "text", "--ngram", "3", "--threshold", str(_JACCARD_THRESHOLD)]
        minhash.main.main([*source, *target, *wanted], standalone_mode=False)
    pairs = list(minhash.uf.parent.items())
    return join_pairs(pairs, len(read_texts(articles)))


GROUPERS: Final[dict[str, Callable[[Path], Labels]]] = {
    "text-dedup": group_by_text_dedup,
    "datasketch": group_by_datasketch,
    "rensa": group_by_rensa,
    "scikit-learn": group_by_scikit_learn,
    "semhash": group_by_semhash,
}


def main() -> None:
    library, articles, groups = sys.argv[1:]
    labels = GROUPERS[library](Path(articles))
    Path(groups).write_text(json.dumps(labels), encoding="utf-8")


if __name__ == "__main__":
    main()
