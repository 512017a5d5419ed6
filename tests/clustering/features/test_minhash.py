"""MinHash signatures against datasketch, conversions to and from it, and sampled shingles."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from clustering.features import minhash as minhash_module
from clustering.features.fingerprint import FINGERPRINT_VERSION, Fingerprint, compute_fingerprint
from clustering.features.minhash import (
    BANDS,
    PERMUTATIONS,
    SCHEME,
    SEED,
    compute_signature,
    estimate_jaccard,
    hash_bands,
    minhash_to_signature,
    signature_to_minhash,
)
from clustering.features.terms import extract_terms
from tests.support.story_factory import StoryFactory, deterministic, truncate

HASHES = st.lists(st.integers(0, 2**32 - 1), max_size=1200)


def datasketch_minhash(hashes: list[int], **options: object) -> MinHash:
    """Datasketch's own signature of the same hashes."""
    minhash = MinHash(
        **{"num_perm": PERMUTATIONS, "seed": SEED, "scheme": SCHEME, "hashfunc": int, **options}
    )
    for value in hashes:
        minhash.update(value)
    return minhash


def random_text(seed: int, sentences: int = 18) -> str:
    return StoryFactory(seed).text(sentences)


class TestSignature:
    @deterministic
    @given(HASHES)
    def test_signature_equals_datasketch_bit_for_bit(self, hashes: list[int]) -> None:
        signature = compute_signature(np.array(hashes, dtype=np.uint32))
        assert signature.tolist() == datasketch_minhash(hashes).hashvalues.tolist()

    @pytest.mark.parametrize("count", [511, 512, 513, 1024, 5000])
    def test_signature_of_long_text_equals_datasketch(self, count: int) -> None:
        hashes = np.random.default_rng(count).integers(0, 2**32, count, dtype=np.uint32)
        expected = datasketch_minhash(hashes.tolist()).hashvalues.tolist()
        assert compute_signature(hashes).tolist() == expected

    @deterministic
    @given(st.integers(0, 1000), st.floats(0, 1))
    def test_equal_values_estimate_jaccard(self, seed: int, share: float) -> None:
        generator = np.random.default_rng(seed)
        first = generator.integers(0, 2**32, 600, dtype=np.uint32)
        kept = first[: int(600 * share)]
        second = np.append(kept, generator.integers(0, 2**32, 600 - len(kept), dtype=np.uint32))
        exact = len(np.intersect1d(first, second)) / len(np.union1d(first, second))
        error = 4.5 * np.sqrt(max(exact * (1 - exact), 0.01) / PERMUTATIONS)
        assert (
            abs(estimate_jaccard(compute_signature(first), compute_signature(second)) - exact)
            <= error
        )

    def test_unrelated_texts_share_no_band(self) -> None:
        first, second = (
            hash_bands(compute_fingerprint(random_text(seed)).signature) for seed in (1, 2)
        )
        assert len(np.unique(first)) == BANDS
        assert not len(np.intersect1d(first, second))

    def test_equal_values_in_two_bands_give_two_keys(self) -> None:
        keys = hash_bands(np.full(PERMUTATIONS, 7, dtype=np.uint32))
        assert len(np.unique(keys)) == BANDS


