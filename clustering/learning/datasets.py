"""Labelled articles: split by date, and copied with titles or texts removed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from clustering.types import Article


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article with its labels.

    Attributes
    ----------
    article : Article
    event, duplicate_group : str or None
        Articles with equal labels belong together; None if the article is not labelled.
    """

    article: Article
    event: str | None = None
    duplicate_group: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two articles of a corpus, by key, and whether they report one event."""

    first: int
    second: int
    same: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """The labelled articles of one collection; their keys are distinct.

    Attributes
    ----------
    name : str
    items : tuple of LabelledArticle
    pairs : tuple of LabelledPair
        In a collection where only pairs are labelled. Its articles have no event labels.
    """

    name: str
    items: tuple[LabelledArticle, ...]
    pairs: tuple[LabelledPair, ...] = ()

    @property
    def median_date(self) -> float | None:
        """Start of the second half in POSIX seconds; None if most articles have no date."""
        dates = sorted(date_of(item) for item in self.items)
        median = dates[len(dates) // 2] if dates else math.inf
        return median if math.isfinite(median) else None


def date_of(item: LabelledArticle) -> float:
    """Return the publication date in POSIX seconds; infinity if it is unknown."""
    return math.inf if item.article.published is None else item.article.published


def first_half(corpus: Corpus) -> Corpus:
    """Return the articles before the median date, or all if the corpus has no dates.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    Corpus
    """
    return _filter_by_date(corpus, operator.lt)


def second_half(corpus: Corpus) -> Corpus:
    """Return the other articles, with the undated ones; all if the corpus has no dates.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    Corpus
    """
    return _filter_by_date(corpus, operator.ge)


def ablate_fields(corpus: Corpus) -> Iterator[Corpus]:
    """Yield a corpus as it is, and without titles and without texts if some articles have both.

    A collection of labelled pairs is yielded as it is only: its pairs were chosen by their texts.

    Parameters
    ----------
    corpus : Corpus

    Yields
    ------
    Corpus
    """
    yield corpus
    if not corpus.pairs and any(
        item.article.title.strip() and item.article.text.strip() for item in corpus.items
    ):
        yield replace(corpus, items=tuple(map(_without_title, corpus.items)))
        yield replace(corpus, items=tuple(map(_without_text, corpus.items)))


def _filter_by_date(corpus: Corpus, is_kept: Callable[[float, float], bool]) -> Corpus:
    median = corpus.median_date
    if median is None:
        return corpus
    items = tuple(item for item in corpus.items if is_kept(date_of(item), median))
    return replace(corpus, items=items)


def _without_title(item: LabelledArticle) -> LabelledArticle:
    """Remove the title, unless the article has nothing else."""
    if not item.article.text.strip():
        return item
    return replace(item, article=replace(item.article, title=""))


def _without_text(item: LabelledArticle) -> LabelledArticle:
    """Remove the text, unless the article has nothing else."""
    if not item.article.title.strip():
        return item
    return replace(item, article=replace(item.article, text=""))
