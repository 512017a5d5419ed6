"""Labelled articles: split by date, and read with fields withheld."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from clustering.types import Article


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article and the truth about it.

    Attributes
    ----------
    article : Article
    event, duplicate_group : str or None
        Articles of one value belong together; None where nobody said.
    """

    article: Article
    event: str | None = None
    duplicate_group: str | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """The labelled articles of one collection; their keys are distinct.

    Attributes
    ----------
    name : str
    items : tuple of LabelledArticle
    """

    name: str
    items: tuple[LabelledArticle, ...]

    @property
    def median_date(self) -> float | None:
        """The date with which the second half begins; None if most articles have none."""
        dates = sorted(date_of(item) for item in self.items)
        middle = dates[len(dates) // 2] if dates else math.inf
        return middle if math.isfinite(middle) else None


def date_of(item: LabelledArticle) -> float:
    """When an article was published; for ever later, if that is not known."""
    return math.inf if item.article.published is None else item.article.published


def first_half(corpus: Corpus) -> Corpus:
    """The articles before the middle date; all of a corpus without dates.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    Corpus
    """
    middle = corpus.median_date
    if middle is None:
        return corpus
    return replace(corpus, items=tuple(it for it in corpus.items if date_of(it) < middle))


def second_half(corpus: Corpus) -> Corpus:
    """The articles from the middle date on, and undated ones; all of a corpus without dates.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    Corpus
    """
    middle = corpus.median_date
    if middle is None:
        return corpus
    return replace(corpus, items=tuple(it for it in corpus.items if date_of(it) >= middle))


def ablate_fields(corpus: Corpus) -> Iterator[Corpus]:
    """A corpus as it is, then with titles and with texts withheld, where it has both.

    Parameters
    ----------
    corpus : Corpus

    Yields
    ------
    Corpus
    """
    yield corpus
    whole = [it for it in corpus.items if it.article.title.strip() and it.article.text.strip()]
    if whole:
        yield replace(corpus, items=tuple(map(_without_title, corpus.items)))
        yield replace(corpus, items=tuple(map(_without_text, corpus.items)))


def _without_title(item: LabelledArticle) -> LabelledArticle:
    return (
        replace(item, article=replace(item.article, title=""))
        if item.article.text.strip()
        else item
    )


def _without_text(item: LabelledArticle) -> LabelledArticle:
    return (
        replace(item, article=replace(item.article, text=""))
        if item.article.title.strip()
        else item
    )