class TestDatasketchConversion:
    @deterministic
    @given(HASHES)
    def test_minhash_equals_one_updated_by_datasketch(self, hashes: list[int]) -> None:
        signature = compute_signature(np.array(hashes, dtype=np.uint32))
        assert signature_to_minhash(signature) == datasketch_minhash(hashes)

    @deterministic
    @given(HASHES)
    def test_signature_of_datasketch_minhash_equals_ours(self, hashes: list[int]) -> None:
        signature = minhash_to_signature(datasketch_minhash(hashes))
        assert signature.dtype == np.uint32
        assert signature.tolist() == compute_signature(np.array(hashes, np.uint32)).tolist()

    def test_signature_survives_the_round_trip(self) -> None:
        fingerprint = compute_fingerprint(random_text(1))
        minhash = signature_to_minhash(fingerprint.signature)
        assert minhash.jaccard(datasketch_minhash(fingerprint.shingles.tolist())) == 1.0
        assert minhash_to_signature(minhash).tolist() == fingerprint.signature.tolist()

    def test_updating_the_minhash_leaves_the_fingerprint_unchanged(self) -> None:
        fingerprint = compute_fingerprint(random_text(1))
        before = fingerprint.signature.copy()
        signature_to_minhash(fingerprint.signature).update(b"more")
        assert fingerprint.signature.tolist() == before.tolist()

    def test_converted_minhashes_work_in_datasketch_lsh(self) -> None:
        texts = {
            "whole": random_text(1),
            "cut": truncate(random_text(1), 0.9),
            "other": random_text(2),
        }
        minhashes = {
            name: signature_to_minhash(compute_fingerprint(text).signature)
            for name, text in texts.items()
        }
        index = MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
        for name, minhash in minhashes.items():
            index.insert(name, minhash)
        assert sorted(index.query(minhashes["whole"])) == ["cut", "whole"]

    @pytest.mark.parametrize("options", [{"scheme": "affine61"}, {"seed": 2}, {"num_perm": 64}])
    def test_minhash_of_another_scheme_is_refused(self, options: dict[str, object]) -> None:
        try:
            minhash = datasketch_minhash([1, 2], **{"hashfunc": lambda value: value, **options})
        except ValueError:
            minhash = datasketch_minhash([1, 2], scheme="legacy")
        with pytest.raises(ValueError, match="expected"):
            minhash_to_signature(minhash)

    def test_examples_in_the_docstring_are_true(self) -> None:
        results = doctest.testmod(minhash_module)
        assert results.attempted
        assert not results.failed


class TestSampledShingles:
    @pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.7])
    @pytest.mark.parametrize("sentences", [20, 80, 400])
    def test_part_samples_every_shingle_that_the_whole_samples(
        self, sentences: int, share: float
    ) -> None:
        long_text = random_text(sentences, sentences)
        whole = compute_fingerprint(long_text)
        part = compute_fingerprint(truncate(long_text, share))
        assert part.modulus <= whole.modulus
        shared = np.intersect1d(whole.sampled_shingles, part.shingles)
        assert np.isin(shared, part.sampled_shingles).all()

    @pytest.mark.parametrize("sentences", [2, 8, 30, 100, 300])
    def test_sample_stays_small_until_texts_are_very_long(self, sentences: int) -> None:
        fingerprint = compute_fingerprint(random_text(1, sentences))
        assert fingerprint.modulus in (1, 2, 4, 8, 16)
        assert np.isin(fingerprint.sampled_shingles, fingerprint.shingles).all()
        assert not (fingerprint.sampled_shingles % fingerprint.modulus).any()
        if fingerprint.modulus < 16:
            assert len(fingerprint.sampled_shingles) < 2.7 * 64


SEQUENCES = ("words", "title_words", "term_words")


class TestPacking:
    @deterministic
    @given(st.text(), st.text())
    def test_fingerprint_survives_packing(self, raw: str, title: str) -> None:
        terms = extract_terms(title, raw, "en")
        fingerprint = compute_fingerprint(raw, title=title, terms=terms)
        unpacked = Fingerprint.from_bytes(fingerprint.to_bytes())
        for name in ("signature", "shingles", "sampled_shingles", *SEQUENCES):
            assert getattr(unpacked, name).tolist() == getattr(fingerprint, name).tolist()
        assert unpacked.text_hash == fingerprint.text_hash
        assert unpacked.content_hash == fingerprint.content_hash
        assert unpacked.modulus == fingerprint.modulus

    def test_another_version_is_refused(self) -> None:
        packed = bytearray(compute_fingerprint("the ferry ran aground").to_bytes())
        packed[0] += 1
        with pytest.raises(
            ValueError, match=f"version {FINGERPRINT_VERSION + 1}, expected {FINGERPRINT_VERSION}"
        ):
            Fingerprint.from_bytes(bytes(packed))

    def test_different_numbers_are_counted(self) -> None:
        texts = ("10 men", "10 of 12 men", "10 of 10 men", "ten men")
        assert [compute_fingerprint(text).n_numbers for text in texts] == [1, 2, 1, 0]
