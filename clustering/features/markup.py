"""Comments and character references of HTML, for every function that turns HTML into text.

Both functions are linear in the length of the text, also where a comment is never closed.
"""

from __future__ import annotations

import html
import re
from typing import Final

_OVERLONG_CHAR_REF: Final = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?")
"""No character has so long a number, and converting such a number is slow or fails."""


def decode_entities(text: str) -> str:
    """Replace character references such as ``&amp;``; invalid long numbers become a space."""
    return html.unescape(_OVERLONG_CHAR_REF.sub(" ", text))


def strip_comments(text: str, replacement: str) -> str:
    """Replace each ``<!-- … -->``; comments that are never closed stay, and so do stray ``-->``."""
    *closed, after_last = text.split("-->")
    parts = [part.partition("<!--") for part in closed]
    return (
        "".join(
            f"{before}{replacement}" if opened else f"{before}-->" for before, opened, _ in parts
        )
        + after_last
    )
