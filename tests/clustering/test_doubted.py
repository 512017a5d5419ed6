"""What is doubted of a judgement, and how two texts are marked side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
import starter
from hypothesis import given
from hypothesis import strategies as st

from clustering import Index, analyse
from clustering.doubts import DAYS, HALVING, WIDTH, margin, worth
from clustering.likeness import JOIN, NEIGHBOUR
from clustering.marking import Stretch, mark
from clustering.model import Doubt

SHARES = st.floats(0, 1)
DAY = 86_400.0


def judged(count: int, join: float = JOIN) -> tuple[Index, list[Doubt]]:
    fingerprints: dict[int, bytes] = {}
    index = Index(lambda keys: {key: fingerprints[key] for key in keys}, join=join)
    found: list[Doubt] = []
    for article in starter.articles()[:count]:
        features = analyse(article)
        fingerprints[article.key] = features.fingerprint
        judgement = index.judge(article.key, features)
        assert all(article.key in doubt.articles for doubt in judgement.doubts)
        index.apply(article.key, features, judgement)
        for doubt in judgement.doubts:
            together = len({index.event_of(key) for key in doubt.articles}) == 1
            assert margin(doubt.probability, join, together=together) <= WIDTH
        found += judgement.doubts
    return index, found


def test_doubts_are_pairs_that_are_near_the_line_or_beyond_it() -> None:
    _, found = judged(106)
    assert found
    for doubt in found:
        assert doubt.articles[0] < doubt.articles[1]
        assert doubt.probability >= NEIGHBOUR
    assert len({doubt.articles for doubt in found}) == len(found)


def test_judging_again_doubts_again() -> None:
    index, _ = judged(60)
    again = {doubt for key in range(1, 61) for doubt in index.judge_again(key)[0].doubts}
    assert again
    assert index.judge_again(1)[1] <= frozenset(range(1, 61))


@given(SHARES, SHARES, SHARES)
def test_what_is_nearer_to_the_line_or_speaks_against_it_is_worth_more(a, b, join) -> None:
    for together in (True, False):
        near, far = sorted((a, b), key=lambda it: margin(it, join, together=together))
        numbers = {"together": together, "moving": 1, "published": 0.0}
        assert worth(near, join, **numbers) >= worth(far, join, **numbers)


@pytest.mark.parametrize(
    "better",
    [
        {"moving": 3},
        {"published": DAYS * DAY},
        {"probability": 0.4 + HALVING},
    ],
)
def test_a_doubling_is_a_doubling_wherever_it_comes_from(better) -> None:
    plain = {"probability": 0.4, "join": 0.5, "together": False, "moving": 1, "published": 0.0}
    assert worth(**{**plain, **better}) == pytest.approx(worth(**plain) + 1)


def kinds(stretches: tuple[Stretch, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for it in stretches:
        found.setdefault(it.kind, []).append(it.text)
    return found


def test_passages_and_telling_words_are_marked_in_both_texts() -> None:
    one = "At dawn the ferry Marwa ran aground off Tel Point. Nobody was hurt."
    other = "Marwa, a ferry, is stuck. It ran aground off Tel Point, the pilots say."
    first, second = mark(one, other, {"marwa", "ferry"})
    assert kinds(first)["passage"] == ["ran aground off Tel Point"] == kinds(second)["passage"]
    assert kinds(first)["term"] == ["ferry", "Marwa"]
    assert kinds(second)["term"] == ["Marwa", "ferry"]


@given(st.text(max_size=200), st.text(max_size=200), st.sets(st.text(max_size=5), max_size=4))
def test_the_stretches_are_the_text(one, other, terms) -> None:
    for stretches in mark(one, other, terms):
        assert all(it.text for it in stretches)
        assert all(before.kind != after.kind for before, after in pairwise(stretches))


def test_scripts_without_spaces_are_marked_too() -> None:
    first, _ = mark("渡轮今天在港口外搁浅了没有人受伤", "今天在港口外搁浅了没有人", set())
    assert kinds(first)["passage"]
