"""The index as a whole, whatever comes and goes."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clustering import ArticleIndex, Features, Proposal, extract_features
from clustering.duplicates import fingerprint_index
from clustering.similarity.idf import IdfSnapshot
from tests.support.story_factory import (
    BOILERPLATE,
    IndexHarness,
    StoryFactory,
    make_article,
    truncate,
)

DAY = 86400.0


@cache
def pool() -> list[Features]:
    """Short articles: five events told by two hands, each with reprints, and notices about."""
    press, texts = StoryFactory(1), []
    for event in range(5):
        cast = press.names(5)
        for _ in range(2):
            story = press.text(6, cast)
            texts += [
                (story, event * DAY),
                (truncate(story, 0.6), event * DAY + 3600),
                (f"{story}\n\n{BOILERPLATE}", None),
            ]
    texts += [("Ferry aground", None), ("Ferry aground", 0.0), ("", None)]
    return [extract_features(make_article(1, text, published)) for text, published in texts]


def propose(index: ArticleIndex, key: int, features: Features) -> Proposal:
    """The proposal for an article, rolled back."""
    with index.begin() as change:
        return change.propose(key, features)


def propose_removal(index: ArticleIndex, key: int) -> Proposal:
    with index.begin() as change:
        return change.propose_removal(key)


KEYS = st.integers(1, 12)
TEXTS = st.integers(0, 32)


class ArticlesComeAndGo(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.newsroom = IndexHarness()

    @rule(key=KEYS, text=TEXTS)
    def comes(self, key: int, text: int) -> None:
        """One more article, or a new version of one."""
        if key in self.newsroom.features:
            self.newsroom.remove(key)
        self.newsroom.add(key, pool()[text])

    @precondition(lambda self: self.newsroom.features)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        self.newsroom.remove(data.draw(st.sampled_from(sorted(self.newsroom.features))))

    @rule()
    def renews_term_weights(self) -> None:
        self.newsroom.take_snapshot()

    @rule(text=TEXTS)
    def is_asked_without_consequence(self, text: int) -> None:
        index, features = self.newsroom.index, pool()[text]
        first = propose(index, 99, features)
        if self.newsroom.features:
            key = min(self.newsroom.features)
            assert propose_removal(index, key) == propose_removal(index, key)
        assert propose(index, 99, features) == first

    @rule(text=TEXTS)
    def is_restarted(self, text: int) -> None:
        rebuilt = self.newsroom.reloaded()
        features = self.newsroom.features[99] = pool()[text]
        there, here = (propose(i, 99, features) for i in (rebuilt, self.newsroom.index))
        del self.newsroom.features[99]
        assert there == here
        self.newsroom.index = rebuilt

    @invariant()
    def every_live_article_has_its_place(self) -> None:
        if not hasattr(self, "newsroom"):
            return
        assignments = self.newsroom.assignments
        assert set(assignments) == set(self.newsroom.features)
        assert len(self.newsroom.index) == len(assignments)
        events, standing = defaultdict(set), defaultdict(set)
        for key, each in assignments.items():
            assert each.article == key
            assert each.group > 0 < each.event
            events[each.group].add(each.event)
            standing[each.group].add(each.duplicate_of or key)
        assert all(len(found) == 1 for found in events.values())
        for group, canonical in standing.items():
            (one,) = canonical
            assert assignments[one].group == group
            assert assignments[one].duplicate_of is None


TestArticlesComeAndGo = ArticlesComeAndGo.TestCase
TestArticlesComeAndGo.settings = settings(
    derandomize=True, deadline=None, max_examples=60, stateful_step_count=25
)


class TestLeaving:
    def test_leaves_no_trace(self) -> None:
        newsroom = IndexHarness()
        for key, features in enumerate(pool()[:20], start=1):
            newsroom.add(key, features)
        before = IdfSnapshot.from_bytes(newsroom.index.snapshot())
        first = propose(newsroom.index, 50, pool()[3])
        newsroom.add(50, pool()[25])
        newsroom.remove(50)
        newsroom.add(51, pool()[25])
        assert newsroom.assignments[51].outcome == "new"
        newsroom.remove(51)
        after = IdfSnapshot.from_bytes(newsroom.index.snapshot())
        assert after.n_articles == before.n_articles
        assert after.buckets.tolist() == before.buckets.tolist()
        assert after.document_frequency.tolist() == before.document_frequency.tolist()
        assert propose(newsroom.index, 50, pool()[3]) == first

    def test_a_new_version_has_nothing_of_the_old(self) -> None:
        newsroom = IndexHarness()
        old, new = StoryFactory(7).text(), StoryFactory(8).text()
        newsroom.add(1, extract_features(make_article(1, old)))
        newsroom.remove(1)
        newsroom.add(1, extract_features(make_article(1, new)))
        assert newsroom.add(2, extract_features(make_article(2, old))).outcome == "new"
        assert newsroom.add(3, extract_features(make_article(3, new))).duplicate_of == 1

    def test_another_takes_over_as_canonical(self) -> None:
        newsroom = IndexHarness()
        newsroom.add_texts([StoryFactory(7).text()] * 3)
        newsroom.remove(1)
        assert {k: a.duplicate_of for k, a in newsroom.assignments.items()} == {2: None, 3: 2}

    def test_numbers_are_not_used_again(self) -> None:
        newsroom = IndexHarness()
        newsroom.add_texts([StoryFactory(7).text(), StoryFactory(8).text()])
        newsroom.remove(2)
        told = newsroom.add(3, extract_features(make_article(3, StoryFactory(9).text())))
        assert (told.group, told.event) == (3, 3)

    def test_a_stranger_cannot_leave(self) -> None:
        with pytest.raises(KeyError):
            propose_removal(IndexHarness().index, 1)


def test_a_cache_that_holds_next_to_nothing_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for cached in (fingerprint_index.MAX_CACHED_FINGERPRINTS, 1):
        monkeypatch.setattr(fingerprint_index, "MAX_CACHED_FINGERPRINTS", cached)
        newsroom = IndexHarness()
        for key, features in enumerate(pool(), start=1):
            newsroom.add(key, features)
        found.append(newsroom.assignments)
    assert found[0] == found[1]


class TestSnapshots:
    def test_fall_due_with_every_25_texts_at_first(self) -> None:
        newsroom, weights = IndexHarness(), []
        for key in range(1, 60):
            newsroom.add(key, extract_features(make_article(key, StoryFactory(key).text(4))))
            weights.append(newsroom.idf_snapshot)
        renewed = [at for at in range(1, len(weights)) if weights[at] != weights[at - 1]]
        assert [at + 1 for at in renewed] == [25, 50]
