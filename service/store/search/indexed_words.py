"""The words of an article as they are indexed."""

from __future__ import annotations

from typing import NamedTuple


class IndexedWords(NamedTuple):
    """The folded words of an article, in order."""

    key: int
    title: list[str]
    text: list[str]
