"""Duplicate groups and events as scikit-learn estimators, over the functions the service calls.

Both take the same input `X`: a list (or other iterable of one dimension) of articles, each of them

- a string: the text of an article without title or date;
- a mapping with some of the keys ``title``, ``text``, ``published``, ``source``, ``language``,
  ``url`` and ``date_only``, and no others;
- or a `clustering.Article`, whose ``key`` is ignored.

Titles and texts may be raw: tags, entities and invisible characters do no harm. ``published`` is in
POSIX seconds, or a `datetime.datetime` with a time zone; with ``date_only`` it is a day whose hour
is not known. What is missing or None is not known.

Articles are judged by date, those without one last, else in the order given; all that is said of
them afterwards is in the order given. Events are judged once more when all are in, so that they are
the same in whatever order articles are given. Articles without a single word are alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from math import isfinite, nan
from numbers import Real
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from clustering.pipeline.batch import Batch, sort_by_date
from clustering.types import Article, Assignment, Evidence

__all__ = ["DuplicateClusterer", "EventClusterer"]

Labels = NDArray[np.int64]

_ARTICLE_FIELDS: Final = tuple(field.name for field in fields(Article) if field.name != "key")


class _ArticleClusterer(ClusterMixin, BaseEstimator):
    """What both estimators do: read articles, judge them, number the clusters."""

    def __init__(self, *, language: str | None = None) -> None:
        self.language = language

    def fit(self, X: Iterable[Any], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Cluster articles from scratch.

        Parameters
        ----------
        X : iterable of str, mapping or Article
            At least one article; see `clustering.estimators`.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If an article can't be read; the message names its position.
        """
        return self._cluster(Batch(), X)

    def partial_fit(self, X: Iterable[Any], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Take in further articles; those seen before may move.

        Calls with the parts of a list that is in order of date do what `fit` does with the whole.

        Parameters
        ----------
        X : iterable of str, mapping or Article
            At least one article; see `clustering.estimators`.
        y : ignored

        Returns
        -------
        self
            Its attributes tell of all articles so far, in the order in which they were given.

        Raises
        ------
        TypeError, ValueError
            If an article can't be read; the message names its position. None is taken in then.
        """
        return self._cluster(getattr(self, "_batch", None) or Batch(), X)

    @property
    def evidence_(self) -> list[Evidence]:
        """What each article was judged by when it came: scores and telling terms."""
        return [assignment.evidence for assignment in self._assignments()]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_batch")

    def _cluster(self, batch: Batch, X: Iterable[Any]) -> Self:
        articles = _read_articles(X, self.language, 1 + len(batch.assignments))
        for article in sort_by_date(articles):
            batch.add(article)
        self._batch = batch
        return self

    def _assignments(self) -> list[Assignment]:
        """Of all articles, in the order given."""
        check_is_fitted(self)
        return [self._batch.assignments[key] for key in sorted(self._batch.assignments)]


class DuplicateClusterer(_ArticleClusterer):
    """Groups articles that print the same text: syndicated copies, light edits, cut-down copies.

    Parameters
    ----------
    language : str or None, default=None
        ISO 639-1 code for articles that name none; None has it detected.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n_articles,)
        The duplicate group of each article, numbered from 0 by first appearance.
    canonical_ : ndarray of int64, shape (n_articles,)
        The position of the article that stands for the group: the earliest.
    evidence_ : list of Evidence
        What each article was judged by when it came.

    See Also
    --------
    EventClusterer : Articles about one event, in whatever words.

    Examples
    --------
    >>> from clustering import DuplicateClusterer
    >>> story = "A goods train left the rails near Ostwick on Monday; no one was hurt, police said."
    >>> DuplicateClusterer().fit_predict([story, "Snow is expected in the hills.", story.upper()])
    array([0, 1, 0])
    """

    @property
    def labels_(self) -> Labels:
        """The duplicate group of each article, numbered from 0 by first appearance."""
        return _encode_labels([assignment.group for assignment in self._assignments()])

    @property
    def canonical_(self) -> Labels:
        """The position of the article that stands for each one's group."""
        standing = (each.duplicate_of or each.article for each in self._assignments())
        return np.fromiter(standing, dtype=np.int64) - 1


