"""The passage of a text that shows why a search found it, with the found words marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.common.docstring_config import DOCSTRING_CONFIG
from service.store.search.query import SearchQuery
from service.store.search.words import normalise

PASSAGE_CHARS: Final = 240
"""Length of a passage, in characters."""
_LEAD_CHARS: Final = 60
"""Characters of a passage before its first found word."""


@dataclass(frozen=True, slots=True)
class PassagePart:
    """A part of a title or passage."""

    __pydantic_config__ = DOCSTRING_CONFIG

    text: str
    is_match: bool
    """Whether the search found this part."""


def mark(text: str, query: SearchQuery) -> tuple[PassagePart, ...]:
    """Divide a short text, such as a title, into found parts and others."""
    line = normalise(" ".join(text.split()))
    return _divide(line, query.find(line), 0, len(line))


def find_passage(
    text: str, query: SearchQuery, max_chars: int = PASSAGE_CHARS
) -> tuple[PassagePart, ...]:
    """Return the passage of a text around its first found words.

    Parameters
    ----------
    text : str
    query : SearchQuery
    max_chars : int

    Returns
    -------
    tuple of PassagePart
        Empty if the text has no found words.
    """
    line = normalise(" ".join(text.split()))
    places = query.find(line)
    if not places:
        return ()
    start = _word_start(line, max(0, _best_start(places, max_chars) - _LEAD_CHARS))
    end = min(len(line), start + max_chars)
    before, after = "…" if start else "", "…" if end < len(line) else ""
    parts = _divide(line, places, start, end)
    return (*_text_part(before), *parts, *_text_part(after))


def _best_start(places: Sequence[tuple[int, int]], max_chars: int) -> int:
    """Return the first place from which most places fit into a passage."""
    starts = [start for start, _ in places]

    def count(start: int) -> int:
        return sum(start <= other < start + max_chars - _LEAD_CHARS for other in starts)

    return max(starts, key=count)


def _word_start(line: str, start: int) -> int:
    """Return the begin of the next word, unless that is far: not every script has spaces."""
    space = line.find(" ", start, start + _LEAD_CHARS // 2) if start else -1
    return start if space < 0 else space + 1


def _divide(
    line: str, places: Sequence[tuple[int, int]], start: int, end: int
) -> tuple[PassagePart, ...]:
    parts: list[PassagePart] = []
    position = start
    for found_start, found_end in places:
        if found_end <= start or found_start >= end:
            continue
        begin = max(found_start, start)
        parts += _text_part(line[position:begin])
        position = min(found_end, end)
        parts.append(PassagePart(line[begin:position], is_match=True))
    parts += _text_part(line[position:end])
    return tuple(parts)


def _text_part(text: str) -> list[PassagePart]:
    return [PassagePart(text, is_match=False)] if text else []
