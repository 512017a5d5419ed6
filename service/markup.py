"""Text that came with the tags of a page, as feeds send it: the text alone.

Every pass is linear in the length of the text, whatever is opened and never closed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

_INLINE: Final = "a|abbr|b|cite|code|em|font|i|q|small|span|strong|sub|sup|time|u"
_BLOCKS: Final = (
    "address|article|aside|blockquote|body|br|center|dd|div|dl|dt|figcaption|figure|footer|"
    "h[1-6]|head|header|hr|html|iframe|img|li|main|nav|ol|p|pre|section|table|td|th|tr|ul|video"
)
_UNSEEN: Final = "script|style|noscript|template"
_MARKED: Final = re.compile(
    rf"</(?:{_INLINE}|{_BLOCKS}|{_UNSEEN})\s*>|<(?:br|hr|img|p)\b[^<>]*>", re.IGNORECASE
)
_HIDING: Final = re.compile(rf"<(/?)({_UNSEEN})\b[^<>]*>", re.IGNORECASE)
_BLOCK: Final = re.compile(rf"</?(?:{_BLOCKS})\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|-->|<![^<>]*>")
_ENDLESS_NUMBER: Final = re.compile(r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?")
"""No character has such a number, and reading it as one takes long or fails."""


def is_marked(text: str) -> bool:
    """Tell whether a text carries tags of HTML; a few angle brackets are none."""
    return "<" in text and _MARKED.search(text) is not None


def plain(text: str) -> str:
    """Return the text without tags, scripts, styles and comments, a paragraph to a line."""
    shown = "".join(_outside(_without_comments(text)))
    if _BLOCK.search(shown):  # then the line ends of its source mean nothing
        shown = _BLOCK.sub("\n", " ".join(shown.split()))
    lines = html.unescape(_ENDLESS_NUMBER.sub(" ", _TAG.sub("", shown))).splitlines()
    return "\n\n".join(stripped for line in lines if (stripped := line.strip()))


def _without_comments(text: str) -> str:
    *closed, rest = text.split("-->")
    return "".join(part.partition("<!--")[0] for part in closed) + rest


def _outside(text: str) -> Iterator[str]:
    """Yield what does not stand between ``<script>`` and ``</script>``, or the like.

    What is never closed hides nothing.
    """
    shown_from = 0
    opened: tuple[str, int] | None = None
    for tag in _HIDING.finditer(text):
        name = tag[2].lower()
        if opened is None and not tag[1]:
            opened = name, tag.start()
        elif opened is not None and tag[1] and name == opened[0]:
            yield text[shown_from : opened[1]]
            shown_from, opened = tag.end(), None
    yield text[shown_from:]
