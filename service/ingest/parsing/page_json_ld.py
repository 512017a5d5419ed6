"""The articles that a page describes for search engines, in JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from service.ingest.parsing.field_mapping import schema_org

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def iter_scripts(tree: HtmlElement) -> Iterator[str]:
    """Yield the text of each JSON-LD script of a page."""
    for script in tree.iterfind(".//script[@type]"):
        if script.get("type", "").partition(";")[0].strip().lower() == "application/ld+json":
            yield script.text or ""


def parse_articles(script: str) -> list[Mapping[str, Any]]:
    """Return the articles of a script, or what stands in their place.

    Raises
    ------
    ValueError
    RecursionError
    """
    document = json.loads(script, strict=False)
    nodes = document if isinstance(document, list) else [document]
    return [schema_org.find_article(node)[0] for node in nodes if isinstance(node, dict)]


def find_articles(tree: HtmlElement) -> list[Mapping[str, Any]]:
    """Return the articles of all scripts that can be read."""
    found: list[Mapping[str, Any]] = []
    for script in iter_scripts(tree):
        with suppress(ValueError, RecursionError):
            found += filter(schema_org.is_article, parse_articles(script))
    return found
