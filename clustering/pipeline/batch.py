"""Many articles at once: judged one after another, and all events once more at the end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from clustering.explain.pair import explain
from clustering.explain.report import Explanation
from clustering.features.extract import extract_features
from clustering.pipeline.index import ArticleIndex
from clustering.similarity.model import SimilarityModel
from clustering.state.canonical import EARLIEST, CanonicalRule
from clustering.types import Article, Assignment, Features

__all__ = ["Batch", "assign", "sort_by_date"]


class Batch:
    """The articles judged so far and where they belong.

    Parameters
    ----------
    canonical_rule : CanonicalRule
        Which article stands for a group.
    similarity : SimilarityModel, optional
        Judges pairs of articles; by default the one that ships with the library.

    Attributes
    ----------
    assignments : dict of int to Assignment
        By the articles' keys, in the order of judging; what later articles changed is in it.
    """

    def __init__(
        self, canonical_rule: CanonicalRule = EARLIEST, similarity: SimilarityModel | None = None
    ) -> None:
        self.assignments: dict[int, Assignment] = {}
        self._features: dict[int, Features] = {}
        self._index = ArticleIndex(self._fetch, canonical_rule, similarity)

    def add(self, article: Article) -> None:
        """Judge one more article.

        Parameters
        ----------
        article : Article
            Its key is one that was not used before.
        """
        features = self._features[article.key] = extract_features(article)
        with self._index.begin() as change:
            proposal = change.propose(article.key, features)
            change.commit()
        if proposal.assignment:
            self.assignments[article.key] = proposal.assignment
        for moved in proposal.reassigned:
            self.assignments[moved.article] = self._keep_evidence(moved)
        if self._index.is_snapshot_due():
            self._index.update_idf(self._index.snapshot())

    def explain(self, first: Article, second: Article) -> Explanation:
        """Lay open how two of the articles are judged by what is known now.

        Parameters
        ----------
        first, second : Article

        Returns
        -------
        Explanation
        """
        stories = partial(self._index.group_frequency, first.key, second.key)
        return explain(first, second, stories, self._index.idf_snapshot)

    def events(self) -> dict[int, int]:
        """The event of every article, as if all had come at once; changes nothing."""
        partition = self._index.partition()
        return {article: event for event, inside in enumerate(partition) for article in inside}

    def recluster(self) -> None:
        """Judge all events again by the term weights of now."""
        self._index.reset_idf(self._index.snapshot())
        waiting = dict.fromkeys(self.assignments)
        while waiting:
            with self._index.begin() as change:
                proposal, judged = change.propose_reclustering(next(iter(waiting)))
                change.commit()
            for moved in proposal.reassigned:
                self.assignments[moved.article] = self._keep_evidence(moved)
            for article in judged:
                waiting.pop(article, None)

    def _fetch(self, keys: Sequence[int]) -> Mapping[int, bytes]:
        return {key: self._features[key].fingerprint for key in keys}

    def _keep_evidence(self, reassigned: Assignment) -> Assignment:
        """A move says where an article belongs now; how it came, and why, stays."""
        known = self.assignments[reassigned.article]
        return replace(reassigned, outcome=known.outcome, evidence=known.evidence)


def assign(
    articles: Iterable[Article],
    canonical_rule: CanonicalRule = EARLIEST,
    similarity: SimilarityModel | None = None,
) -> dict[int, Assignment]:
    """Assign every article to its duplicate group and event.

    Parameters
    ----------
    articles : iterable of Article
        Each with a key of its own; judged in the order of `in_order`.
    canonical_rule : CanonicalRule
        Which article stands for a group.
    similarity : SimilarityModel, optional
        Judges pairs of articles; by default the one that ships with the library.

    Returns
    -------
    dict of int to Assignment
        By key, in the order of judging.
    """
    batch = Batch(canonical_rule, similarity)
    for article in sort_by_date(articles):
        batch.add(article)
    batch.recluster()
    return batch.assignments


def sort_by_date(articles: Iterable[Article]) -> list[Article]:
    """Sort articles as news comes in: by date, those without one last; else as given."""
    return sorted(articles, key=_date)


def _date(article: Article) -> float:
    return math.inf if article.published is None else article.published
