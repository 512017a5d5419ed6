"""The interface's own description is complete."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.ingest.submission import Submission
from service.web.docs import openapi
from service.web.docs.operations import OPERATIONS, Operation

Story = Callable[..., dict[str, Any]]

_UNDESCRIBED = ("/admin", "/docs", "/openapi.json", "/static")
_AUTOMATIC = {"HEAD", "OPTIONS"}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from nodes(part)


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return client.get("/openapi.json").get_json()


def test_every_route_is_described_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _AUTOMATIC
        if rule.rule != "/" and not rule.rule.startswith(_UNDESCRIBED)
    }
    described = {
        (method.upper(), path) for path, calls in document["paths"].items() for method in calls
    }
    assert described == routes


def test_it_is_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    names = [call["operationId"] for path in document["paths"].values() for call in path.values()]
    assert len(names) == len(set(names))
    for path, calls in document["paths"].items():
        for call in calls.values():
            placed = [it["name"] for it in call["parameters"] if it["in"] == "path"]
            assert placed == re.findall(r"{(\w+)}", path)
            assert call["summary"]
            assert all(it["description"] for it in call["parameters"] if it["in"] == "query")
            assert "500" in call["responses"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = [node["$ref"] for node in nodes(document) if "$ref" in node]
    assert references
    for reference in references:
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_field_of_an_article_is_explained(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["Submission"]["properties"]
    assert set(properties) == set(Submission.model_fields)


def test_answers_are_as_described(
    client: FlaskClient, document: dict[str, Any], make_article: Any
) -> None:
    answer = client.post("/v1/articles", json=make_article(1)).get_json()
    schemas = document["components"]["schemas"]
    assert (
        set(answer)
        == set(schemas["IngestResult"]["properties"])
        == set(schemas["IngestResult"]["required"])
    )
    article = client.get("/v1/articles/story-1").get_json()
    assert set(article) == set(schemas["ArticleView"]["properties"])
    problem = client.get("/v1/articles/x").get_json()
    assert set(problem) == set(schemas["Problem"]["properties"])


@pytest.mark.parametrize(
    "operation",
    [it for it in OPERATIONS if it.body and not it.headers],
    ids=lambda operation: operation.operation_id,
)
def test_the_examples_work(client: FlaskClient, operation: Operation, make_article: Story) -> None:
    for number in range(1, 13):  # what the examples of decisions are about
        client.post("/v1/articles", json=make_article(number))
    for _ in range(3):
        renaming = {"kind": "rename_event", "event_id": "e1", "headline": "Flood"}
        assert client.post("/v1/decisions", json=renaming).status_code == 201
    for content in operation.body:
        example = openapi.render_example(content)
        body = example if isinstance(example, str) else json.dumps(example)
        answer = client.open(
            operation.path.format(**operation.path_params),
            method=operation.method,
            data=body,
            content_type=content.media_type,
        )
        assert answer.status_code in operation.responses
        assert "/docs#problem" not in answer.text


def test_the_page_has_a_command_for_every_call(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    import html

    commands = re.findall(r'aria-label="Command"><code>(.*?)</code>', page.text, re.DOTALL)
    assert len(commands) == len(OPERATIONS)
    for command, operation in zip(commands, OPERATIONS, strict=True):
        words = shlex.split(html.unescape(command))
        assert words[0] == "curl"
        address = next(word for word in words if word.startswith("http://localhost"))
        assert urlsplit(address).path == operation.path.format(**operation.path_params)


def test_the_page_asks_nothing_of_the_outside(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page.text)
    assert "prefers-color-scheme: dark" in page.text
    targets = re.findall(r'href="#([^"]+)"', page.text)
    assert targets
    assert all(f'id="{target}"' in page.text for target in targets)
