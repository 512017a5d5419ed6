"""Two texts side by side."""

from __future__ import annotations

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
from clustering.features.minhash import Fingerprint, compute_fingerprint, is_too_short
from clustering.features.normalize import clean
from tests.support.story_factory import COPY_VARIANTS, StoryFactory, deterministic, truncate

TEXT = st.lists(
    st.sampled_from(["the", "ferry", "ran", "7", "12", "on", "rocks", "at", "dawn"]), max_size=40
)
WORDS = TEXT.map(" ".join)


def even(print_: Fingerprint) -> np.ndarray:
    return np.ones(len(print_.sampled_shingles))


def side_by_side(one: str, other: str, weight_of=even) -> Comparison:
    return compare(compute_fingerprint(clean(one)), compute_fingerprint(clean(other)), weight_of)


def exact(one: str, other: str) -> tuple[float, float]:
    """Jaccard and containment by sets of word triples; brief texts are one shingle."""

    def triples(text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        size = min(3, len(words))
        return (
            {tuple(words[at : at + size]) for at in range(len(words) - size + 1)} if size else {*()}
        )

    first, second = triples(one), triples(other)
    shared = len(first & second)
    return shared / (len(first | second) or 1), shared / (min(len(first), len(second)) or 1)


class TestAnyTwo:
    @deterministic
    @given(WORDS, WORDS)
    def test_compare_the_same_both_ways(self, one: str, other: str) -> None:
        assert side_by_side(one, other) == side_by_side(other, one)

    @deterministic
    @given(WORDS, WORDS, st.integers(0, 99))
    def test_score_from_0_to_1_by_any_weights(self, one: str, other: str, seed: int) -> None:
        def some(print_: Fingerprint) -> np.ndarray:
            return np.random.default_rng(seed).random(len(print_.sampled_shingles))

        compared = side_by_side(one, other, some)
        assert 0 <= compared.score <= 1
        assert 0 <= compared.jaccard <= compared.containment <= 1

    @deterministic
    @given(WORDS.filter(bool))
    def test_equal_words_are_equal_texts(self, text: str) -> None:
        compared = side_by_side(text, f"  {text.upper()}! ")
        assert (compared.score, compared.same_text, compared.is_linked) == (1.0, True, True)

    @deterministic
    @given(WORDS.filter(bool), WORDS.filter(bool))
    def test_shares_are_exact(self, one: str, other: str) -> None:
        compared = side_by_side(one, other)
        if not compared.same_text:
            assert (compared.jaccard, compared.containment) == pytest.approx(exact(one, other))

    @deterministic
    @given(WORDS, WORDS)
    def test_brief_texts_are_linked_only_if_equal(self, one: str, other: str) -> None:
        if is_too_short(compute_fingerprint(one)) and one != other:
            assert not side_by_side(one, other).is_linked


class TestVerdict:
    @pytest.mark.parametrize("kind", COPY_VARIANTS)
    def test_a_reprint_is_linked(self, kind: str) -> None:
        for seed in range(5):
            press = StoryFactory(seed)
            text = press.text()
            assert side_by_side(text, COPY_VARIANTS[kind](text, press)).is_linked

    def test_strangers_are_not(self) -> None:
        stories = [StoryFactory(seed).text() for seed in range(12)]
        pairs = [(a, b) for at, a in enumerate(stories) for b in stories[at + 1 :]]
        assert not any(side_by_side(*pair).is_linked for pair in pairs)

    def test_the_words_of_another_order_are_another_text(self) -> None:
        words = StoryFactory(1).text().split()
        StoryFactory(2).random.shuffle(shuffled := words.copy())
        assert not side_by_side(" ".join(words), " ".join(shuffled)).is_linked

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("5 of 7 ferries sailed from Tarvo on 12 May as the storm passed over the island",
             "6 of 8 ferries sailed from Tarvo on 13 May as the storm passed over the island"),
            ("Draw of Saturday: 4 8 15 16 23 42. The next draw with a first prize of two million "
             "takes place on Wednesday at the usual hour.",
             "Draw of Saturday: 3 9 14 18 27 41. The next draw with a first prize of two million "
             "takes place on Wednesday at the usual hour."),
        ],
    )  # fmt: skip
    def test_brief_reports_of_other_figures_are_other_reports(self, one: str, other: str) -> None:
        assert not side_by_side(one, other).is_linked

    def test_a_text_that_quotes_two_paragraphs_is_not_a_reprint(self) -> None:
        for seed in range(5):
            press = StoryFactory(seed)
            story, follow_up = press.text(27), press.text(27)
            quoted = "\n\n".join(story.split("\n\n")[:2])
            assert not side_by_side(story, f"{follow_up}\n\n{quoted}").is_linked

    def test_a_part_is_linked_to_its_whole_whatever_its_length(self) -> None:
        book = "\n\n".join(StoryFactory(seed).text(60) for seed in range(6))
        assert side_by_side(book, truncate(book, 0.1)).score == 1.0


