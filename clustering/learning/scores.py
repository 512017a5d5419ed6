"""The figures of labelled articles: by what is labelled, by language, and of the later half."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from clustering.learning.datasets import Corpus, LabelledArticle, date_of
from clustering.learning.metrics import Evaluation, evaluate
from clustering.types import Assignment

Level = Literal["event", "duplicate_group"]
LEVELS: tuple[Level, ...] = ("event", "duplicate_group")


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of some labelled articles.

    Attributes
    ----------
    level : {"event", "duplicate_group"}
        What was labelled.
    language : str or None
        None: all of them together, though of different languages none should meet.
    second_half : bool
        Whether only articles from the middle date on count.
    articles : int
    true_groups, found_groups : int
        How many groups there are, and how many were found.
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
        By the keys of the articles.

    Returns
    -------
    list of Score
        For each kind of label there is, see `score_level`.
    """
    return [
        each
        for level in LEVELS
        for each in score_level(corpus, level, cluster_by_key(assignments, level))
    ]


def score_level(corpus: Corpus, level: Level, predicted: Mapping[int, int]) -> list[Score]:
    """Score a clustering by one kind of label.

    Parameters
    ----------
    corpus : Corpus
    level : {"event", "duplicate_group"}
    predicted : mapping of int to int
        The cluster of each article, by its key.

    Returns
    -------
    list of Score
        All articles, then the second half by date, each as a whole and, where there are several,
        by language. Empty if nothing is labelled so.
    """
    return [
        _score_items(level, language, second, chosen, predicted)
        for second, items in _subsets(corpus, level)
        for language, chosen in _by_language(items)
    ]


def cluster_by_key(assignments: Mapping[int, Assignment], level: Level) -> dict[int, int]:
    """The number of the event or duplicate group of each article, by its key."""
    if level == "event":
        return {key: each.event for key, each in assignments.items()}
    return {key: each.group for key, each in assignments.items()}


def label_of(item: LabelledArticle, level: Level) -> str | None:
    """What an article is labelled with."""
    return item.event if level == "event" else item.duplicate_group


def _subsets(corpus: Corpus, level: Level) -> Iterator[tuple[bool, list[LabelledArticle]]]:
    items = [it for it in corpus.items if label_of(it, level) is not None]
    if items:
        yield False, items
        middle = corpus.median_date
        late = [it for it in items if middle is not None and date_of(it) >= middle]
        if late:
            yield True, late


def _by_language(
    items: Sequence[LabelledArticle],
) -> Iterator[tuple[str | None, Sequence[LabelledArticle]]]:
    yield None, items
    languages = sorted({it.article.language or "" for it in items})
    if len(languages) > 1:
        for language in languages:
            yield language, [it for it in items if (it.article.language or "") == language]


def _score_items(
    level: Level,
    language: str | None,
    second_half: bool,
    items: Sequence[LabelledArticle],
    predicted: Mapping[int, int],
) -> Score:
    true = [(label_of(it, level), it.article.language) for it in items]
    judged = [(predicted[it.article.key], it.article.language) for it in items]
    counts = (len(items), len(set(true)), len(set(judged)))
    return Score(level, language, second_half, *counts, evaluate(true, judged))
