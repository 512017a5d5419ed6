"""Comparison of two texts: similarities, near-duplicates, quick rejection, weights."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.duplicates.comparison import (
    DUPLICATE_THRESHOLD,
    Comparison,
    compare,
    quick_reject,
    shingle_weight,
)
from clustering.features.fingerprint import Fingerprint, compute_fingerprint, is_too_short
from clustering.features.normalize import clean
from tests.support.story_factory import COPY_VARIANTS, StoryFactory, deterministic, truncate

TEXT = st.lists(
    st.sampled_from(["the", "ferry", "ran", "7", "12", "on", "rocks", "at", "dawn"]), max_size=40
)
WORDS = TEXT.map(" ".join)


def equal_weights(fingerprint: Fingerprint) -> np.ndarray:
    return np.ones(len(fingerprint.sampled_shingles))


def compare_texts(first: str, second: str, weight_of=equal_weights) -> Comparison:
    return compare(compute_fingerprint(clean(first)), compute_fingerprint(clean(second)), weight_of)


def exact_similarities(first: str, second: str) -> tuple[float, float]:
    """Return Jaccard and containment by sets of word triples; short texts are one shingle."""

    def triples(text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        size = min(3, len(words))
        return (
            {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}
            if size
            else {*()}
        )

    in_first, in_second = triples(first), triples(second)
    n_shared = len(in_first & in_second)
    n_shorter = min(len(in_first), len(in_second))
    return n_shared / (len(in_first | in_second) or 1), n_shared / (n_shorter or 1)


class TestAnyPair:
    @deterministic
    @given(WORDS, WORDS)
    def test_comparison_is_symmetric(self, first: str, second: str) -> None:
        assert compare_texts(first, second) == compare_texts(second, first)

    @deterministic
    @given(WORDS, WORDS, st.integers(0, 99))
    def test_score_is_in_0_to_1_for_any_weights(self, first: str, second: str, seed: int) -> None:
        def random_weights(fingerprint: Fingerprint) -> np.ndarray:
            return np.random.default_rng(seed).random(len(fingerprint.sampled_shingles))

        comparison = compare_texts(first, second, random_weights)
        assert 0 <= comparison.score <= 1
        assert 0 <= comparison.jaccard <= comparison.containment <= 1

    @deterministic
    @given(WORDS.filter(bool))
    def test_equal_words_are_the_same_text(self, text: str) -> None:
        comparison = compare_texts(text, f"  {text.upper()}! ")
        assert (comparison.score, comparison.same_text, comparison.is_linked) == (1.0, True, True)

    @deterministic
    @given(WORDS.filter(bool), WORDS.filter(bool))
    def test_jaccard_and_containment_are_exact(self, first: str, second: str) -> None:
        comparison = compare_texts(first, second)
        if not comparison.same_text:
            assert (comparison.jaccard, comparison.containment) == pytest.approx(
                exact_similarities(first, second)
            )

    @deterministic
    @given(WORDS, WORDS)
    def test_short_texts_are_near_duplicates_only_if_equal(self, first: str, second: str) -> None:
        if is_too_short(compute_fingerprint(first)) and first != second:
            assert not compare_texts(first, second).is_linked


class TestVerdict:
    @pytest.mark.parametrize("kind", COPY_VARIANTS)
    def test_copy_variant_is_a_near_duplicate(self, kind: str) -> None:
        for seed in range(5):
            factory = StoryFactory(seed)
            text = factory.text()
            assert compare_texts(text, COPY_VARIANTS[kind](text, factory)).is_linked

    def test_unrelated_texts_are_not_near_duplicates(self) -> None:
        texts = [StoryFactory(seed).text() for seed in range(12)]
        pairs = combinations(texts, 2)
        assert not any(compare_texts(*pair).is_linked for pair in pairs)

    def test_shuffled_words_are_not_a_near_duplicate(self) -> None:
        words = StoryFactory(1).text().split()
        StoryFactory(2).random.shuffle(shuffled := words.copy())
        assert not compare_texts(" ".join(words), " ".join(shuffled)).is_linked

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("5 of 7 ferries sailed from Tarvo on 12 May as the storm passed over the island",
             "6 of 8 ferries sailed from Tarvo on 13 May as the storm passed over the island"),
            ("Draw of Saturday: 4 8 15 16 23 42. The next draw with a first prize of two million "
             "takes place on Wednesday at the usual hour.",
             "Draw of Saturday: 3 9 14 18 27 41. The next draw with a first prize of two million "
             "takes place on Wednesday at the usual hour."),
        ],
    )  # fmt: skip
    def test_briefs_with_different_numbers_are_not_near_duplicates(
        self, first: str, second: str
    ) -> None:
        assert not compare_texts(first, second).is_linked

    def test_quoting_two_paragraphs_makes_no_near_duplicate(self) -> None:
        for seed in range(5):
            factory = StoryFactory(seed)
            text, follow_up = factory.text(27), factory.text(27)
            quoted = "\n\n".join(text.split("\n\n")[:2])
            assert not compare_texts(text, f"{follow_up}\n\n{quoted}").is_linked

    def test_excerpt_is_a_near_duplicate_of_the_whole_whatever_its_length(self) -> None:
        book = "\n\n".join(StoryFactory(seed).text(60) for seed in range(6))
        assert compare_texts(book, truncate(book, 0.1)).score == 1.0


class TestQuickReject:
    """Comparison without looking up the weights of the shorter text."""

    @deterministic
    @given(
        st.integers(0, 10**6),
        st.integers(3, 30),
        st.integers(0, 30),
        st.sampled_from([1.0, 0.3, 0.02, 0.001]),
        st.sampled_from([1.0, 0.3, 0.02, 0.001]),
    )
    def test_quick_reject_rejects_no_near_duplicate(
        self, seed: int, sentences: int, shared: int, common: float, rest: float
    ) -> None:
        factory = StoryFactory(seed)
        longer_text, shorter_text = factory.text(30), factory.text(sentences)
        passage = " ".join(longer_text.split()[: 20 * shared])
        longer, shorter = (
            compute_fingerprint(clean(longer_text)),
            compute_fingerprint(clean(f"{passage} {shorter_text}")),
        )

        def weight_of(fingerprint: Fingerprint) -> np.ndarray:
            is_shared = np.isin(
                fingerprint.sampled_shingles,
                np.intersect1d(longer.sampled_shingles, shorter.sampled_shingles),
            )
            return np.where(is_shared, common, rest)

        rejected = quick_reject(longer, shorter, weight_of(longer))
        exact = compare(longer, shorter, weight_of)
        if rejected is not None:
            assert not exact.is_linked
            assert (rejected.jaccard, rejected.containment) == (exact.jaccard, exact.containment)
            assert rejected.score <= exact.score + 1e-9

    def test_quick_reject_rejects_unrelated_texts_and_keeps_excerpts(self) -> None:
        text = StoryFactory(1).text(30)
        longer, part = (
            compute_fingerprint(clean(text)),
            compute_fingerprint(clean(truncate(text, 0.4))),
        )
        unrelated = compute_fingerprint(clean(StoryFactory(2).text(20)))
        assert quick_reject(longer, unrelated, equal_weights(longer)) is not None
        assert quick_reject(longer, part, equal_weights(longer)) is None

    def test_quick_reject_does_not_judge_longer_candidates(self) -> None:
        longer, shorter = (
            compute_fingerprint(clean(StoryFactory(1).text(size))) for size in (30, 20)
        )
        assert quick_reject(shorter, longer, equal_weights(shorter)) is None


class TestWeights:
    def test_shingle_in_few_groups_has_full_weight(self) -> None:
        assert shingle_weight(np.array([0, 1, 2, 3])).tolist() == [1, 1, 1, 1]

    def test_weight_falls_with_group_frequency(self) -> None:
        weights = shingle_weight(np.arange(3, 500))
        assert (np.diff(weights) < 0).all()
        assert weights[3].item() == 0.25
        assert weights[-1] < 1e-4

    def test_common_passage_makes_no_near_duplicates(self) -> None:
        factory = StoryFactory(1)
        notice, first, second = factory.text(12), factory.text(6), factory.text(6)
        common = np.unique(compute_fingerprint(notice).shingles)

        def weights_by_frequency(fingerprint: Fingerprint) -> np.ndarray:
            return shingle_weight(np.where(np.isin(fingerprint.sampled_shingles, common), 20, 1))

        pair = f"{first} {notice}", f"{second} {notice}"
        assert compare_texts(*pair).score > DUPLICATE_THRESHOLD
        assert compare_texts(*pair, weights_by_frequency).score < DUPLICATE_THRESHOLD / 2

    def test_plain_containment_decides_for_boilerplate(self) -> None:
        notice = StoryFactory(1).text(12)

        def common(fingerprint: Fingerprint) -> np.ndarray:
            return np.full(len(fingerprint.sampled_shingles), 1e-4)

        assert compare_texts(notice, notice.removesuffix("."), common).is_linked
        assert compare_texts(notice, f"{notice} More.", common).score > 0.9