class TestGlance:
    """What is told of two texts without looking up the weights of the shorter one."""

    @deterministic
    @given(
        st.integers(0, 10**6),
        st.integers(3, 30),
        st.integers(0, 30),
        st.sampled_from([1.0, 0.3, 0.02, 0.001]),
        st.sampled_from([1.0, 0.3, 0.02, 0.001]),
    )
    def test_none_that_may_be_a_reprint_is_dismissed(
        self, seed: int, sentences: int, shared: int, common: float, rest: float
    ) -> None:
        press = StoryFactory(seed)
        there, here = press.text(30), press.text(sentences)
        passage = " ".join(there.split()[: 20 * shared])
        longer, shorter = (
            compute_fingerprint(clean(there)),
            compute_fingerprint(clean(f"{passage} {here}")),
        )

        def weight_of(print_: Fingerprint) -> np.ndarray:
            both = np.isin(
                print_.sampled_shingles,
                np.intersect1d(longer.sampled_shingles, shorter.sampled_shingles),
            )
            return np.where(both, common, rest)

        found = quick_reject(longer, shorter, weight_of(longer))
        exact = compare(longer, shorter, weight_of)
        if found is not None:
            assert not exact.is_linked
            assert (found.jaccard, found.containment) == (exact.jaccard, exact.containment)
            assert found.score <= exact.score + 1e-9

    def test_strangers_are_dismissed_and_reprints_are_not(self) -> None:
        story = StoryFactory(1).text(30)
        longer, part = (
            compute_fingerprint(clean(story)),
            compute_fingerprint(clean(truncate(story, 0.4))),
        )
        stranger = compute_fingerprint(clean(StoryFactory(2).text(20)))
        assert quick_reject(longer, stranger, even(longer)) is not None
        assert quick_reject(longer, part, even(longer)) is None

    def test_a_longer_text_is_left_to_a_closer_look(self) -> None:
        longer, shorter = (
            compute_fingerprint(clean(StoryFactory(1).text(size))) for size in (30, 20)
        )
        assert quick_reject(shorter, longer, even(shorter)) is None


class TestWeights:
    def test_what_few_stories_carry_has_full_weight(self) -> None:
        assert shingle_weight(np.array([0, 1, 2, 3])).tolist() == [1, 1, 1, 1]

    def test_what_more_carry_weighs_less_and_less(self) -> None:
        weights = shingle_weight(np.arange(3, 500))
        assert (np.diff(weights) < 0).all()
        assert weights[3].item() == 0.25
        assert weights[-1] < 1e-4

    def test_a_common_passage_links_nothing(self) -> None:
        press = StoryFactory(1)
        notice, one, other = press.text(12), press.text(6), press.text(6)
        common = np.unique(compute_fingerprint(notice).shingles)

        def rarity(print_: Fingerprint) -> np.ndarray:
            return shingle_weight(np.where(np.isin(print_.sampled_shingles, common), 20, 1))

        pair = f"{one} {notice}", f"{other} {notice}"
        assert side_by_side(*pair).score > DUPLICATE_THRESHOLD
        assert side_by_side(*pair, rarity).score < DUPLICATE_THRESHOLD / 2

    def test_where_nothing_else_is_left_the_common_passage_decides(self) -> None:
        notice = StoryFactory(1).text(12)

        def common(print_: Fingerprint) -> np.ndarray:
            return np.full(len(print_.sampled_shingles), 1e-4)

        assert side_by_side(notice, notice.removesuffix("."), common).is_linked
        assert side_by_side(notice, f"{notice} More.", common).score > 0.9
