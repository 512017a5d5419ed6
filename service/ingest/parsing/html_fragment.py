"""Text out of a fragment of HTML, as feeds and crawlers send it.

Pages go through `html_page` instead, which finds the article among menus and advertisements.
Every pass is linear in the length of the text, also where a tag or comment is never closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Importing `clustering` is slow, but crawlers do not import this module.
from clustering.features.markup import decode_entities, strip_comments

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
_BLOCK_TAG: Final = re.compile(rf"</?({_BLOCK_ELEMENTS})\b[^<>]*>", re.IGNORECASE)
_ANY_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|-->|<![^<>]*>")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def has_tags(text: str) -> bool:
    """Whether a text contains HTML tags; angle brackets alone are not tags."""
    return "<" in text and _KNOWN_TAG.search(text) is not None


def html_to_text(fragment: str, *, split_paragraphs_at_lines: bool = False) -> str:
    """Return the visible text of a fragment, without tags, scripts, styles and comments.

    Parameters
    ----------
    fragment : str
        HTML or plain text. Line ends of the source count only if it has no block element.
    split_paragraphs_at_lines : bool
        Make each line a paragraph of its own, spaces in it unchanged. By default ``<br>`` ends a
        line, only block elements such as ``<p>`` end a paragraph, and runs of spaces become one.

    Returns
    -------
    str
        Paragraphs, separated by blank lines.
    """
    visible = "".join(_iter_visible(strip_comments(fragment, replacement="")))
    if _BLOCK_TAG.search(visible):
        visible = _BLOCK_TAG.sub(_line_ends, " ".join(visible.split()))
    lines = decode_entities(_ANY_TAG.sub("", visible)).splitlines()
    if split_paragraphs_at_lines:
        return "\n\n".join(stripped for line in lines if (stripped := line.strip()))
    text = "\n".join(" ".join(line.split()) for line in lines)
    return _BLANK_LINES.sub("\n\n", text).strip()


def _line_ends(block_tag: re.Match[str]) -> str:
    return "\n" if block_tag[1].lower() == "br" else "\n\n"


def _iter_visible(text: str) -> Iterator[str]:
    """Yield the parts outside ``<script>`` … ``</script>`` and other hidden elements.

    An element that is never closed hides nothing.
    """
    visible_from = 0
    opened: tuple[str, int] | None = None
    for tag in _HIDDEN_TAG.finditer(text):
        is_closing, name = bool(tag[1]), tag[2].lower()
        if opened is None and not is_closing:
            opened = name, tag.start()
        elif opened is not None and is_closing and name == opened[0]:
            yield text[visible_from : opened[1]]
            visible_from, opened = tag.end(), None
    yield text[visible_from:]
