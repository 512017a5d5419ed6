"""MinHash signatures of raw texts, for programs that need nothing else of an article."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clustering.features.minhash import PERMUTATIONS, Hashes32, compute_signature
from clustering.features.normalize import clean, fold
from clustering.features.tokenize import hash_shingles, hash_words


def signatures(texts: Iterable[str]) -> Hashes32:
    """Compute the MinHash signature of each text.

    The texts are cleaned and folded as those of articles are. Each signature is bit for bit the one
    that datasketch computes from the same shingle hashes (scheme "affine32", seed 1).

    Parameters
    ----------
    texts : iterable of str
        As they were published, with or without markup.

    Returns
    -------
    ndarray of uint32, shape (n_texts, 128)
        A text without words has the signature of the empty set.

    Examples
    --------
    >>> signatures(["The ferry Alma ran aground.", "the ferry ALMA ran aground"]).shape
    (2, 128)
    """
    rows = [_sign(text) for text in texts]
    return np.array(rows, dtype=np.uint32).reshape(len(rows), PERMUTATIONS)


def _sign(text: str) -> Hashes32:
    return compute_signature(hash_shingles(hash_words(fold(clean(text))).hashes))
