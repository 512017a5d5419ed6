"""Many articles at once: judged one after another, and all events once more at the end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from clustering.assign import Index, analyse
from clustering.canonical import EARLIEST, CanonicalRule
from clustering.explaining import Explanation, explain
from clustering.model import Article, Assignment, Features
from clustering.similarity import Similarity

__all__ = ["Batch", "assign", "in_order"]


class Batch:
    """The articles judged so far and where they belong.

    Parameters
    ----------
    canonical : CanonicalRule
        Which article stands for a group.
    similarity : Similarity, optional
        Judges pairs of articles; by default the one that ships with the library.

    Attributes
    ----------
    assignments : dict of int to Assignment
        By the articles' keys, in the order of judging; what later articles changed is in it.
    """

    def __init__(
        self, canonical: CanonicalRule = EARLIEST, similarity: Similarity | None = None
    ) -> None:
        self.assignments: dict[int, Assignment] = {}
        self._features: dict[int, Features] = {}
        self._index = Index(self._fetch, canonical, similarity)

    def add(self, article: Article) -> None:
        """Judge one more article.

        Parameters
        ----------
        article : Article
            Its key is one that was not used before.
        """
        features = self._features[article.key] = analyse(article)
        judgement = self._index.judge(article.key, features)
        self._index.apply(article.key, features, judgement)
        if judgement.assignment:
            self.assignments[article.key] = judgement.assignment
        for moved in judgement.moved:
            self.assignments[moved.article] = self._as_it_came(moved)
        if self._index.snapshot_due():
            self._index.renew(self._index.snapshot())

    def explain(self, first: Article, second: Article) -> Explanation:
        """Lay open how two of the articles are judged by what is known now.

        Parameters
        ----------
        first, second : Article

        Returns
        -------
        Explanation
        """
        stories = partial(self._index.stories, first.key, second.key)
        return explain(first, second, stories, self._index.rarity)

    def events(self) -> dict[int, int]:
        """The event of every article, as if all had come at once; changes nothing."""
        partition = self._index.partition()
        return {article: event for event, inside in enumerate(partition) for article in inside}

    def recluster(self) -> None:
        """Judge all events again by the term weights of now."""
        self._index.use_snapshot(self._index.snapshot())
        waiting = dict.fromkeys(self.assignments)
        while waiting:
            judgement, judged = self._index.judge_again(next(iter(waiting)))
            self._index.settle(judgement)
            for moved in judgement.moved:
                self.assignments[moved.article] = self._as_it_came(moved)
            for article in judged:
                waiting.pop(article, None)

    def _fetch(self, keys: Sequence[int]) -> Mapping[int, bytes]:
        return {key: self._features[key].fingerprint for key in keys}

    def _as_it_came(self, moved: Assignment) -> Assignment:
        """A move says where an article belongs now; how it came, and why, stays."""
        known = self.assignments[moved.article]
        return replace(moved, outcome=known.outcome, evidence=known.evidence)


def assign(
    articles: Iterable[Article],
    canonical: CanonicalRule = EARLIEST,
    similarity: Similarity | None = None,
) -> dict[int, Assignment]:
    """Assign every article to its duplicate group and event.

    Parameters
    ----------
    articles : iterable of Article
        Each with a key of its own; judged in the order of `in_order`.
    canonical : CanonicalRule
        Which article stands for a group.
    similarity : Similarity, optional
        Judges pairs of articles; by default the one that ships with the library.

    Returns
    -------
    dict of int to Assignment
        By key, in the order of judging.
    """
    batch = Batch(canonical, similarity)
    for article in in_order(articles):
        batch.add(article)
    batch.recluster()
    return batch.assignments


def in_order(articles: Iterable[Article]) -> list[Article]:
    """Sort articles as news comes in: by date, those without one last; else as given."""
    return sorted(articles, key=_date)


def _date(article: Article) -> float:
    return math.inf if article.published is None else article.published
