"""Articles that collide on purpose cost at most five times what an ordinary article costs.

What is counted is the work that grows with the articles in the index: postings that are read, texts
that are verified as near-duplicates, and pairs that are scored for events.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from clustering import Article
from clustering.pipeline.batch import Batch
from tests.support.syllables import SYLLABLES

pytestmark = pytest.mark.slow

N_ARTICLES, N_COUNTED = 240, 40
MAX_RATIO = 5
Texts = tuple[str, str]


def words(seed: object, count: int) -> list[str]:
    generator = random.Random(str(seed))
    return ["".join(generator.choices(SYLLABLES, k=4)) for _ in range(count)]


VOCABULARY = words("vocabulary", 3000)


def ordinary(number: int) -> Texts:
    """Words as frequent as in a language; three reports of each event share some rare ones."""
    generator = random.Random(number)
    common = [
        VOCABULARY[min(int(generator.paretovariate(0.7)), len(VOCABULARY) - 1)] for _ in range(150)
    ]
    text = [*common, *words(f"event {number // 3}", 12)]
    generator.shuffle(text)
    return " ".join(text[:6]), " ".join(text)


def equal_sampled_shingles(number: int) -> Texts:
    """All have one passage, and so its shingles, in another order; half of each text is its own."""
    passage, cut = words("passage", 60), random.Random(number).randrange(60)
    return "Title", " ".join([*passage[cut:], *passage[:cut], *words(number, 40)])


def equal_bands(number: int) -> Texts:
    """Versions of one text, near the threshold of near-duplicates."""
    text, generator = words("text", 120), random.Random(number)
    for _ in range(20):
        text[generator.randrange(120)] = words(generator.random(), 1)[0]
    return "Title", " ".join(text)


def nearly_equal(number: int) -> Texts:
    text = words("text", 100)
    text[number % 100] = words(number, 1)[0]
    return "Title", " ".join(text)


def chained(number: int) -> Texts:
    """Each text shares most of its words with the one before: one long chain."""
    return "Title", " ".join(words("chain", 5000)[12 * number : 12 * number + 120])


def one_rare_term(number: int) -> Texts:
    return "Qwxyzzyx report", " ".join([*words(number, 100), "Qwxyzzyx"])


def four_rare_terms(number: int) -> Texts:
    rare = ["Qwxyzzyx", "Vrombox", "Klappstuhl", "Zirkonia"]
    return "Title", " ".join([*rare, *words(number, 50)])


def rare_headlines(number: int) -> Texts:
    chosen = random.Random(number).sample(words("headline", 12), 4)
    return " ".join(["Qwxyzzyx", "Vrombox", *chosen]), ""


FLOODS = [
    *(equal_sampled_shingles, equal_bands, nearly_equal, chained),
    *(one_rare_term, four_rare_terms, rare_headlines),
]


def count_work(make_texts: Callable[[int], Texts]) -> Counter[str]:
    """Return the work for the last articles of many, by kind."""
    work: Counter[str] = Counter()

    def count(frame: FrameType, event: str, result: Any) -> None:
        code = frame.f_code
        if "/clustering/" not in code.co_filename:
            return
        if event == "return" and code.co_name == "find" and "inverted_index" in code.co_filename:
            work["postings"] += len(result[1])
        elif event == "call" and code.co_name == "quick_reject":
            work["verified texts"] += 1
        elif event == "call" and code.co_name == "_probabilities":
            work["scored pairs"] += len(frame.f_locals["other_slots"])

    batch = Batch()
    for number in range(N_ARTICLES):
        title, text = make_texts(number)
        article = Article(number + 1, title, text, published=1_700_000_000.0 + number * 60)
        sys.setprofile(count if number >= N_ARTICLES - N_COUNTED else None)
        try:
            batch.add(article)
        finally:
            sys.setprofile(None)
    return work


@pytest.fixture(scope="module")
def ordinary_work() -> Counter[str]:
    work = count_work(ordinary)
    assert set(work) == {"postings", "verified texts", "scored pairs"}
    return work


@pytest.mark.parametrize("make_texts", FLOODS, ids=lambda make_texts: make_texts.__name__)
def test_crafted_article_costs_at_most_five_times_an_ordinary_one(
    ordinary_work: Counter[str], make_texts: Callable[[int], Texts]
) -> None:
    work = count_work(make_texts)
    ratios = {kind: work[kind] / ordinary_work[kind] for kind in work}
    assert max(ratios.values()) <= MAX_RATIO, ratios
