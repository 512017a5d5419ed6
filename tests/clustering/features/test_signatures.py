"""Signatures of raw texts, against datasketch and against those of articles."""

from __future__ import annotations

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustering import Article, extract_features, signatures
from clustering.features import signatures as signatures_module
from clustering.features.fingerprint import Fingerprint
from clustering.features.minhash import PERMUTATIONS
from tests.clustering.features.test_minhash import datasketch_minhash, random_text
from tests.support.story_factory import deterministic


def article_fingerprint(text: str) -> Fingerprint:
    features = extract_features(Article(1, "", text, language="en"))
    return Fingerprint.from_bytes(features.fingerprint)


@deterministic
@given(st.lists(st.text(max_size=300), max_size=4))
def test_signatures_are_those_of_articles(texts: list[str]) -> None:
    expected = [article_fingerprint(text).signature.tolist() for text in texts]
    assert signatures(texts).tolist() == expected


def test_signatures_equal_those_of_datasketch() -> None:
    texts = [f"<p>{random_text(seed)}</p>" for seed in range(3)]
    expected = [
        datasketch_minhash(article_fingerprint(text).shingles.tolist()).hashvalues.tolist()
        for text in texts
    ]
    assert signatures(texts).tolist() == expected


def test_no_texts_give_no_rows() -> None:
    result = signatures([])
    assert result.shape == (0, PERMUTATIONS)
    assert result.dtype == np.uint32


def test_example_in_the_docstring_is_true() -> None:
    results = doctest.testmod(signatures_module)
    assert results.attempted
    assert not results.failed


def test_many_texts_are_signed_in_their_order() -> None:
    """More than one call of the kernel takes, with texts between them that it leaves out."""
    texts = [f"Report {number} of the 東京 ferry" for number in range(600)]
    texts[::5] = [f"date 2020-01-0{number % 9}\nx" for number in range(120)]
    texts[3::7] = ["क्या हुआ"] * len(texts[3::7])
    together = signatures(texts)
    assert len(np.unique(together, axis=0)) > 300
    assert (together == np.concatenate([signatures([text]) for text in texts])).all()
