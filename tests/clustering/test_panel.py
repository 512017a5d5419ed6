"""Texts compared all at once against texts compared pair by pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from press import NOTICE, REPRINTS, Press, cut, seeded

from clustering.fingerprints import Fingerprint, fingerprint
from clustering.panel import Panel
from clustering.verification import compare


def texts(seed: int, size: int) -> list[Fingerprint]:
    """Long ones, short ones, copies, strangers under one notice, from few outlets and addresses."""
    press = Press(seed)
    stories = [press.story(press.draw.choice([1, 3, 9, 40, 150])) for _ in range(4)]
    edits = [*REPRINTS.values(), lambda story, _: cut(story, press.draw.random()), _as_it_is]
    made = []
    for _ in range(size):
        story = press.draw.choice(stories)
        text = press.draw.choice(edits)(story, press)
        if press.draw.random() < 0.3:
            text = f"{press.story(2)}\n\n{NOTICE} {press.draw.randint(10, 99)}"
        url = press.draw.choice([None, None, "https://tarvo.example/a", "https://tarvo.example/b"])
        source = press.draw.choice([None, "Tarvo Post", "Lemmik Herald"])
        made.append(fingerprint(text, url, source))
    return made


def _as_it_is(story: str, press: Press) -> str:
    return story


@seeded
@given(st.integers(0, 10_000), st.integers(1, 24), st.sampled_from(["one", "few", "many"]))
def test_links_are_those_of_each_pair(seed: int, size: int, carriers: str) -> None:
    prints = texts(seed, size)
    panel = Panel(prints)
    draw = np.random.default_rng(seed)
    least = {"one": 1.0, "few": 0.1, "many": 0.001}[carriers]
    weights = draw.uniform(least, 1, len(panel.keys)) if len(panel.keys) else np.empty(0)
    links = panel.links(weights)
    for one, other in combinations(range(size), 2):
        pair = compare(
            prints[one],
            prints[other],
            lambda text: weights[np.searchsorted(panel.keys, text.keys)],
        )
        assert links[one, other] == links[other, one] == pair.linked


@pytest.mark.parametrize("text", ["", "!!!", "one", "one two three"])
def test_texts_without_shingles_are_linked_to_their_equals_only(text: str) -> None:
    prints = [fingerprint(text), fingerprint(text), fingerprint("something else is told here")]
    links = Panel(prints).links(np.ones(len(Panel(prints).keys)))
    alike = bool(prints[0].whole)
    assert links[0, 1] == alike
    assert not links[0, 2]
