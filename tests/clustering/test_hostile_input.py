"""Hostile input: it causes no crash, no excessive time and no false group."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import extract_features
from clustering.features.fingerprint import Fingerprint
from clustering.features.terms import Terms
from tests.support.story_factory import (
    IndexHarness,
    StoryFactory,
    deterministic,
    duplicate_groups_of,
    make_article,
)

MEGABYTES = 10_000_000
RTL = "\u200f\u202b\u2067"


def seconds(text: str) -> float:
    started = time.process_time()
    harness = IndexHarness()
    harness.add(1, extract_features(make_article(1, text)))
    harness.add(2, extract_features(make_article(2, text + " end")))
    return time.process_time() - started


@pytest.mark.parametrize(
    "text",
    [
        "buffalo " * (MEGABYTES // 8),
        "a" * MEGABYTES,
        "7" * MEGABYTES,
        "中" * (MEGABYTES // 3),
        "\u200b" * (MEGABYTES // 3),
        " " * MEGABYTES,
    ],
    ids=["one word", "one letter", "one digit", "one ideograph", "zero width", "space"],
)
def test_ten_megabytes_take_less_than_15_seconds(text: str) -> None:
    extract_features(make_article(1, "warm up"))
    assert seconds(text) < 15


ENDLESS = {
    "one letter": "b" * 1_000_000,
    "one number": "12 " * 300_000,
    "ever new words": " ".join(map(str, range(150_000))),
}


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_terms_of_an_endless_text_are_bounded(endless: str) -> None:
    assert len(extract_features(make_article(1, endless)).terms) < 100_000


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_terms_of_an_endless_title_are_bounded(endless: str) -> None:
    assert len(extract_features(make_article(1, "", title=endless)).terms) < 100_000


@pytest.mark.parametrize(
    "texts",
    [
        ["", "", ""],
        ["\u200b\u200b", "\u200d", "\ufeff\u2060"],
        [RTL, RTL * 9],
        ["...", "!?", "—"],
        ["🎉🎉🎉", "🔥"],
    ],
    ids=["empty", "zero width", "direction", "punctuation", "pictures"],
)
def test_texts_without_words_are_groups_of_their_own(texts: list[str]) -> None:
    assert len(set(duplicate_groups_of(texts))) == len(texts)
    assert "has no words" in extract_features(make_article(1, texts[0])).warnings[0]


def test_direction_marks_are_ignored() -> None:
    text = "جنحت العبارة عند الفجر قبالة الساحل ولم يصب أحد من الركاب الثمانين بأذى كما قالت الشرطة"
    marked = RTL + text.replace(" ", " \u200f") + "\u200e"
    assert duplicate_groups_of([text, marked]) == [1, 1]


def test_texts_in_mixed_scripts_are_distinguished() -> None:
    factory = StoryFactory(1)
    tails = ["渡轮黎明时分搁浅 乘客平安", "Паром сел на мель на рассвете", "เรือเฟอร์รี่เกยตื้น"]
    texts = [f"{factory.text(3)} {tail} {factory.text(3)}" for tail in tails for _ in range(2)]
    assert len(set(duplicate_groups_of(texts))) == 6
    assert duplicate_groups_of([texts[0], texts[0].upper()]) == [1, 1]


def test_texts_of_numbers_are_distinguished() -> None:
    factory = StoryFactory(2)
    tables = [" ".join(str(factory.random.randint(1, 10**6)) for _ in range(60)) for _ in range(8)]
    assert len(set(duplicate_groups_of(tables))) == 8
    assert duplicate_groups_of([tables[0], f"{tables[0]}\n"]) == [1, 1]


def test_short_texts_with_different_numbers_are_distinguished() -> None:
    notice = (
        "Ferry {} to Tarvo leaves the main harbour at noon and returns by night, the company said; "
        "tickets are sold on board to all who want to see the island"
    )
    texts = [notice.format(number) for number in range(1, 10)]
    assert len(set(duplicate_groups_of(texts))) == 9


def test_repeated_words_are_distinguished() -> None:
    texts = [f"{word} " * count for word in ("ferry", "harbour") for count in (50, 5000)]
    groups = duplicate_groups_of(texts)
    assert not set(groups[:2]) & set(groups[2:])


def test_thousand_equal_texts_take_less_than_20_seconds() -> None:
    features = extract_features(make_article(1, StoryFactory(3).text()))
    harness = IndexHarness()
    started = time.process_time()
    for key in range(1, 1001):
        assert harness.add(key, features).group == 1
    assert time.process_time() - started < 20


@deterministic
@given(st.lists(st.text(st.characters(codec=None)), min_size=1, max_size=4))
def test_any_text_is_accepted(texts: list[str]) -> None:
    harness = IndexHarness()
    for key, text in enumerate(texts, start=1):
        features = extract_features(make_article(key, text, title=text[::-1]))
        assert Fingerprint.from_bytes(features.fingerprint).to_bytes() == features.fingerprint
        assert Terms.from_bytes(features.terms).to_bytes() == features.terms
        harness.add(key, features)
    assert len(harness.index) == len(texts)


@pytest.mark.parametrize("published", [-1e12, 0.0, 253402300799.0, np.nextafter(0, 1)])
def test_extreme_dates_are_accepted(published: float) -> None:
    text = StoryFactory(4).text()
    harness = IndexHarness()
    for key, date in enumerate((published, None, 1.7e9), start=1):
        assert harness.add(key, extract_features(make_article(key, text, date))).group == 1


@pytest.mark.parametrize("language", ["EN", "en-GB", "zh-Hant", "xx", "und", "", "klingon", "é"])
def test_unknown_languages_are_accepted(language: str) -> None:
    features = extract_features(make_article(1, StoryFactory(5).text(), language=language))
    assert IndexHarness().add(1, features).outcome == "new"
