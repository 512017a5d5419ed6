"""Every kernel gives what its reference in NumPy or Python gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clustering.duplicates import alignment
from clustering.events.term_store import TermStore
from clustering.features import (
    language_identifier,
    minhash,
    tokenize,
    word_frequency,
    word_sequence,
)
from clustering.features import terms as terms_module
from clustering.features.normalize import clean, fold
from clustering.features.signatures import signatures
from clustering.features.term_kernel import extract_terms_by_kernel
from clustering.features.terms import BIGRAM, BODY, LEAD, NAME, NUMBER, TITLE, Terms
from clustering.kernels.library import load_kernels
from clustering.similarity import pair_features, tfidf
from clustering.similarity.idf import DocumentFrequencies
from clustering.state.inverted_index import InvertedIndex
from clustering.state.sorted_runs import RunSet, build_run, pack_entries
from clustering.types import Features

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


@given(title=TEXTS, text=TEXTS)
@example(
    title="Straße", text="Die Œuvre des ÉVÊQUE: 3.5 Ärzte, die Straße. \u0130stanbul’da Ærø x²"
)
@example(title="", text="one Two. Three four Five: six Seven-Eight 12,5 12.5.7 one Two one Two")
@example(title="Паводок на Амуре", text="Ёлка і Їжак. В Хабаровске Паводок: ёлка")
@example(title="", text=" ".join(f"word{i} of{i % 7}" for i in range(300)))
@example(title="x" * 100, text="a" * 50 + ",5" * 10)
@pytest.mark.parametrize("language", ["en", "de", "und", "sq"])
def test_terms(language, title, text):
    frequencies = word_frequency.load_log_frequencies(language)
    cleaned = clean(title), clean(text)
    expected = terms_module.extract_terms_by_python(*cleaned, language, frequencies)
    terms = extract_terms_by_kernel(load_kernels(), *cleaned, frequencies)
    if terms is None:
        assert not title.isascii() or not text.isascii()
        return
    assert terms.term_ids.tolist() == expected.term_ids.tolist()
    assert terms.counts.tolist() == expected.counts.tolist()
    assert terms.field_flags.tolist() == expected.field_flags.tolist()
    assert terms.prior.tolist() == pytest.approx(expected.prior.tolist(), rel=1e-6)
    assert terms.names == expected.names


def test_frequencies_are_found_again_when_the_table_was_full(monkeypatch):
    monkeypatch.setattr(word_frequency, "MAX_CACHED_WORDS", 50)
    frequencies = word_frequency.LogFrequencies([{"ferry": 1e-4}])
    for start in range(0, 400, 40):
        text = " ".join(f"w{number}" for number in range(start, start + 40))
        expected = terms_module.extract_terms_by_python("Ferry", text, "en", frequencies)
        terms = extract_terms_by_kernel(load_kernels(), "Ferry", text, frequencies)
        assert terms.prior.tolist() == pytest.approx(expected.prior.tolist(), rel=1e-6)


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


@given(st.lists(st.lists(st.integers(0, 5), max_size=30), min_size=1), st.integers(1, 9))
def test_postings(articles, max_per_key):
    """Few keys in few buckets, so that buckets are large too."""
    index = InvertedIndex(max_buffered_entries=40, slots_per_slice=16)
    for slot, keys in enumerate(articles):
        index.add(np.unique(np.array(keys, np.uint32)), slot)
    for slot in (len(articles), len(articles) + 1):  # the second freezes what is there
        index.add(np.arange(100, 145, dtype=np.uint32), slot)
    mixed = minhash.fmix32(np.arange(8, dtype=np.uint32))
    found = index.run_set.find(mixed, max_per_key)
    expected = index.run_set.find_by_numpy(mixed, max_per_key)
    for column, reference in zip(found, expected, strict=True):
        assert column.tolist() == reference.tolist()


@pytest.mark.parametrize("max_per_key", [1, 5, 1000])
def test_postings_of_a_large_bucket(max_per_key):
    key = np.array([7], np.uint32)
    entries = pack_entries(np.repeat(minhash.fmix32(key), 600), np.arange(600, dtype=np.uint32))
    runs = RunSet([build_run([entries], 600, 0)])
    found = runs.find(minhash.fmix32(key), max_per_key)
    expected = runs.find_by_numpy(minhash.fmix32(key), max_per_key)
    assert [column.tolist() for column in found] == [column.tolist() for column in expected]


@given(st.lists(st.integers(0, 9), max_size=40), st.lists(st.integers(0, 9), max_size=6))
def test_runs_of_three_words(words, few_words):
    sequences = [np.array(numbers, np.uint16) << 1 for numbers in (words, few_words)]
    assert alignment.share_triple(*sequences) == alignment.share_triple_by_numpy(*sequences)


@given(SHINGLES)
def test_signature(hashes):
    expected = minhash.compute_signature_by_numpy(hashes)
    assert minhash.compute_signature(hashes).tolist() == expected.tolist()


@given(TEXTS)
@example("Straße & Œuvre<br>ﬁn, İstanbul’da ½ ΟΔΟΣ Ђак \u0300 a\u00adb")
@example("  date 2021-03-04\nThe ferry ran aground.")
@example("date 2021-03-04 The ferry ran aground.")
@example("\u200b date 2021-03-04\nThe ferry ran aground.")
@example("da\u00adte 2021-03-04\nThe ferry ran aground.")
@example("date 2021-03-0\u00b2\nThe ferry ran aground.")
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


FLAGS = st.sampled_from([TITLE, TITLE | BODY, LEAD | BODY | NAME, BODY, BODY | NUMBER, BIGRAM])
DATES = st.none() | st.floats(0, 2e9)


@st.composite
def term_lists(draw, max_size=40):
    ids = draw(st.lists(st.integers(0, 60), unique=True, max_size=max_size).map(sorted))
    n = len(ids)

    def column(values, dtype):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype=dtype)

    # Ids with equal last bits, and with a counter of their own, occur too.
    term_ids = np.array(ids, dtype=np.uint32) * np.uint32(1 << 13)
    priors = column(st.floats(0, 1, width=32), np.float32)
    return Terms(
        term_ids, priors, column(st.integers(1, 255), np.uint8), column(FLAGS, np.uint8), ()
    )


@st.composite
def snapshots(draw):
    frequencies = DocumentFrequencies()
    for terms in draw(st.lists(term_lists(), max_size=8)):
        frequencies.add(terms.term_ids)
    return frequencies.snapshot()


@given(term_lists(), snapshots())
def test_weights(terms, snapshot):
    expected = tfidf.weigh_by_numpy(terms, snapshot)
    vector = tfidf.vectorise(terms, snapshot, None, 0)
    weighed = (vector.idf, vector.weights, vector.norms, vector.key_words)
    for column, reference in zip(weighed, expected, strict=True):
        assert column.ravel().tolist() == pytest.approx(reference.ravel().tolist(), rel=1e-6)


@given(st.lists(st.tuples(term_lists(), DATES, st.integers(0, 999)), min_size=2), snapshots())
def test_pair_features(articles, snapshot):
    vectors = [tfidf.vectorise(terms, snapshot, *rest) for terms, *rest in articles]
    batch = tfidf.VectorBatch.from_vectors(vectors)
    for vector in vectors:
        expected = pair_features.compute_pair_features_by_numpy(vector, batch)
        assert pair_features.compute_pair_features(vector, batch) == pytest.approx(expected)


@given(st.lists(term_lists(), min_size=1, max_size=5), snapshots())
def test_norms_of_many_articles(articles, snapshot):
    store = TermStore()
    features = Features("en", b"", b"", None, None, 9)
    for slot, terms in enumerate(articles):
        store.add(slot, terms, features)
    store.reset_idf(snapshot)
    batch = store.vector_batch(np.arange(len(articles)))
    for row, terms in enumerate(articles):
        expected = tfidf.weigh_by_numpy(terms, snapshot)
        assert batch.norms[row].tolist() == pytest.approx(expected.norms.tolist(), rel=1e-6)
        assert batch.key_words[row].ravel().tolist() == pytest.approx(
            expected.key_words.ravel().tolist(), rel=1e-6
        )
