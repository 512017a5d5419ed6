"""Parts of a collection are clustered as the whole is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from sklearn.metrics import adjusted_rand_score

from clustering import DuplicateClusterer, EventClusterer
from clustering.features.extract import extract_features
from clustering.pipeline.batch import sort_by_date
from clustering.pipeline.separate import group_duplicates, partition_events
from clustering.types import Article
from tests.support.starter_corpus import articles as starter_corpus_articles


def starter_articles() -> list[Article]:
    return sort_by_date(starter_corpus_articles())


def find_pairs(labels: Iterable[int]) -> set[tuple[int, int]]:
    members = defaultdict(list)
    for position, label in enumerate(labels):
        members[label].append(position)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def test_groups_and_events_are_those_of_the_estimators() -> None:
    articles = starter_articles()
    rows = [(key, extract_features(article)) for key, article in enumerate(articles, start=1)]
    grouped = group_duplicates(rows)
    groups = [grouped[key][0] for key, _ in rows]
    estimator = DuplicateClusterer().fit(articles)
    assert find_pairs(groups) == find_pairs(estimator.labels_)
    assert [grouped[key][1] - 1 for key, _ in rows] == estimator.canonical_.tolist()
    events = partition_events([(key, features, grouped[key][0]) for key, features in rows])
    event_of = {key: number for number, event in enumerate(events) for key in event}
    expected = EventClusterer().fit_predict(articles)
    assert adjusted_rand_score(expected, [event_of[key] for key, _ in rows]) > 0.99


def test_nothing_is_clustered_without_articles() -> None:
    assert group_duplicates([]) == {}
    assert partition_events([]) == []
