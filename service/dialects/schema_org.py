"""The article in a JSON-LD document of schema.org, as pages carry it for search engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Node = Mapping[str, Any]

_SCHEME: Final = ("http://schema.org/", "https://schema.org/", "schema:")
_ARTICLES: Final = frozenset({"BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"})


def article(document: Node) -> tuple[Node, str]:
    """Return the article of a document, and the JSON pointer to it.

    What is not JSON-LD, or holds no article, is returned as it is.
    """
    nodes = dict(_nodes(document, ""))
    for place, node in nodes.items():
        if _is_article(node):
            return dict(_members(node, list(nodes.values()))), place
    return document, ""


def _nodes(node: Node, place: str) -> Iterator[tuple[str, Node]]:
    """Every node that may be an article: the document, its graph, what it is about."""
    yield place, node
    for name in ("@graph", "mainEntity"):
        inner = node.get(name)
        for at, one in enumerate(inner) if isinstance(inner, list) else [("", inner)]:
            if isinstance(one, dict):
                yield f"{place}/{name}" + (f"/{at}" if isinstance(inner, list) else ""), one


def _is_article(node: Node) -> bool:
    return any(
        name in _ARTICLES or name.endswith("Article")
        for kind in _listed(node.get("@type"))
        if isinstance(kind, str)
        for name in [_short(kind)]
    )


def _members(node: Node, nodes: list[Node]) -> Iterator[tuple[str, object]]:
    """A node's members, each with its first value, and with the node that it refers to."""
    for name, given in node.items():
        value = _first(given)
        if isinstance(value, dict) and value.keys() == {"@id"}:
            named = (one for one in nodes if one.get("@id") == value["@id"] and one is not node)
            value = next(named, value)
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        yield _short(name), value
    if not node.get("headline") and isinstance(node.get("name"), str):
        yield "headline", node["name"]
    if not node.get("url") and not node.get("mainEntityOfPage"):
        yield "url", node.get("@id")


def _first(given: object) -> Any:
    """The first value of a list; of a text in paragraphs, all."""
    values = [value for value in _listed(given) if value is not None]
    if len(values) > 1 and all(isinstance(value, str) and " " in value for value in values):
        return "\n\n".join(values)
    return next(iter(values), None)


def _short(name: str) -> str:
    for scheme in _SCHEME:
        name = name.removeprefix(scheme)
    return name


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
