"""Events across languages, in a stream: independent of the order, and can be turned off."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from wordfreq import top_n_list

from clustering import Article, ArticleIndex, extract_features
from clustering.pipeline.batch import assign
from clustering.types import Proposal
from tests.support.story_factory import StoryFactory

NOON = 1_800_000_000.0
LANGUAGES = ("en", "de", "es")


def article(key: int, seed: int, language: str, published: float | None = NOON) -> Article:
    """An article of invented words; those of one seed share their names."""
    names = StoryFactory(seed).names(10)
    generator = random.Random(1000 * seed + key)
    words = generator.choices(top_n_list(language, 700)[50:], k=120)
    for position in range(4, len(words), 5):
        words[position] = generator.choice(names)
    return Article(key, " ".join(names[:3]), " ".join(words) + ".", published, None, language)


def bilingual_stream() -> list[Article]:
    """Eight stories, each in two or three languages."""
    return [
        article(10 * seed + position, seed, language, NOON + 3600 * position)
        for seed in range(1, 9)
        for position, language in enumerate(LANGUAGES[: 2 + seed % 2])
    ]


def partition(articles: list[Article]) -> set[frozenset[int]]:
    events: dict[int, set[int]] = {}
    for key, assignment in assign(articles).items():
        events.setdefault(assignment.event, set()).add(key)
    return {frozenset(keys) for keys in events.values()}


def fill(index: ArticleIndex, articles: list[Article]) -> list[Proposal]:
    proposals = []
    for each in articles:
        with index.begin() as change:
            proposals.append(change.propose(each.key, extract_features(each)))
            change.commit()
    return proposals


def new_index(articles: list[Article], *, across_languages: bool = True) -> ArticleIndex:
    features = {each.key: extract_features(each) for each in articles}
    return ArticleIndex(
        lambda keys: {key: features[key].fingerprint for key in keys},
        across_languages=across_languages,
    )


@pytest.fixture(scope="module")
def stream() -> list[Article]:
    return bilingual_stream()


def test_reports_of_one_story_in_several_languages_are_one_event(stream: list[Article]) -> None:
    stories: dict[int, set[int]] = {}
    for each in stream:
        stories.setdefault(each.key // 10, set()).add(each.key)
    assert partition(stream) == {frozenset(keys) for keys in stories.values()}


@pytest.mark.parametrize("seed", range(3))
def test_order_of_arrival_does_not_matter(stream: list[Article], seed: int) -> None:
    shuffled = random.Random(seed).sample(stream, len(stream))
    index = new_index(stream)
    fill(index, shuffled)
    events: dict[int, set[int]] = {}
    for each in stream:
        events.setdefault(index.event_of(each.key), set()).add(each.key)
    assert {frozenset(keys) for keys in events.values()} == partition(stream)


def test_setting_turns_it_off(stream: list[Article]) -> None:
    index = new_index(stream, across_languages=False)
    fill(index, stream)
    assert len({index.event_of(each.key) for each in stream}) == len(stream)


def test_partition_is_that_of_the_stream(stream: list[Article]) -> None:
    index = new_index(stream)
    fill(index, stream)
    assert {frozenset(keys) for keys in index.partition()} == partition(stream)


def test_reports_months_apart_are_two_events() -> None:
    pair = [article(1, 1, "en"), article(2, 1, "de", NOON + 60 * 86400)]
    assert len(partition(pair)) == 2


def test_rolled_back_article_leaves_no_link() -> None:
    pair = [article(1, 1, "en"), article(2, 1, "de")]
    index = new_index(pair)
    fill(index, pair[:1])
    with index.begin() as change:
        change.propose(2, extract_features(pair[1]))
    (proposal,) = fill(index, [replace(pair[1], key=2)])
    assert proposal.assignment is not None
    assert proposal.assignment.event == index.event_of(1)


def test_removal_of_the_link_between_two_parts_them() -> None:
    trio = [article(1, 1, "en"), article(2, 1, "de"), article(3, 2, "es")]
    index = new_index(trio)
    fill(index, trio)
    with index.begin() as change:
        change.propose_removal(2)
        change.commit()
    assert index.event_of(1) != index.event_of(3)


def test_evidence_gives_the_probability_across_languages() -> None:
    pair = [article(1, 1, "en"), article(2, 1, "de")]
    index = new_index(pair)
    _, proposal = fill(index, pair)
    assert proposal.assignment is not None
    probability = proposal.assignment.evidence.event_probability
    candidates = index.score_candidates(2).event_candidates
    assert probability == candidates[0].probability >= index.event_threshold
