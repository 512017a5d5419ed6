"""Events: average linkage, stable numbers, independence of the order of arrival."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering import Article, EventClusterer, Features, evaluate, extract_features
from clustering.events.linkage import average_linkage, constrained_average_linkage
from clustering.events.numbering import assign_event_numbers
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.pipeline.batch import sort_by_date
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment
from tests.support import starter_corpus
from tests.support.story_factory import IndexHarness, StoryFactory, deterministic, make_article

DAY = 86400.0


def merge_step_by_step(probabilities: np.ndarray, threshold: float) -> list[set[int]]:
    """Average linkage step by step: merge the best two while their mean is high enough."""
    clusters = [{position} for position in range(len(probabilities))]
    while len(clusters) > 1:
        means = {
            (first, second): probabilities[
                np.ix_(sorted(clusters[first]), sorted(clusters[second]))
            ].mean()
            for first in range(len(clusters))
            for second in range(first + 1, len(clusters))
        }
        (first, second), best = max(means.items(), key=lambda item: item[1])
        if best < threshold:
            break
        clusters[first] |= clusters.pop(second)
    return clusters


class TestLinkage:
    @deterministic
    @given(st.integers(0, 10**6), st.integers(1, 14), st.floats(0.1, 0.9))
    def test_is_average_linkage(self, seed: int, size: int, threshold: float) -> None:
        generator = np.random.default_rng(seed)
        matrix = generator.random((size, size)) ** generator.choice([0.3, 1, 3])
        matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T + np.eye(size)
        labels = average_linkage(matrix, threshold)
        clusters = {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels}
        assert clusters == {frozenset(cluster) for cluster in merge_step_by_step(matrix, threshold)}

    @deterministic
    @given(st.integers(0, 10**6), st.integers(1, 12), st.floats(0.1, 0.9))
    def test_without_constraints_is_the_same(self, seed: int, size: int, threshold: float) -> None:
        generator = np.random.default_rng(seed)
        matrix = generator.random((size, size))
        matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T + np.eye(size)
        cannot_link = np.zeros((size, size), dtype=np.bool_)
        labels = constrained_average_linkage(
            matrix, [[position] for position in range(size)], cannot_link, threshold
        )
        clusters = {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels}
        assert clusters == {frozenset(cluster) for cluster in merge_step_by_step(matrix, threshold)}

    @deterministic
    @given(st.integers(0, 10**6), st.integers(2, 12))
    def test_keeps_all_constraints(self, seed: int, size: int) -> None:
        generator = np.random.default_rng(seed)
        matrix = np.triu(generator.random((size, size)), 1)
        matrix = matrix + matrix.T + np.eye(size)
        node_of = generator.integers(0, size // 2 + 1, size)
        nodes = [np.flatnonzero(node_of == node).tolist() for node in np.unique(node_of)]
        cannot_link = np.triu(generator.random((len(nodes), len(nodes))) < 0.3, 1)
        cannot_link = cannot_link | cannot_link.T
        labels = constrained_average_linkage(matrix, nodes, cannot_link, 0.1)
        assert all(len({*labels[node]}) == 1 for node in nodes)
        for first, second in np.argwhere(cannot_link):
            assert labels[nodes[first][0]] != labels[nodes[second][0]]
        # Clusters that could still be merged have too low a mean.
        merged = {label: np.flatnonzero(labels == label) for label in np.unique(labels)}
        nodes_of = {
            label: [row for row, positions in enumerate(nodes) if labels[positions[0]] == label]
            for label in merged
        }
        for first, second in combinations(merged, 2):
            if not cannot_link[np.ix_(nodes_of[first], nodes_of[second])].any():
                assert matrix[np.ix_(merged[first], merged[second])].mean() < 0.1

    def test_goes_by_the_mean_not_by_the_nearest(self) -> None:
        """Two pairs with one strong bridge: single linkage would merge them."""
        matrix = np.array(
            [[1, 0.9, 0.1, 0.1], [0.9, 1, 0.8, 0.1], [0.1, 0.8, 1, 0.9], [0.1, 0.1, 0.9, 1]]
        )
        labels = average_linkage(matrix)
        assert labels[0] == labels[1] != labels[2] == labels[3]

    def test_merges_at_the_threshold_itself(self) -> None:
        assert (
            len(
                set(
                    average_linkage(
                        np.array([[1, DEFAULT_EVENT_THRESHOLD], [DEFAULT_EVENT_THRESHOLD, 1]])
                    )
                )
            )
            == 1
        )

    def test_does_not_change_its_input(self) -> None:
        matrix = np.array([[1, 0.7], [0.7, 1]])
        average_linkage(matrix)
        assert matrix.tolist() == [[1, 0.7], [0.7, 1]]

    @pytest.mark.parametrize("size", [0, 1])
    def test_of_at_most_one_group(self, size: int) -> None:
        assert average_linkage(np.eye(size)).tolist() == [1] * size


class TestNumbers:
    """Groups 1, 2, … have one article each, unless `sizes` is given."""

    def numbers(self, events: list[int], labels: list[int], sizes: list[int] | None = None) -> list:
        membership = Membership()
        for position, event in enumerate(events):
            for _ in range(sizes[position] if sizes else 1):
                slot = membership.add(
                    membership.next_slot + 1, Features("en", b"", b"", None, None, 1)
                )
                membership.set_group(slot, position + 1)
            membership.set_event(position + 1, event)
        overlay = MembershipOverlay(membership)
        clusters = {label: [] for label in labels}
        for group, label in enumerate(labels, start=1):
            clusters[label].append(group)
        assign_event_numbers(overlay, list(clusters.values()))
        return [overlay.event(group) for group in range(1, len(events) + 1)]

    def test_stay_if_nothing_changes(self) -> None:
        assert self.numbers([1, 1, 2, 3], [7, 7, 5, 6]) == [1, 1, 2, 3]

    def test_of_a_merger_are_the_oldest(self) -> None:
        assert self.numbers([3, 2, 2, 5], [1, 1, 1, 1]) == [2, 2, 2, 2]

    def test_of_a_split_stay_with_the_larger_part(self) -> None:
        assert self.numbers([1, 1, 1], [1, 2, 2]) == [2, 1, 1]

    def test_the_larger_part_is_that_of_more_articles(self) -> None:
        assert self.numbers([1, 1, 1], [1, 2, 2], sizes=[5, 1, 1]) == [1, 2, 2]

    def test_of_groups_that_were_not_clustered_follow_a_merger(self) -> None:
        assert self.numbers([1, 2, 2, 2], [1, 1]) == [1, 1, 1, 1]

    def test_of_groups_that_were_not_clustered_stay_in_a_split(self) -> None:
        events = self.numbers([1, 1, 1, 1], [1, 2])
        assert len({events[0], events[1]}) == 2
        assert events[2] == events[3] == 1

    @deterministic
    @given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=10))
    def test_differ_exactly_where_clusters_do(self, pairs: list[tuple[int, int]]) -> None:
        events, labels = [event for event, _ in pairs], [label for _, label in pairs]
        numbers = self.numbers(events, labels)
        assert len(set(zip(numbers, labels, strict=True))) == len(set(numbers)) == len(set(labels))


class TestStream:
    def reports(self, seed: int, count: int = 3) -> list[str]:
        """Reports of one event: different sentences, the same names."""
        factory = StoryFactory(seed)
        names = factory.names(7)
        return [factory.text(9, names) for _ in range(count)]

    def test_reports_of_one_event_share_it_and_are_no_near_duplicates(self) -> None:
        harness = IndexHarness()
        for event in range(4):
            for number, text in enumerate(self.reports(event)):
                key = 10 * event + number + 1
                harness.add(
                    key, extract_features(make_article(key, text, event * 9 * DAY + number * 3600))
                )
        events = {key // 10: set() for key in harness.assignments}
        for key, assignment in harness.assignments.items():
            events[key // 10].add(assignment.event)
        assert [len(event_numbers) for event_numbers in events.values()] == [1, 1, 1, 1]
        assert len(set.union(*events.values())) == 4
        assert len({assignment.group for assignment in harness.assignments.values()}) == 12

    def test_evidence_lists_the_shared_terms(self) -> None:
        first, second, _ = self.reports(1)
        harness = IndexHarness()
        harness.add(1, extract_features(make_article(1, first, 0.0)))
        evidence = harness.add(2, extract_features(make_article(2, second, 3600.0))).evidence
        assert evidence.event_probability > DEFAULT_EVENT_THRESHOLD
        names = {name.lower() for name in StoryFactory(1).names(7)}
        assert len(names & set(evidence.shared_terms)) >= 5
        assert evidence.jaccard is None

    def test_a_report_of_unknown_language_may_join_any_event(self) -> None:
        first, second, _ = self.reports(1)
        harness = IndexHarness()
        harness.add(1, extract_features(make_article(1, first, 0.0)))
        second_report = harness.add(
            2, extract_features(make_article(2, second, 0.0, language="und"))
        )
        assert second_report.event == 1

    def test_the_two_reports_of_the_example_share_an_event_in_an_empty_store(self) -> None:
        reports = [
            article
            for article, event in zip(
                starter_corpus.articles(), starter_corpus.gold_labels("event"), strict=True
            )
            if event == "ev-mexico-troops-offer"
        ]
        assert len(reports) >= 2
        assert len({assignment.event for assignment in add_all(reports).assignments.values()}) == 1


@cache
def features_of(key: int) -> Features:
    """The features of an article of the starter corpus."""
    return extract_features(starter_corpus.articles()[key - 1])


@cache
def corpus_snapshot() -> bytes:
    """The IDF snapshot of the whole starter corpus."""
    return add_all(starter_corpus.articles()).index.snapshot()


def add_all(articles: Iterable[Article], idf_snapshot: bytes | None = None) -> IndexHarness:
    """Add articles in the order given, with term weights from elsewhere if given."""
    harness = IndexHarness()
    if idf_snapshot:
        harness.index.reset_idf(idf_snapshot)
    for article in articles:
        harness.add(article.key, features_of(article.key))
    return harness


@cache
def shuffled(seed: int) -> list[Article]:
    articles = starter_corpus.articles()
    return random.Random(seed).sample(articles, len(articles))


@cache
def streamed_assignments(
    seed: int | None, idf_snapshot: bytes | None = None
) -> dict[int, Assignment]:
    """Assignments of the starter corpus as a stream, shuffled, or by date without a seed."""
    articles = sort_by_date(starter_corpus.articles()) if seed is None else shuffled(seed)
    return add_all(articles, idf_snapshot).assignments


@cache
def fitted(seed: int | None) -> dict[int, int]:
    """Events of the starter corpus by the batch, shuffled, or in file order without a seed."""
    articles = starter_corpus.articles() if seed is None else shuffled(seed)
    labels = EventClusterer().fit(articles).labels_.tolist()
    return {article.key: label for article, label in zip(articles, labels, strict=True)}


class TestOrderOfArrival:
    """The starter corpus by date against the same articles shuffled."""

    def agreement(self, level: str, seed: int, idf_snapshot: bytes | None = None) -> float:
        by_date, shuffled_order = (
            streamed_assignments(None, idf_snapshot),
            streamed_assignments(seed, idf_snapshot),
        )
        labels = (
            [getattr(assignments[key], level) for key in by_date]
            for assignments in (by_date, shuffled_order)
        )
        return evaluate(*labels).ari

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_makes_almost_no_difference_under_fixed_term_weights(self, seed: int) -> None:
        assert self.agreement("event", seed, corpus_snapshot()) >= 0.995

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_makes_no_difference_to_duplicate_groups(self, seed: int) -> None:
        assert self.agreement("group", seed) >= 0.99

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_makes_little_difference_to_events_while_weights_are_learned(self, seed: int) -> None:
        assert self.agreement("event", seed) >= 0.8

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_makes_no_difference_to_the_batch(self, seed: int) -> None:
        in_order, mixed = fitted(None), fitted(seed)
        assert evaluate(list(in_order.values()), [mixed[key] for key in in_order]).ari >= 0.995

    def test_the_stream_is_the_batch_under_the_same_term_weights(self) -> None:
        streamed, batch = streamed_assignments(None, corpus_snapshot()), fitted(None)
        assert evaluate([streamed[key].event for key in batch], list(batch.values())).ari >= 0.995
