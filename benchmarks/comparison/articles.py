"""The articles that everything in a comparison reads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks.multiplied_corpus import iter_articles, read_corpus

_ARTICLES_PER_DAY: Final = 20_000
_FIELDS: Final = ("id", "url", "title", "text", "published_at", "source", "language")


@dataclass(frozen=True)
class Articles:
    """Articles as they are sent, and the labels of their duplicate groups.

    Attributes
    ----------
    origin : str
        The corpus that was multiplied.
    records : list of dict
    groups : list of str or None
        One for each article; None if it has no label.
    """

    origin: str
    records: list[dict[str, Any]]
    groups: list[str | None]

    @property
    def texts(self) -> list[str]:
        return [record["text"] for record in self.records]

    @property
    def mean_words(self) -> float:
        return sum(len(text.split()) for text in self.texts) / len(self.records)

    def first(self, n_articles: int) -> Articles:
        """Return the first of them."""
        return Articles(self.origin, self.records[:n_articles], self.groups[:n_articles])


def load_articles(path: Path | None, n_articles: int) -> Articles:
    """Read a corpus, and multiply it if it has fewer articles than needed.

    Parameters
    ----------
    path : Path or None
        JSON lines, also as .gz; None takes the starter corpus.
    n_articles : int
    """
    corpus = read_corpus(path)
    chosen = list(islice(iter_articles(corpus, _ARTICLES_PER_DAY), n_articles))
    name = path.name if path else "the starter corpus"
    return Articles(
        name if n_articles <= len(corpus) else f"{name}, multiplied",
        [
            {field: record[field] for field in _FIELDS if record.get(field) is not None}
            for record in chosen
        ],
        [record.get("duplicate_group") for record in chosen],
    )