class EventClusterer(_ArticleClusterer):
    """Groups articles that report the same event, in the same words or in others.

    Parameters
    ----------
    language : str or None, default=None
        ISO 639-1 code for articles that name none; None has it detected.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n_articles,)
        The event of each article, numbered from 0 by first appearance.
    probabilities_ : ndarray of float64, shape (n_articles,)
        Mean probability of "same event" with the event an article joined when it came; NaN where
        it met nothing to be compared with.
    evidence_ : list of Evidence
        What each article was judged by when it came.

    See Also
    --------
    DuplicateClusterer : Articles that print the same text.

    Examples
    --------
    >>> from clustering import EventClusterer
    >>> events = EventClusterer(language="en").fit(
    ...     [
    ...         "Magnitude 6.1 earthquake shakes Tarvo island, harbour at Lemmik damaged",
    ...         "Earthquake of magnitude 6.1 hits Tarvo island; Lemmik harbour closed",
    ...         "Parliament passes the budget after a long night",
    ...     ]
    ... )
    >>> events.labels_
    array([0, 0, 1])
    """

    def _cluster(self, batch: Batch, X: Iterable[Any]) -> Self:
        super()._cluster(batch, X)
        self._events = batch.events()
        return self

    @property
    def labels_(self) -> Labels:
        """The event of each article, numbered from 0 by first appearance."""
        check_is_fitted(self)
        return _encode_labels([self._events[key] for key in sorted(self._events)])

    @property
    def probabilities_(self) -> NDArray[np.float64]:
        """Mean probability of "same event" with the event joined; NaN where there was none."""
        found = (evidence.event_probability for evidence in self.evidence_)
        return np.array([nan if probability is None else probability for probability in found])


def _encode_labels(labels: Iterable[int]) -> Labels:
    """Number clusters from 0 in the order in which they appear."""
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(each, len(numbers)) for each in labels], dtype=np.int64)


def _read_articles(X: object, language: object, first_key: int) -> list[Article]:
    """Check the input as a whole and every article of it."""
    if language is not None and not isinstance(language, str):
        raise TypeError(f"language is a code such as 'en' or None, not {language!r}")
    if isinstance(X, (str, bytes, Mapping, Article)) or not isinstance(X, Iterable):
        raise TypeError(f"X is a list of articles, not one {type(X).__name__}")
    if getattr(X, "ndim", 1) != 1:
        raise ValueError("X is a list of articles, not a table: pass its rows as mappings")
    articles = [_read_article(each, at) for at, each in enumerate(X)]
    if not articles:
        raise ValueError("X has no article")
    return [
        replace(article, key=key, language=article.language or language)
        for key, article in enumerate(articles, start=first_key)
    ]


def _read_article(value: object, position: int) -> Article:
    """Read one article, its key yet to be set."""
    if isinstance(value, Article):
        value = {name: getattr(value, name) for name in _ARTICLE_FIELDS}
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, Mapping):
        raise TypeError(
            f"X[{position}] is neither a string, a mapping nor an Article: {value!r:.80}"
        )
    unknown = sorted(str(name) for name in value if name not in _ARTICLE_FIELDS)
    if unknown:
        raise ValueError(
            f"X[{position}] has unknown keys {unknown}; known are {list(_ARTICLE_FIELDS)}"
        )
    words = {
        name: _read_string(value.get(name), name, position)
        for name in _ARTICLE_FIELDS
        if name not in {"published", "date_only"}
    }
    return Article(
        key=0,
        title=words["title"] or "",
        text=words["text"] or "",
        published=_read_timestamp(value.get("published"), position),
        source=words["source"],
        language=words["language"],
        url=words["url"],
        date_only=bool(value.get("date_only")),
    )


def _read_string(value: object, name: str, position: int) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"X[{position}]: {name} is a string or None, not {value!r:.80}")


def _read_timestamp(value: object, position: int) -> float | None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"X[{position}]: published, {value}, has no time zone")
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Real) and isfinite(value):
        return float(value)
    if value is None:
        return None
    raise TypeError(
        f"X[{position}]: published is POSIX seconds, a datetime or None, not {value!r:.80}"
    )
