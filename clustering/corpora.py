"""Labelled articles: split by date, and read with fields withheld."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from clustering.model import Article


@dataclass(frozen=True, slots=True)
class Labelled:
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
    items : tuple of Labelled
    """

    name: str
    items: tuple[Labelled, ...]

    @property
    def middle(self) -> float | None:
        """The date with which the second half begins; None if most articles have none."""
        dates = sorted(date_of(item) for item in self.items)
        middle = dates[len(dates) // 2] if dates else math.inf
        return middle if math.isfinite(middle) else None


def date_of(item: Labelled) -> float:
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
    middle = corpus.middle
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
    middle = corpus.middle
    if middle is None:
        return corpus
    return replace(corpus, items=tuple(it for it in corpus.items if date_of(it) >= middle))


def readings(corpus: Corpus) -> Iterator[Corpus]:
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


def _without_title(it: Labelled) -> Labelled:
    return replace(it, article=replace(it.article, title="")) if it.article.text.strip() else it


def _without_text(it: Labelled) -> Labelled:
    return replace(it, article=replace(it.article, text="")) if it.article.title.strip() else it
