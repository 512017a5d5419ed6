"""Comparison of many texts at once, against comparing pair by pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.duplicates.comparison import compare
from clustering.duplicates.comparison_matrix import ComparisonMatrix
from clustering.features.fingerprint import Fingerprint, compute_fingerprint
from tests.support.story_factory import (
    BOILERPLATE,
    COPY_VARIANTS,
    StoryFactory,
    deterministic,
    truncate,
)


def make_fingerprints(seed: int, size: int) -> list[Fingerprint]:
    """Fingerprints of long and short texts, copies, and unrelated texts with one notice.

    They come from few outlets and addresses.
    """
    factory = StoryFactory(seed)
    texts = [factory.text(factory.random.choice([1, 3, 9, 40, 150])) for _ in range(4)]
    edits = [
        *COPY_VARIANTS.values(),
        lambda text, _: truncate(text, factory.random.random()),
        _unchanged,
    ]
    fingerprints = []
    for _ in range(size):
        text = factory.random.choice(texts)
        text = factory.random.choice(edits)(text, factory)
        if factory.random.random() < 0.3:
            text = f"{factory.text(2)}\n\n{BOILERPLATE} {factory.random.randint(10, 99)}"
        url = factory.random.choice(
            [None, None, "https://tarvo.example/a", "https://tarvo.example/b"]
        )
        source = factory.random.choice([None, "Tarvo Post", "Lemmik Herald"])
        fingerprints.append(compute_fingerprint(text, url, source))
    return fingerprints


def _unchanged(text: str, factory: StoryFactory) -> str:
    return text


@deterministic
@given(st.integers(0, 10_000), st.integers(1, 24), st.sampled_from(["one", "few", "many"]))
def test_matrix_equals_comparison_of_each_pair(seed: int, size: int, group_frequency: str) -> None:
    fingerprints = make_fingerprints(seed, size)
    matrix = ComparisonMatrix(fingerprints)
    generator = np.random.default_rng(seed)
    min_weight = {"one": 1.0, "few": 0.1, "many": 0.001}[group_frequency]
    weights = (
        generator.uniform(min_weight, 1, len(matrix.sampled_shingles))
        if len(matrix.sampled_shingles)
        else np.empty(0)
    )
    links = matrix.link_matrix(weights)
    for first, second in combinations(range(size), 2):
        pair = compare(
            fingerprints[first],
            fingerprints[second],
            lambda text: weights[np.searchsorted(matrix.sampled_shingles, text.sampled_shingles)],
        )
        assert links[first, second] == links[second, first] == pair.is_linked


@pytest.mark.parametrize("text", ["", "!!!", "one", "one two three"])
def test_texts_with_few_words_are_linked_to_equal_texts_only(text: str) -> None:
    fingerprints = [
        compute_fingerprint(text),
        compute_fingerprint(text),
        compute_fingerprint("something else is told here"),
    ]
    links = ComparisonMatrix(fingerprints).link_matrix(
        np.ones(len(ComparisonMatrix(fingerprints).sampled_shingles))
    )
    has_words = bool(fingerprints[0].text_hash)
    assert links[0, 1] == has_words
    assert not links[0, 2]
