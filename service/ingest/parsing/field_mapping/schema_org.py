"""The article in a JSON-LD document of schema.org, as pages carry it for search engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Node = Mapping[str, Any]

_SCHEMA_PREFIXES: Final = ("http://schema.org/", "https://schema.org/", "schema:")
_ARTICLE_TYPES: Final = frozenset(
    {"BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"}
)


def find_article(document: Node) -> tuple[Node, str]:
    """Return the article of a document, and the JSON pointer to it.

    What is not JSON-LD, or holds no article, is returned as it is.
    """
    nodes = dict(_iter_nodes(document, ""))
    for place, node in nodes.items():
        if _is_article(node):
            return dict(_iter_members(node, list(nodes.values()))), place
    return document, ""


def _iter_nodes(node: Node, pointer: str) -> Iterator[tuple[str, Node]]:
    """Every node that may be an article: the document, its graph, what it is about."""
    yield pointer, node
    for name in ("@graph", "mainEntity"):
        inner = node.get(name)
        for at, one in enumerate(inner) if isinstance(inner, list) else [("", inner)]:
            if isinstance(one, dict):
                yield f"{pointer}/{name}" + (f"/{at}" if isinstance(inner, list) else ""), one


def _is_article(node: Node) -> bool:
    return any(
        name in _ARTICLE_TYPES or name.endswith("Article")
        for kind in _as_list(node.get("@type"))
        if isinstance(kind, str)
        for name in [_strip_schema_prefix(kind)]
    )


def _iter_members(node: Node, nodes: list[Node]) -> Iterator[tuple[str, object]]:
    """A node's members, each with its first value, and with the node that it refers to."""
    for name, given in node.items():
        value = _first_value(given)
        if isinstance(value, dict) and value.keys() == {"@id"}:
            named = (one for one in nodes if one.get("@id") == value["@id"] and one is not node)
            value = next(named, value)
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        yield _strip_schema_prefix(name), value
    if not node.get("headline") and isinstance(node.get("name"), str):
        yield "headline", node["name"]
    if not node.get("url") and not node.get("mainEntityOfPage"):
        yield "url", node.get("@id")


def _first_value(raw: object) -> Any:
    """The first value of a list; of a text in paragraphs, all."""
    values = [value for value in _as_list(raw) if value is not None]
    if len(values) > 1 and all(isinstance(value, str) and " " in value for value in values):
        return "\n\n".join(values)
    return next(iter(values), None)


def _strip_schema_prefix(name: str) -> str:
    for scheme in _SCHEMA_PREFIXES:
        name = name.removeprefix(scheme)
    return name


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
