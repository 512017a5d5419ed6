"""Limits on the length of one article, which bound the memory of the readers."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Final, TextIO

MAX_ARTICLE_CHARS: Final = 64 << 20
"""Longest file of one article, and longest line or cell."""
TOO_LONG: Final = f"longer than {MAX_ARTICLE_CHARS:,} characters"


def is_too_long(content: Sized) -> bool:
    """Whether a text, or the bytes of one, is longer than an article may be."""
    return len(content) > MAX_ARTICLE_CHARS


def iter_lines(stream: TextIO) -> Iterator[str]:
    """Yield each line; of an overlong line only the part by which it can be told."""
    while line := stream.readline(MAX_ARTICLE_CHARS + 1):
        yield line
        while is_too_long(line) and not line.endswith("\n"):
            line = stream.readline(MAX_ARTICLE_CHARS + 1)
