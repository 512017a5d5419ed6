"""What changed between two versions of an article, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from service.queries import Version

MAX_WORDS_COMPARED: Final = 4000
"""Between so many words at most a difference is looked for; it takes quadratic time at worst."""
CONTEXT_WORDS: Final = 12
"""Words shown on either side of a change; a longer stretch that stayed is left out."""

_WORD: Final = re.compile(r"\S+\s+")
_COMPARED_FIELDS: Final = ("url", "published_at", "source", "language")

SegmentKind = Literal["same", "gone", "new", "left out"]


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """Some words of a text that stayed, went or came, or that stayed and are not shown."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A version, and what the next one made of it."""

    before: Version
    after: Version
    title: tuple[DiffSegment, ...]
    text: tuple[DiffSegment, ...]
    fields: tuple[tuple[str, str | None, str | None], ...]
    """Other fields that changed: name, before, after."""


def compare_versions(before: Version, after: Version, max_chars: int) -> Revision:
    """Compare a version with the next one.

    Parameters
    ----------
    before, after : Version
    max_chars : int
        Characters of the texts that are looked at.
    """
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in _COMPARED_FIELDS)
    return Revision(
        before,
        after,
        tuple(diff_words(before.title, after.title)),
        tuple(elide_unchanged(diff_words(before.text[:max_chars], after.text[:max_chars]))),
        tuple(pair for pair in pairs if pair[1] != pair[2]),
    )


def diff_words(before: str, after: str) -> Iterator[DiffSegment]:
    """Yield both texts as one: what stayed, and what went and came between.

    Parameters
    ----------
    before, after : str

    Yields
    ------
    DiffSegment
        Without those that are gone, they make `after`; without the new ones, `before`; but for
        white space.
    """
    old, new = _split_words(before), _split_words(after)
    start = _count_common_prefix(old, new)
    end = _count_common_prefix(old[start:][::-1], new[start:][::-1])
    yield from _make_segments("same", new[:start])
    yield from _diff_middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from _make_segments("same", new[len(new) - end :])


def elide_unchanged(segments: Iterator[DiffSegment]) -> Iterator[DiffSegment]:
    """Leave out the middle of long stretches that stayed."""
    for piece in segments:
        words = _WORD.findall(piece.text)
        if piece.kind != "same" or len(words) <= 3 * CONTEXT_WORDS:
            yield piece
            continue
        yield DiffSegment("same", "".join(words[:CONTEXT_WORDS]))
        yield DiffSegment("left out", "".join(words[CONTEXT_WORDS:-CONTEXT_WORDS]))
        yield DiffSegment("same", "".join(words[-CONTEXT_WORDS:]))


def _split_words(text: str) -> list[str]:
    """Words with the white space after them; the last has some too, as another may follow it."""
    return _WORD.findall(f"{text.strip()} ")


def _diff_middle(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffSegment]:
    if max(len(old), len(new)) > MAX_WORDS_COMPARED:
        yield from _replacement(old, new)
        return
    matcher = SequenceMatcher(None, [it.strip() for it in old], [it.strip() for it in new])
    for kind, first, last, start, stop in matcher.get_opcodes():
        if kind == "equal":
            yield from _make_segments("same", new[start:stop])
        else:
            yield from _replacement(old[first:last], new[start:stop])


def _replacement(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffSegment]:
    yield from _make_segments("gone", old)
    yield from _make_segments("new", new)


def _make_segments(kind: SegmentKind, words: Sequence[str]) -> Iterator[DiffSegment]:
    if words:
        yield DiffSegment(kind, "".join(words))


def _count_common_prefix(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    different = (at for at, (one, other) in pairs if one.strip() != other.strip())
    return next(different, min(len(old), len(new)))
