"""Fingerprints: what travels to datasketch and back, and what the samples promise."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from clustering.features.minhash import (
    BANDS,
    FINGERPRINT_VERSION,
    PERMUTATIONS,
    SCHEME,
    SEED,
    Fingerprint,
    compute_fingerprint,
    compute_signature,
    estimate_jaccard,
    from_datasketch,
    hash_bands,
)
from tests.support.story_factory import StoryFactory, deterministic, truncate

HASHES = st.lists(st.integers(0, 2**32 - 1), max_size=1200)


def minhash(hashes: list[int], **other: object) -> MinHash:
    """Datasketch's own signature of the same hashes."""
    made = MinHash(
        **{"num_perm": PERMUTATIONS, "seed": SEED, "scheme": SCHEME, "hashfunc": int, **other}
    )
    for each in hashes:
        made.update(each)
    return made


def text(seed: int, sentences: int = 18) -> str:
    return StoryFactory(seed).text(sentences)


class TestSignature:
    @deterministic
    @given(HASHES)
    def test_is_datasketchs_bit_for_bit(self, hashes: list[int]) -> None:
        ours = compute_signature(np.array(hashes, dtype=np.uint32))
        assert ours.tolist() == minhash(hashes).hashvalues.tolist()

    @pytest.mark.parametrize("count", [511, 512, 513, 1024, 5000])
    def test_is_datasketchs_for_long_texts(self, count: int) -> None:
        hashes = np.random.default_rng(count).integers(0, 2**32, count, dtype=np.uint32)
        assert compute_signature(hashes).tolist() == minhash(hashes.tolist()).hashvalues.tolist()

    def test_travels_to_datasketch_and_back(self) -> None:
        print_ = compute_fingerprint(text(1))
        there = print_.to_datasketch()
        assert there.jaccard(minhash(print_.shingles.tolist())) == 1.0
        assert from_datasketch(there).tolist() == print_.signature.tolist()

    def test_a_journey_leaves_the_fingerprint_alone(self) -> None:
        print_ = compute_fingerprint(text(1))
        before = print_.signature.copy()
        print_.to_datasketch().update(b"more")
        assert print_.signature.tolist() == before.tolist()

    @pytest.mark.parametrize("other", [{"scheme": "affine61"}, {"seed": 2}, {"num_perm": 64}])
    def test_signatures_of_another_kind_are_refused(self, other: dict[str, object]) -> None:
        try:
            stranger = minhash([1, 2], **{"hashfunc": lambda value: value, **other})
        except ValueError:
            stranger = minhash([1, 2], scheme="legacy")
        with pytest.raises(ValueError, match="expected"):
            from_datasketch(stranger)

    @deterministic
    @given(st.integers(0, 1000), st.floats(0, 1))
    def test_estimates_jaccard(self, seed: int, share: float) -> None:
        draw = np.random.default_rng(seed)
        first = draw.integers(0, 2**32, 600, dtype=np.uint32)
        kept = first[: int(600 * share)]
        second = np.append(kept, draw.integers(0, 2**32, 600 - len(kept), dtype=np.uint32))
        exact = len(np.intersect1d(first, second)) / len(np.union1d(first, second))
        error = 4.5 * np.sqrt(max(exact * (1 - exact), 0.01) / PERMUTATIONS)
        assert (
            abs(estimate_jaccard(compute_signature(first), compute_signature(second)) - exact)
            <= error
        )

    def test_equal_signatures_share_all_bands_and_strangers_none(self) -> None:
        one, other = (hash_bands(compute_fingerprint(text(seed)).signature) for seed in (1, 2))
        assert len(np.unique(one)) == BANDS
        assert not len(np.intersect1d(one, other))

    def test_bands_of_one_place_are_never_those_of_another(self) -> None:
        keys = hash_bands(np.full(PERMUTATIONS, 7, dtype=np.uint32))
        assert len(np.unique(keys)) == BANDS


class TestSamples:
    @pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.7])
    @pytest.mark.parametrize("sentences", [20, 80, 400])
    def test_nest(self, sentences: int, share: float) -> None:
        """What a longer text samples, a part of it that has the shingle samples too."""
        long = text(sentences, sentences)
        whole, part = compute_fingerprint(long), compute_fingerprint(truncate(long, share))
        assert part.modulus <= whole.modulus
        shared = np.intersect1d(whole.sampled_shingles, part.shingles)
        assert np.isin(shared, part.sampled_shingles).all()

    @pytest.mark.parametrize("sentences", [2, 8, 30, 100, 300])
    def test_stay_few_until_texts_are_very_long(self, sentences: int) -> None:
        print_ = compute_fingerprint(text(1, sentences))
        assert print_.modulus in (1, 2, 4, 8, 16)
        assert np.isin(print_.sampled_shingles, print_.shingles).all()
        assert not (print_.sampled_shingles % print_.modulus).any()
        if print_.modulus < 16:
            assert len(print_.sampled_shingles) < 2.7 * 64


class TestPacking:
    @deterministic
    @given(st.text())
    def test_unpacks_to_the_same(self, raw: str) -> None:
        print_ = compute_fingerprint(raw)
        back = Fingerprint.from_bytes(print_.to_bytes())
        for name in ("signature", "shingles", "number_hashes", "sampled_shingles"):
            assert getattr(back, name).tolist() == getattr(print_, name).tolist()
        assert (back.text_hash, back.modulus) == (print_.text_hash, print_.modulus)

    def test_another_version_is_refused(self) -> None:
        packed = bytearray(compute_fingerprint("the ferry ran aground").to_bytes())
        packed[0] += 1
        with pytest.raises(
            ValueError, match=f"version {FINGERPRINT_VERSION + 1}, expected {FINGERPRINT_VERSION}"
        ):
            Fingerprint.from_bytes(bytes(packed))

    def test_figures_are_kept(self) -> None:
        ten, both, none = (
            compute_fingerprint(t).number_hashes for t in ("10 men", "10 of 12 men", "ten men")
        )
        assert (len(ten), len(both), len(none)) == (1, 2, 0)
        assert np.isin(ten, both).all()
