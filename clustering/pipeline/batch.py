"""Batch clustering: assign articles one after another, then recluster all events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from clustering.events.sentence_vectors import SentenceVector
from clustering.explain.explanation import Explanation
from clustering.explain.pair import explain
from clustering.features.extract import extract_features
from clustering.pipeline.index import ArticleIndex
from clustering.similarity.model import SimilarityModel
from clustering.state.canonical import EARLIEST, CanonicalRule
from clustering.types import Article, Assignment, Features

EncodeArticles = Callable[[Sequence[Article]], Iterable[SentenceVector]]
"""Returns the sentence vector of each article, shape (n_dimensions,)."""

__all__ = ["Batch", "assign", "sort_by_date"]


class Batch:
    """The articles added so far and their assignments.

    Parameters
    ----------
    canonical_rule : CanonicalRule
        Chooses the canonical article of a group.
    similarity : SimilarityModel, optional
        By default the model that ships with the library.
    across_languages : bool
        Whether one event may hold reports in several languages.
    encode : callable, optional
        Returns centred sentence vectors of articles. Without it, articles are judged by their
        words alone.

    Attributes
    ----------
    assignments : dict of int to Assignment
        The current assignments by article key, in the order in which articles were added.
    """

    def __init__(
        self,
        canonical_rule: CanonicalRule = EARLIEST,
        similarity: SimilarityModel | None = None,
        *,
        across_languages: bool = True,
        encode: EncodeArticles | None = None,
    ) -> None:
        self.assignments: dict[int, Assignment] = {}
        self._features: dict[int, Features] = {}
        self._encode = encode
        self._articles: dict[int, Article] = {}
        self._index = ArticleIndex(
            self._fetch,
            canonical_rule,
            similarity,
            across_languages=across_languages,
            uses_vectors=encode is not None,
        )

    def add(self, article: Article) -> None:
        """Assign one more article.

        Parameters
        ----------
        article : Article
            With a key that was not used before.
        """
        features = self._features[article.key] = extract_features(article)
        if self._encode is not None:
            self._articles[article.key] = article
        with self._index.begin() as change:
            proposal = change.propose(article.key, features)
            change.commit()
        if proposal.assignment:
            self.assignments[article.key] = proposal.assignment
        for moved in proposal.reassigned:
            self.assignments[moved.article] = self._keep_evidence(moved)
        if self._index.is_snapshot_due():
            self._index.update_idf(self._index.snapshot())

    def set_missing_vectors(self) -> None:
        """Have the sentence vectors made that were missing, and cluster again with them."""
        while self._encode is not None and (keys := self._index.pop_vector_requests()):
            encoded = self._encode([self._articles[key] for key in keys])
            with self._index.begin() as change:
                proposal = change.propose_vectors(dict(zip(keys, encoded, strict=True)))
                change.commit()
            for moved in proposal.reassigned:
                self.assignments[moved.article] = self._keep_evidence(moved)

    def explain(self, first: Article, second: Article) -> Explanation:
        """Explain how two of the articles compare, with the current counts and term weights.

        Parameters
        ----------
        first, second : Article

        Returns
        -------
        Explanation
        """
        group_frequency_of = partial(self._index.group_frequency, first.key, second.key)
        return explain(first, second, group_frequency_of, self._index.idf_snapshot)

    def events(self) -> dict[int, int]:
        """Cluster all articles at once, and return the event of each; changes nothing."""
        partition = self._index.partition()
        return {article: event for event, articles in enumerate(partition) for article in articles}

    def recluster(self) -> None:
        """Recluster all events with current term weights."""
        self._index.reset_idf(self._index.snapshot())
        waiting = dict.fromkeys(self.assignments)
        while waiting:
            with self._index.begin() as change:
                proposal, reclustered = change.propose_reclustering(next(iter(waiting)))
                change.commit()
            for moved in proposal.reassigned:
                self.assignments[moved.article] = self._keep_evidence(moved)
            for article in reclustered:
                waiting.pop(article, None)

    def _fetch(self, keys: Sequence[int]) -> Mapping[int, bytes]:
        return {key: self._features[key].fingerprint for key in keys}

    def _keep_evidence(self, reassigned: Assignment) -> Assignment:
        """Return the new group and event with the outcome and evidence of the first assignment."""
        first = self.assignments[reassigned.article]
        return replace(reassigned, outcome=first.outcome, evidence=first.evidence)


def assign(
    articles: Iterable[Article],
    canonical_rule: CanonicalRule = EARLIEST,
    similarity: SimilarityModel | None = None,
    *,
    across_languages: bool = True,
    encode: EncodeArticles | None = None,
) -> dict[int, Assignment]:
    """Assign every article to its duplicate group and event.

    Parameters
    ----------
    articles : iterable of Article
        Each with a key of its own. They are added in the order of `sort_by_date`.
    canonical_rule : CanonicalRule
        Chooses the canonical article of a group.
    similarity : SimilarityModel, optional
        By default the model that ships with the library.
    across_languages : bool
        Whether one event may hold reports in several languages.
    encode : callable, optional
        Returns centred sentence vectors of articles; see `Batch`.

    Returns
    -------
    dict of int to Assignment
        By article key, in the order in which articles were added.
    """
    batch = Batch(canonical_rule, similarity, across_languages=across_languages, encode=encode)
    for article in sort_by_date(articles):
        batch.add(article)
    batch.set_missing_vectors()
    batch.recluster()
    batch.set_missing_vectors()
    return batch.assignments


def sort_by_date(articles: Iterable[Article]) -> list[Article]:
    """Sort articles as news arrives: by date, undated ones last, else in the order given."""
    return sorted(articles, key=_sort_key)


def _sort_key(article: Article) -> float:
    return math.inf if article.published is None else article.published
