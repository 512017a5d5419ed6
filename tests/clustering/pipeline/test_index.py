"""The article index as a whole, while articles are added and removed."""

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
    """Short articles: two texts for each of five events, with copies and shared notices."""
    factory, texts = StoryFactory(1), []
    for event in range(5):
        names = factory.names(5)
        for _ in range(2):
            story = factory.text(6, names)
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


class ArticlesAddedAndRemoved(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.harness = IndexHarness()

    @rule(key=KEYS, text=TEXTS)
    def add(self, key: int, text: int) -> None:
        """Add an article, or a new version of one."""
        if key in self.harness.features:
            self.harness.remove(key)
        self.harness.add(key, pool()[text])

    @precondition(lambda self: self.harness.features)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self.harness.remove(data.draw(st.sampled_from(sorted(self.harness.features))))

    @rule()
    def take_idf_snapshot(self) -> None:
        self.harness.take_snapshot()

    @rule(text=TEXTS)
    def propose_repeatedly(self, text: int) -> None:
        index, features = self.harness.index, pool()[text]
        first = propose(index, 99, features)
        if self.harness.features:
            key = min(self.harness.features)
            assert propose_removal(index, key) == propose_removal(index, key)
        assert propose(index, 99, features) == first

    @rule(text=TEXTS)
    def reload(self, text: int) -> None:
        """A reloaded index proposes what the one before proposes."""
        reloaded = self.harness.reloaded()
        features = self.harness.features[99] = pool()[text]
        proposals = [propose(index, 99, features) for index in (reloaded, self.harness.index)]
        del self.harness.features[99]
        assert proposals[0] == proposals[1]
        self.harness.index = reloaded

    @invariant()
    def every_live_article_is_assigned_consistently(self) -> None:
        if not hasattr(self, "harness"):
            return
        assignments = self.harness.assignments
        assert set(assignments) == set(self.harness.features)
        assert len(self.harness.index) == len(assignments)
        events_of, canonicals_of = defaultdict(set), defaultdict(set)
        for key, assignment in assignments.items():
            assert assignment.article == key
            assert assignment.group > 0 < assignment.event
            events_of[assignment.group].add(assignment.event)
            canonicals_of[assignment.group].add(assignment.duplicate_of or key)
        assert all(len(events) == 1 for events in events_of.values())
        for group, canonicals in canonicals_of.items():
            (canonical,) = canonicals
            assert assignments[canonical].group == group
            assert assignments[canonical].duplicate_of is None


TestArticlesAddedAndRemoved = ArticlesAddedAndRemoved.TestCase
TestArticlesAddedAndRemoved.settings = settings(
    derandomize=True, deadline=None, max_examples=60, stateful_step_count=25
)


class TestRemoval:
    def test_leaves_no_trace(self) -> None:
        harness = IndexHarness()
        for key, features in enumerate(pool()[:20], start=1):
            harness.add(key, features)
        before = IdfSnapshot.from_bytes(harness.index.snapshot())
        first = propose(harness.index, 50, pool()[3])
        harness.add(50, pool()[25])
        harness.remove(50)
        harness.add(51, pool()[25])
        assert harness.assignments[51].outcome == "new"
        harness.remove(51)
        after = IdfSnapshot.from_bytes(harness.index.snapshot())
        assert after.n_articles == before.n_articles
        assert after.buckets.tolist() == before.buckets.tolist()
        assert after.document_frequency.tolist() == before.document_frequency.tolist()
        assert propose(harness.index, 50, pool()[3]) == first

    def test_of_an_old_version_leaves_nothing_of_it(self) -> None:
        harness = IndexHarness()
        old_text, new_text = StoryFactory(7).text(), StoryFactory(8).text()
        harness.add(1, extract_features(make_article(1, old_text)))
        harness.remove(1)
        harness.add(1, extract_features(make_article(1, new_text)))
        assert harness.add(2, extract_features(make_article(2, old_text))).outcome == "new"
        assert harness.add(3, extract_features(make_article(3, new_text))).duplicate_of == 1

    def test_of_the_canonical_article_makes_another_canonical(self) -> None:
        harness = IndexHarness()
        harness.add_texts([StoryFactory(7).text()] * 3)
        harness.remove(1)
        assert {
            key: assignment.duplicate_of for key, assignment in harness.assignments.items()
        } == {
            2: None,
            3: 2,
        }

    def test_frees_no_numbers(self) -> None:
        harness = IndexHarness()
        harness.add_texts([StoryFactory(7).text(), StoryFactory(8).text()])
        harness.remove(2)
        third = harness.add(3, extract_features(make_article(3, StoryFactory(9).text())))
        assert (third.group, third.event) == (3, 3)

    def test_of_an_unknown_article_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            propose_removal(IndexHarness().index, 1)


def test_the_size_of_the_fingerprint_cache_changes_no_assignment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = []
    for size in (fingerprint_index.MAX_CACHED_FINGERPRINTS, 1):
        monkeypatch.setattr(fingerprint_index, "MAX_CACHED_FINGERPRINTS", size)
        harness = IndexHarness()
        for key, features in enumerate(pool(), start=1):
            harness.add(key, features)
        results.append(harness.assignments)
    assert results[0] == results[1]


class TestSnapshots:
    def test_are_due_every_25_texts_at_first(self) -> None:
        harness, snapshots = IndexHarness(), []
        for key in range(1, 60):
            harness.add(key, extract_features(make_article(key, StoryFactory(key).text(4))))
            snapshots.append(harness.idf_snapshot)
        renewed = [key for key in range(2, 60) if snapshots[key - 1] != snapshots[key - 2]]
        assert renewed == [25, 50]
