"""Texts compared all at once against texts compared pair by pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.duplicates.comparison import compare
from clustering.duplicates.comparison_matrix import ComparisonMatrix
from clustering.features.minhash import Fingerprint, compute_fingerprint
from tests.support.story_factory import (
    BOILERPLATE,
    COPY_VARIANTS,
    StoryFactory,
    deterministic,
    truncate,
)


def texts(seed: int, size: int) -> list[Fingerprint]:
    """Long ones, short ones, copies, strangers under one notice, from few outlets and addresses."""
    press = StoryFactory(seed)
    stories = [press.text(press.random.choice([1, 3, 9, 40, 150])) for _ in range(4)]
    edits = [
        *COPY_VARIANTS.values(),
        lambda story, _: truncate(story, press.random.random()),
        _as_it_is,
    ]
    made = []
    for _ in range(size):
        story = press.random.choice(stories)
        text = press.random.choice(edits)(story, press)
        if press.random.random() < 0.3:
            text = f"{press.text(2)}\n\n{BOILERPLATE} {press.random.randint(10, 99)}"
        url = press.random.choice(
            [None, None, "https://tarvo.example/a", "https://tarvo.example/b"]
        )
        source = press.random.choice([None, "Tarvo Post", "Lemmik Herald"])
        made.append(compute_fingerprint(text, url, source))
    return made


def _as_it_is(story: str, press: StoryFactory) -> str:
    return story


@deterministic
@given(st.integers(0, 10_000), st.integers(1, 24), st.sampled_from(["one", "few", "many"]))
def test_links_are_those_of_each_pair(seed: int, size: int, carriers: str) -> None:
    prints = texts(seed, size)
    panel = ComparisonMatrix(prints)
    draw = np.random.default_rng(seed)
    least = {"one": 1.0, "few": 0.1, "many": 0.001}[carriers]
    weights = (
        draw.uniform(least, 1, len(panel.sampled_shingles))
        if len(panel.sampled_shingles)
        else np.empty(0)
    )
    links = panel.link_matrix(weights)
    for one, other in combinations(range(size), 2):
        pair = compare(
            prints[one],
            prints[other],
            lambda text: weights[np.searchsorted(panel.sampled_shingles, text.sampled_shingles)],
        )
        assert links[one, other] == links[other, one] == pair.is_linked


@pytest.mark.parametrize("text", ["", "!!!", "one", "one two three"])
def test_texts_without_shingles_are_linked_to_their_equals_only(text: str) -> None:
    prints = [
        compute_fingerprint(text),
        compute_fingerprint(text),
        compute_fingerprint("something else is told here"),
    ]
    links = ComparisonMatrix(prints).link_matrix(
        np.ones(len(ComparisonMatrix(prints).sampled_shingles))
    )
    alike = bool(prints[0].text_hash)
    assert links[0, 1] == alike
    assert not links[0, 2]
