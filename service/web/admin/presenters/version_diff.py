"""Word-by-word differences between two versions of an article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from service.queries import Version

MAX_WORDS_COMPARED: Final = 4000
"""Longest stretch of words that is aligned, as alignment takes quadratic time in the worst case."""
CONTEXT_WORDS: Final = 12
"""Unchanged words shown on either side of a change; the middle of longer stretches is omitted."""

_WORD: Final = re.compile(r"\S+\s+")
_COMPARED_FIELDS: Final = ("url", "published_at", "source", "language")

SegmentKind = Literal["same", "removed", "added", "omitted"]


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """Consecutive words that are unchanged, removed, added, or unchanged and not shown."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A version and the next one, with their differences."""

    before: Version
    after: Version
    title: tuple[DiffSegment, ...]
    text: tuple[DiffSegment, ...]
    fields: tuple[tuple[str, str | None, str | None], ...]
    """Other fields that changed: name, value before, value after."""


def compare_versions(before: Version, after: Version, max_chars: int) -> Revision:
    """Compare a version with the next one.

    Parameters
    ----------
    before, after : Version
    max_chars : int
        Characters of the texts that are compared.

    Returns
    -------
    Revision
    """
    fields = ((name, getattr(before, name), getattr(after, name)) for name in _COMPARED_FIELDS)
    return Revision(
        before,
        after,
        tuple(diff_words(before.title, after.title)),
        tuple(elide_unchanged(diff_words(before.text[:max_chars], after.text[:max_chars]))),
        tuple(
            (name, old_value, new_value)
            for name, old_value, new_value in fields
            if old_value != new_value
        ),
    )


def diff_words(before: str, after: str) -> Iterator[DiffSegment]:
    """Yield the segments of both texts in order.

    Parameters
    ----------
    before, after : str

    Yields
    ------
    DiffSegment
        Without the removed segments they make up `after`, without the added ones `before`; white
        space may differ.
    """
    old, new = _split_words(before), _split_words(after)
    start = _count_common_prefix(old, new)
    end = _count_common_prefix(old[start:][::-1], new[start:][::-1])
    yield from _make_segments("same", new[:start])
    yield from _diff_middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from _make_segments("same", new[len(new) - end :])


def elide_unchanged(segments: Iterator[DiffSegment]) -> Iterator[DiffSegment]:
    """Mark the middle of long unchanged segments as omitted."""
    for segment in segments:
        words = _WORD.findall(segment.text)
        if segment.kind != "same" or len(words) <= 3 * CONTEXT_WORDS:
            yield segment
            continue
        yield DiffSegment("same", "".join(words[:CONTEXT_WORDS]))
        yield DiffSegment("omitted", "".join(words[CONTEXT_WORDS:-CONTEXT_WORDS]))
        yield DiffSegment("same", "".join(words[-CONTEXT_WORDS:]))


def _split_words(text: str) -> list[str]:
    """Words with the white space after them; the last gets a space, as another may follow it."""
    return _WORD.findall(f"{text.strip()} ")


def _diff_middle(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffSegment]:
    if max(len(old), len(new)) > MAX_WORDS_COMPARED:
        yield from _replacement(old, new)
        return
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new])
    for operation, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if operation == "equal":
            yield from _make_segments("same", new[new_start:new_end])
        else:
            yield from _replacement(old[old_start:old_end], new[new_start:new_end])


def _replacement(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffSegment]:
    yield from _make_segments("removed", old)
    yield from _make_segments("added", new)


def _make_segments(kind: SegmentKind, words: Sequence[str]) -> Iterator[DiffSegment]:
    if words:
        yield DiffSegment(kind, "".join(words))


def _count_common_prefix(old: Sequence[str], new: Sequence[str]) -> int:
    """Number of words that both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    first_difference = next(
        (i for i, (old_word, new_word) in pairs if old_word.strip() != new_word.strip()), None
    )
    return min(len(old), len(new)) if first_difference is None else first_difference
