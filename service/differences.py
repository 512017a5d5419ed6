"""What changed between two versions of an article, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from service.browse import Version

MOST_WORDS: Final = 4000
"""Between so many words at most a difference is looked for; it takes quadratic time at worst."""
KEPT_AROUND: Final = 12
"""Words shown on either side of a change; a longer stretch that stayed is left out."""

_WORD: Final = re.compile(r"\S+\s+")
_FIELDS: Final = ("url", "published_at", "source", "language")

Kind = Literal["same", "gone", "new", "left out"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text that stayed, went or came, or that stayed and are not shown."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A version, and what the next one made of it."""

    before: Version
    after: Version
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    fields: tuple[tuple[str, str | None, str | None], ...]
    """Other fields that changed: name, before, after."""


def revise(before: Version, after: Version, longest: int) -> Revision:
    """Compare a version with the next one.

    Parameters
    ----------
    before, after : Version
    longest : int
        Characters of the texts that are looked at.
    """
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in _FIELDS)
    return Revision(
        before,
        after,
        tuple(compare(before.title, after.title)),
        tuple(shorten(compare(before.text[:longest], after.text[:longest]))),
        tuple(pair for pair in pairs if pair[1] != pair[2]),
    )


def compare(before: str, after: str) -> Iterator[Piece]:
    """Yield both texts as one: what stayed, and what went and came between.

    Parameters
    ----------
    before, after : str

    Yields
    ------
    Piece
        Without those that are gone, they make `after`; without the new ones, `before`; but for
        white space.
    """
    old, new = _words(before), _words(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield from _pieces("same", new[:start])
    yield from _middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from _pieces("same", new[len(new) - end :])


def shorten(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Leave out the middle of long stretches that stayed."""
    for piece in pieces:
        words = _WORD.findall(piece.text)
        if piece.kind != "same" or len(words) <= 3 * KEPT_AROUND:
            yield piece
            continue
        yield Piece("same", "".join(words[:KEPT_AROUND]))
        yield Piece("left out", "".join(words[KEPT_AROUND:-KEPT_AROUND]))
        yield Piece("same", "".join(words[-KEPT_AROUND:]))


def _words(text: str) -> list[str]:
    """Words with the white space after them; the last has some too, as another may follow it."""
    return _WORD.findall(f"{text.strip()} ")


def _middle(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > MOST_WORDS:
        yield from _replaced(old, new)
        return
    matcher = SequenceMatcher(None, [it.strip() for it in old], [it.strip() for it in new])
    for kind, first, last, start, stop in matcher.get_opcodes():
        if kind == "equal":
            yield from _pieces("same", new[start:stop])
        else:
            yield from _replaced(old[first:last], new[start:stop])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    yield from _pieces("gone", old)
    yield from _pieces("new", new)


def _pieces(kind: Kind, words: Sequence[str]) -> Iterator[Piece]:
    if words:
        yield Piece(kind, "".join(words))


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    different = (at for at, (one, other) in pairs if one.strip() != other.strip())
    return next(different, min(len(old), len(new)))
