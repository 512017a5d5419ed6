"""Scores of labelled articles: by kind of label, by language, and for the second half by date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from clustering.learning.datasets import Corpus, LabelledArticle, date_of
from clustering.learning.metrics import Evaluation, evaluate, f1_of_pairs
from clustering.types import Assignment

Level = Literal["event", "duplicate_group"]
"""The two clusterings that can be labelled."""
LEVELS: tuple[Level, ...] = ("event", "duplicate_group")


@dataclass(frozen=True, slots=True)
class Score:
    """The metrics of a subset of labelled articles.

    Attributes
    ----------
    level : {"event", "duplicate_group"}
        The kind of label.
    language : str or None
        None: articles of all languages; clusters of two languages are never one.
    second_half : bool
        Whether only articles from the median date on are scored.
    articles : int
    true_groups, found_groups : int
        Number of clusters by label, and as found.
    evaluation : Evaluation
    """

    level: Level
    language: str | None
    second_half: bool
    articles: int
    true_groups: int
    found_groups: int
    evaluation: Evaluation


def score(corpus: Corpus, assignments: Mapping[int, Assignment]) -> list[Score]:
    """Score assignments by all labels of a corpus.

    Parameters
    ----------
    corpus : Corpus
    assignments : mapping of int to Assignment
        By article key.

    Returns
    -------
    list of Score
        For each kind of label in the corpus; see `score_level`.
    """
    return [
        each_score
        for level in LEVELS
        for each_score in score_level(corpus, level, cluster_by_key(assignments, level))
    ]


def score_level(corpus: Corpus, level: Level, predicted: Mapping[int, int]) -> list[Score]:
    """Score a clustering by one kind of label.

    Parameters
    ----------
    corpus : Corpus
    level : {"event", "duplicate_group"}
    predicted : mapping of int to int
        The cluster of each article, by article key.

    Returns
    -------
    list of Score
        All articles, then the second half by date. Each is scored as a whole and, if it has
        several languages, by language. Empty if no article has such a label.
    """
    return [
        _score_items(level, language, is_second_half, chosen, predicted)
        for is_second_half, items in _subsets(corpus, level)
        for language, chosen in _by_language(items)
    ]


def score_pairs(corpus: Corpus, predicted: Mapping[int, int]) -> float:
    """Score a clustering by labelled pairs.

    Parameters
    ----------
    corpus : Corpus
        With labelled pairs.
    predicted : mapping of int to int
        The cluster of each article, by article key.

    Returns
    -------
    float
        F1 of the pairs that report one event: whether they share a cluster.
    """
    found = [predicted[pair.first] == predicted[pair.second] for pair in corpus.pairs]
    return f1_of_pairs([pair.same for pair in corpus.pairs], found)


def cluster_by_key(assignments: Mapping[int, Assignment], level: Level) -> dict[int, int]:
    """Return the number of each article's event or duplicate group, by article key."""
    if level == "event":
        return {key: assignment.event for key, assignment in assignments.items()}
    return {key: assignment.group for key, assignment in assignments.items()}


def label_of(item: LabelledArticle, level: Level) -> str | None:
    """Return the label of an article; None if it has none of this kind."""
    return item.event if level == "event" else item.duplicate_group


def _subsets(corpus: Corpus, level: Level) -> Iterator[tuple[bool, list[LabelledArticle]]]:
    """Yield the labelled articles, and those of the second half if there is one."""
    items = [item for item in corpus.items if label_of(item, level) is not None]
    if items:
        yield False, items
        median = corpus.median_date
        late = [item for item in items if median is not None and date_of(item) >= median]
        if late:
            yield True, late


def _by_language(
    items: Sequence[LabelledArticle],
) -> Iterator[tuple[str | None, Sequence[LabelledArticle]]]:
    """Yield all articles, then those of each language if there are several."""
    yield None, items
    languages = sorted({item.article.language or "" for item in items})
    if len(languages) > 1:
        for language in languages:
            yield language, [item for item in items if (item.article.language or "") == language]


def _score_items(
    level: Level,
    language: str | None,
    second_half: bool,
    items: Sequence[LabelledArticle],
    predicted: Mapping[int, int],
) -> Score:
    labels_true = [(label_of(item, level), item.article.language) for item in items]
    labels_pred = [(predicted[item.article.key], item.article.language) for item in items]
    counts = (len(items), len(set(labels_true)), len(set(labels_pred)))
    return Score(level, language, second_half, *counts, evaluate(labels_true, labels_pred))
