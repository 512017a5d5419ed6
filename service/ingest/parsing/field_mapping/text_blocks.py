"""Read texts that editors of content management systems store as trees of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

_MAX_DEPTH: Final = 12
"""Deepest part of a text that editors store as a tree of blocks."""
_BLOCK_TYPES: Final = ("type", "_type", "kind")
_TREE_MEMBERS: Final = (
    *("blocks", "children", "content", "data", "items", "nodes", "paragraphs", "root", "sections"),
)
"""Members that hold the parts of a text in editors: Slate, ProseMirror, Lexical, Editor.js,
Portable Text."""


def read(value: object) -> str:
    """Return the paragraphs of a text that is a tree of blocks, or "" if it is none.

    Parameters
    ----------
    value : object
        Decoded JSON. Each block that holds text itself is a paragraph.
    """
    if not _is_tree(value):
        return ""
    return "\n\n".join(filter(None, map(str.strip, _iter_blocks(value, _MAX_DEPTH))))


def _is_tree(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(value.get(name), list) for name in _TREE_MEMBERS) or "root" in value
    parts = _objects_in(value)
    return len(parts) > 1 or any(name in part for part in parts for name in _BLOCK_TYPES)


def _iter_blocks(value: object, depth: int) -> Iterator[str]:
    """Yield the text of each block; the spans of a block make one text."""
    parts = value if isinstance(value, list) else [value]
    spans = [part for part in parts if isinstance(part, Mapping) and _is_span(part)]
    if spans and len(spans) == len(parts) and depth < _MAX_DEPTH:
        yield "".join(str(span["text"]) for span in spans)
        return
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping) and depth:
            yield from _iter_block(part, depth - 1)


def _iter_block(part: Mapping[object, object], depth: int) -> Iterator[str]:
    for name in ("text", "html", "value"):
        if isinstance(text := part.get(name), str):
            yield text
            return
    for name in _TREE_MEMBERS:
        if isinstance(member := part.get(name), list | Mapping | str):
            yield from _iter_blocks(member, depth)


def _is_span(part: Mapping[object, object]) -> bool:
    return isinstance(part.get("text"), str) and not any(
        isinstance(part.get(name), list) for name in _TREE_MEMBERS
    )


def _objects_in(value: object) -> list[Mapping[object, object]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []
