"""Every kernel gives what its reference in NumPy or Python gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clustering.features import language_identifier, minhash, tokenize, word_sequence
from clustering.features.normalize import clean, fold
from clustering.features.signatures import signatures
from clustering.kernels.library import load_kernels

TEXTS = st.one_of(
    st.text(),
    # Words and spaces of one script each, so that runs, clusters and pieces come out.
    st.text(st.sampled_from("ab9 é'")),
    st.text(st.sampled_from("中国の人が 、")),
    st.text(st.sampled_from("กาเขี่ 1")),
    st.text(st.sampled_from("မြန်္ ")),
)
HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=50).map(lambda h: np.array(h, np.uint64))
SHINGLES = st.lists(st.integers(0, 2**32 - 1), max_size=3000).map(lambda h: np.array(h, np.uint32))


def test_the_kernels_are_compiled():
    assert load_kernels() is not None


@given(TEXTS)
def test_words(text):
    folded = fold(clean(text))
    expected = tokenize.hash_words_by_numpy(tokenize.code_points(folded))
    for column, reference in zip(tokenize.hash_words(folded), expected, strict=True):
        assert column.tolist() == reference.tolist()
        assert column.dtype == reference.dtype


@given(TEXTS)
def test_stems(text):
    folded = fold(clean(text))
    words = tokenize.hash_words(folded)
    expected = word_sequence.hash_stems_by_numpy(folded, words)
    assert word_sequence.hash_stems(folded, words).tolist() == expected.tolist()


@given(HASHES)
def test_digest(hashes):
    assert tokenize.digest(hashes) == tokenize.digest_by_numpy(hashes)


@given(HASHES.filter(len), st.integers(1, 5))
def test_shingles(hashes, size):
    size = min(size, len(hashes))
    expected = tokenize.hash_shingles_by_numpy(hashes, size)
    assert tokenize.hash_shingles(hashes, size).tolist() == expected.tolist()


@given(SHINGLES)
def test_sorting(hashes):
    assert tokenize.sort_unique(hashes).tolist() == np.unique(hashes).tolist()


@given(SHINGLES)
def test_signature(hashes):
    expected = minhash.compute_signature_by_numpy(hashes)
    assert minhash.compute_signature(hashes).tolist() == expected.tolist()


@given(TEXTS)
@example("Straße & Œuvre<br>ﬁn, İstanbul’da ½ ΟΔΟΣ Ђак \u0300 a\u00adb")
@example("  date 2021-03-04\nThe ferry ran aground.")
@example("x" * 300)
@example("&amp;&lt;b&gt; AT&T 5 < 6")
def test_signatures_of_raw_texts(text):
    shingles = tokenize.hash_shingles(tokenize.hash_words(fold(clean(text))).hashes)
    expected = minhash.compute_signature_by_numpy(shingles)
    assert signatures([text])[0].tolist() == expected.tolist()


@pytest.fixture(scope="module")
def reference_identifier():
    return language_identifier.reference_identifier()


@given(text=TEXTS)
@example(text="The ferry Alma ran aground off Skarn on Monday, and all on board are safe.")
@example(text="Der Fährbetrieb wurde am Montag nach einer Havarie vor Skarn eingestellt.")
def test_likelihoods_of_languages(reference_identifier, text):
    expected = reference_identifier.likelihoods(text)
    likelihoods = language_identifier.language_identifier().likelihoods(text)
    assert likelihoods == pytest.approx(expected, rel=1e-3, abs=1e-6)
