"""What a search asks for: words, phrases, alternatives, beginnings of words, exclusions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.store.search.words import fold_words, normalise, word_spans

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PART: Final = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?(?P<star>\*?)|(?P<plain>[^\s"]+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """One or more words in a row.

    Attributes
    ----------
    words : tuple of str
        Folded, and never empty.
    is_prefix : bool
        Whether the last word may go on.
    """

    words: tuple[str, ...]
    is_prefix: bool = False

    def find(self, folded: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield where the phrase stands in the folded words of a text: its first and last word."""
        *complete, last = self.words
        length = len(complete)
        ends = (
            (position for position, word in enumerate(folded) if word.startswith(last))
            if self.is_prefix
            else (position for position, word in enumerate(folded) if word == last)
        )
        for end in ends:
            if end >= length and folded[end - length : end] == complete:
                yield end - length, end


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query: one phrase of every group must occur, and no excluded one.

    Attributes
    ----------
    groups : tuple of (tuple of Phrase)
        Alternatives; without any, the query matches nothing.
    excluded : tuple of Phrase
    """

    groups: tuple[tuple[Phrase, ...], ...]
    excluded: tuple[Phrase, ...] = ()

    def matches(self, text: str) -> bool:
        """Whether a short text matches, such as a headline."""
        folded = fold_words(normalise(text))

        def occurs(phrase: Phrase) -> bool:
            return any(True for _ in phrase.find(folded))

        return (
            bool(self.groups)
            and all(any(map(occurs, group)) for group in self.groups)
            and not any(map(occurs, self.excluded))
        )

    def find(self, text: str) -> list[tuple[int, int]]:
        """Return where a text in NFC has phrases of the query, in order; none overlap."""
        folded = fold_words(text)
        found = sorted(
            place for group in self.groups for phrase in group for place in phrase.find(folded)
        )
        spans = word_spans(text) if found else []
        return _merge([(spans[first][0], spans[last][1]) for first, last in found])


def parse_query(text: str) -> SearchQuery:
    """Read a query.

    Parameters
    ----------
    text : str
        Words that must all occur; ``"a phrase"``; ``a OR b``; ``begin*``; ``-excluded``. What is
        none of these is read as words, so that no input is an error.

    Returns
    -------
    SearchQuery
    """
    groups: list[tuple[Phrase, ...]] = []
    excluded: list[Phrase] = []
    is_alternative = False
    for match in _PART.finditer(text.translate(_QUOTES)):
        if match["plain"] in ("OR", "|"):
            is_alternative = bool(groups)
            continue
        phrase = _read_phrase(match)
        if phrase is None:
            continue
        if _is_excluded(match):
            excluded.append(phrase)
        elif is_alternative:
            groups[-1] += (phrase,)
        else:
            groups.append((phrase,))
        is_alternative = False
    return SearchQuery(tuple(groups), tuple(excluded))


def _read_phrase(match: re.Match[str]) -> Phrase | None:
    written = match["phrase"] if match["plain"] is None else match["plain"]
    words = tuple(fold_words(normalise(written)))
    is_prefix = bool(match["star"]) or (match["plain"] or "").endswith("*")
    return Phrase(words, is_prefix) if words else None


def _is_excluded(match: re.Match[str]) -> bool:
    return bool(match["minus"]) or (match["plain"] or "").startswith("-")


def _merge(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in places:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
