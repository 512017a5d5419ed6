"""Duplicate groups and events as scikit-learn estimators, over the functions the service calls.

Both take the same input `X`, an iterable of one dimension. Each item is one article:

- a string: the text of an article without title or date;
- a mapping with some of the keys ``title``, ``text``, ``published``, ``source``, ``language``,
  ``url`` and ``date_only``, and no others;
- or a `clustering.Article`, whose ``key`` is ignored.

`X` may also be a pandas or polars data frame with the same names as columns, or with one column of
another name that holds the texts: what a step before it in a `Pipeline` returns under
``set_output(transform="pandas")``.

Titles and texts may be raw, with tags, entities and invisible characters. ``published`` is in POSIX
seconds, or a `datetime.datetime` with a time zone; with ``date_only`` it is a day whose hour is not
known. A value that is missing or None is not known.

Articles are processed by date, undated ones last, else in the order given. All results are in the
order given. Events are clustered once more after the last article, so that they do not depend on
the order in which articles are given. An article without words is alone in its group and event.

Both are transductive, like `sklearn.cluster.DBSCAN`: there is `fit_predict`, but no `predict`.
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
_STRING_FIELDS: Final = tuple(
    name for name in _ARTICLE_FIELDS if name not in {"published", "date_only"}
)


class _ArticleClusterer(ClusterMixin, BaseEstimator):
    """Common base of the estimators: reads articles, assigns them, numbers the clusters."""

    def __init__(self, *, language: str | None = None) -> None:
        self.language = language

    def fit(self, X: Iterable[Any], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Cluster articles from scratch.

        Parameters
        ----------
        X : iterable of str, mapping or Article, or data frame
            At least one article; see `clustering.estimators`.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If an article is not valid; the message names its position.
        """
        return self._cluster(Batch(), X)

    def partial_fit(self, X: Iterable[Any], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Add articles; the clusters of earlier articles may change.

        Calls with consecutive parts of a list sorted by date give the result of `fit` with the
        whole list.

        Parameters
        ----------
        X : iterable of str, mapping or Article, or data frame
            At least one article; see `clustering.estimators`.
        y : ignored

        Returns
        -------
        self
            Its attributes cover all articles so far, in the order in which they were given.

        Raises
        ------
        TypeError, ValueError
            If an article is not valid; the message names its position. No article of `X` is added
            then.
        """
        return self._cluster(getattr(self, "_batch", None) or Batch(), X)

    @property
    def evidence_(self) -> list[Evidence]:
        """The evidence for each article's assignment when it was added."""
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
        """Add the articles of `X` to a batch, and keep the batch."""
        articles = _read_articles(X, self.language, 1 + len(batch.assignments))
        for article in sort_by_date(articles):
            batch.add(article)
        self._batch = batch
        return self

    def _assignments(self) -> list[Assignment]:
        """Return the assignments of all articles, in the order given."""
        check_is_fitted(self)
        return [self._batch.assignments[key] for key in sorted(self._batch.assignments)]


class DuplicateClusterer(_ArticleClusterer):
    """Groups articles with the same text: syndicated copies, light edits, shortened copies.

    Parameters
    ----------
    language : str or None, default=None
        ISO 639-1 code of articles that name no language; None detects the language of each.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n_articles,)
        The duplicate group of each article, numbered from 0 by first appearance.
    canonical_ : ndarray of int64, shape (n_articles,)
        The position of the canonical article of each article's group: the earliest.
    evidence_ : list of Evidence
        The evidence for each article's assignment when it was added.

    See Also
    --------
    EventClusterer : Groups articles about the same event, whatever their wording.

    Examples
    --------
    >>> from clustering import DuplicateClusterer
    >>> text = "A goods train left the rails near Ostwick on Monday; no one was hurt, police said."
    >>> DuplicateClusterer().fit_predict([text, "Snow is expected in the hills.", text.upper()])
    array([0, 1, 0])
    """

    @property
    def labels_(self) -> Labels:
        """The duplicate group of each article, numbered from 0 by first appearance."""
        return _encode_labels([assignment.group for assignment in self._assignments()])

    @property
    def canonical_(self) -> Labels:
        """The position of the canonical article of each article's group."""
        canonical_keys = (
            assignment.duplicate_of or assignment.article for assignment in self._assignments()
        )
        return np.fromiter(canonical_keys, dtype=np.int64) - 1


class EventClusterer(_ArticleClusterer):
    """Groups articles that report the same event, whatever their wording.

    Parameters
    ----------
    language : str or None, default=None
        ISO 639-1 code of articles that name no language; None detects the language of each.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n_articles,)
        The event of each article, numbered from 0 by first appearance.
    probabilities_ : ndarray of float64, shape (n_articles,)
        Mean probability of "same event" between an article and the event it joined when it was
        added; NaN if it was compared with no other article of that event.
    evidence_ : list of Evidence
        The evidence for each article's assignment when it was added.

    See Also
    --------
    DuplicateClusterer : Groups articles with the same text.

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
        """Mean probability of "same event" with the event joined; NaN without a comparison."""
        probabilities = (evidence.event_probability for evidence in self.evidence_)
        return np.array([nan if p is None else p for p in probabilities])


def _encode_labels(labels: Iterable[int]) -> Labels:
    """Number clusters from 0 in the order in which they appear."""
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _read_articles(X: object, language: object, first_key: int) -> list[Article]:
    """Validate the input as a whole, and each article."""
    if language is not None and not isinstance(language, str):
        raise TypeError(f"language is a code such as 'en' or None, not {language!r}")
    if isinstance(X, (str, bytes, Mapping, Article)) or not isinstance(X, Iterable):
        raise TypeError(f"X is a list of articles, not one {type(X).__name__}")
    items = _frame_rows(X) if hasattr(X, "columns") else X
    if getattr(items, "ndim", 1) != 1:
        raise ValueError("X is a list of articles, not a table: pass its rows as mappings")
    articles = [_read_article(item, position) for position, item in enumerate(items)]
    if not articles:
        raise ValueError("X has no article")
    return [
        replace(article, key=key, language=article.language or language)
        for key, article in enumerate(articles, start=first_key)
    ]


def _frame_rows(frame: Any) -> list[Any]:
    """Return the rows of a pandas or polars data frame as mappings, or as texts.

    A frame marks what is missing by NaN, NaT or None; of these, only NaN and NaT differ from
    themselves.
    """
    columns = {name: list(frame[name]) for name in frame.columns}
    if len(columns) == 1 and not columns.keys() & set(_ARTICLE_FIELDS):
        return next(iter(columns.values()))
    return [
        {name: value for name, value in zip(columns, row, strict=True) if value == value}
        for row in zip(*columns.values(), strict=True)
    ]


def _read_article(value: object, position: int) -> Article:
    """Read one article; its key is set later."""
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
    strings = {name: _read_string(value.get(name), name, position) for name in _STRING_FIELDS}
    return Article(
        key=0,
        title=strings["title"] or "",
        text=strings["text"] or "",
        published=_read_timestamp(value.get("published"), position),
        source=strings["source"],
        language=strings["language"],
        url=strings["url"],
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
