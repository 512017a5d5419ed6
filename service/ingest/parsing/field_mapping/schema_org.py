"""Find the article in a schema.org JSON-LD document, which pages embed for search engines."""

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

    A document that is not JSON-LD, or contains no article, is returned unchanged.
    """
    nodes = dict(_iter_nodes(document, ""))
    for pointer, node in nodes.items():
        if is_article(node):
            return dict(_iter_members(node, list(nodes.values()))), pointer
    return document, ""


def list_articles(document: Node) -> list[Node]:
    """Return all articles of a document; none if it is not JSON-LD."""
    nodes = dict(_iter_nodes(document, ""))
    return [
        dict(_iter_members(node, list(nodes.values())))
        for node in nodes.values()
        if is_article(node)
    ]


def _iter_nodes(node: Node, pointer: str) -> Iterator[tuple[str, Node]]:
    """Yield every node that may be an article: the document, its graph, its main entity."""
    yield pointer, node
    for name in ("@graph", "mainEntity"):
        member = node.get(name)
        if isinstance(member, dict):
            yield f"{pointer}/{name}", member
        elif isinstance(member, list):
            for index, element in enumerate(member):
                if isinstance(element, dict):
                    yield f"{pointer}/{name}/{index}", element


def is_article(node: Node) -> bool:
    """Whether the type of a node is one of articles."""
    return any(
        name in _ARTICLE_TYPES or name.endswith("Article")
        for type_ in _as_list(node.get("@type"))
        if isinstance(type_, str)
        for name in [_strip_schema_prefix(type_)]
    )


def _iter_members(node: Node, nodes: list[Node]) -> Iterator[tuple[str, object]]:
    """Yield each member of a node with its first value, references to other nodes resolved."""
    for name, raw in node.items():
        value = _first_value(raw)
        if isinstance(value, dict) and value.keys() == {"@id"}:
            node_id = value["@id"]
            targets = (
                target for target in nodes if target.get("@id") == node_id and target is not node
            )
            value = next(targets, value)
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        yield _strip_schema_prefix(name), value
    if not node.get("headline") and isinstance(node.get("name"), str):
        yield "headline", node["name"]
    if not node.get("url") and not node.get("mainEntityOfPage"):
        yield "url", node.get("@id")


def _first_value(raw: object) -> Any:
    """The first value of a list; paragraphs of a text are joined."""
    values = [value for value in _as_list(raw) if value is not None]
    if len(values) > 1 and all(isinstance(value, str) and " " in value for value in values):
        return "\n\n".join(values)
    return next(iter(values), None)


def _strip_schema_prefix(name: str) -> str:
    for prefix in _SCHEMA_PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
