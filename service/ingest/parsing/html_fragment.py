"""Text that came with the tags of a page, as feeds send it: the text alone.

Every pass is linear in the length of the text, whatever is opened and never closed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

_INLINE_ELEMENTS: Final = "a|abbr|b|cite|code|em|font|i|q|small|span|strong|sub|sup|time|u"
_BLOCK_ELEMENTS: Final = (
    "address|article|aside|blockquote|body|br|center|dd|div|dl|dt|figcaption|figure|footer|"
    "h[1-6]|head|header|hr|html|iframe|img|li|main|nav|ol|p|pre|section|table|td|th|tr|ul|video"
)
_HIDDEN_ELEMENTS: Final = "script|style|noscript|template"
_KNOWN_TAG: Final = re.compile(
    rf"</(?:{_INLINE_ELEMENTS}|{_BLOCK_ELEMENTS}|{_HIDDEN_ELEMENTS})\s*>|<(?:br|hr|img|p)\b[^<>]*>",
    re.IGNORECASE,
)
_HIDDEN_TAG: Final = re.compile(rf"<(/?)({_HIDDEN_ELEMENTS})\b[^<>]*>", re.IGNORECASE)
_BLOCK_TAG: Final = re.compile(rf"</?(?:{_BLOCK_ELEMENTS})\b[^<>]*>", re.IGNORECASE)
_ANY_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|-->|<![^<>]*>")
_OVERLONG_CHAR_REF: Final = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?")
"""No character has such a number, and reading it as one takes long or fails."""


def has_tags(text: str) -> bool:
    """Tell whether a text carries tags of HTML; a few angle brackets are none."""
    return "<" in text and _KNOWN_TAG.search(text) is not None


def strip_tags(text: str) -> str:
    """Return the text without tags, scripts, styles and comments, a paragraph to a line."""
    shown = "".join(_iter_visible(_strip_comments(text)))
    if _BLOCK_TAG.search(shown):  # then the line ends of its source mean nothing
        shown = _BLOCK_TAG.sub("\n", " ".join(shown.split()))
    lines = html.unescape(_OVERLONG_CHAR_REF.sub(" ", _ANY_TAG.sub("", shown))).splitlines()
    return "\n\n".join(stripped for line in lines if (stripped := line.strip()))


def _strip_comments(text: str) -> str:
    *closed, rest = text.split("-->")
    return "".join(part.partition("<!--")[0] for part in closed) + rest


def _iter_visible(text: str) -> Iterator[str]:
    """Yield what does not stand between ``<script>`` and ``</script>``, or the like.

    What is never closed hides nothing.
    """
    shown_from = 0
    opened: tuple[str, int] | None = None
    for tag in _HIDDEN_TAG.finditer(text):
        name = tag[2].lower()
        if opened is None and not tag[1]:
            opened = name, tag.start()
        elif opened is not None and tag[1] and name == opened[0]:
            yield text[shown_from : opened[1]]
            shown_from, opened = tag.end(), None
    yield text[shown_from:]
