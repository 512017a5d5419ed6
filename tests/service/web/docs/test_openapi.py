"""The OpenAPI document and the docs page are complete and true."""

from __future__ import annotations

import html
import json
import re
import shlex
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.submission import Submission
from service.web.docs import openapi
from service.web.docs.operations import OPERATIONS, Operation
from service.webhooks import signing

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


def test_exactly_the_routes_are_described(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _AUTOMATIC
        if rule.rule != "/" and not rule.rule.startswith(_UNDESCRIBED)
    }
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == routes


def test_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    operation_ids = [
        operation["operationId"]
        for path_item in document["paths"].values()
        for operation in path_item.values()
    ]
    assert len(operation_ids) == len(set(operation_ids))
    for path, path_item in document["paths"].items():
        for operation in path_item.values():
            parameters = operation["parameters"]
            path_names = [param["name"] for param in parameters if param["in"] == "path"]
            assert path_names == re.findall(r"{(\w+)}", path)
            assert operation["summary"]
            assert all(param["description"] for param in parameters if param["in"] == "query")
            assert "500" in operation["responses"]


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    references = [node["$ref"] for node in nodes(document) if "$ref" in node]
    assert references
    for reference in references:
        node = document
        for key in reference.removeprefix("#/").split("/"):
            node = node[key]
        assert node


def test_every_field_of_a_submission_is_described(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["Submission"]["properties"]
    assert set(properties) == set(Submission.model_fields)


def test_responses_match_their_schemas(
    client: FlaskClient, document: dict[str, Any], make_article: Any
) -> None:
    response = client.post("/v1/articles", json=make_article(1)).get_json()
    schemas = document["components"]["schemas"]
    assert (
        set(response)
        == set(schemas["IngestResult"]["properties"])
        == set(schemas["IngestResult"]["required"])
    )
    article = client.get("/v1/articles/story-1").get_json()
    assert set(article) == set(schemas["ArticleView"]["properties"])
    problem = client.get("/v1/articles/x").get_json()
    assert set(problem) == set(schemas["Problem"]["properties"])


def test_ndjson_is_described_by_the_schema_of_its_lines(document: dict[str, Any]) -> None:
    described = [
        media_types["application/x-ndjson"]
        for node in nodes(document)
        if isinstance(media_types := node.get("content"), dict)
        and "application/x-ndjson" in media_types
    ]
    assert len(described) == 3
    assert all(content["schema"] == content["itemSchema"] for content in described)


@given(st.from_regex(signing.SECRET_PATTERN.replace("$", r"\Z")))
def test_secrets_of_the_described_form_can_sign(secret: str) -> None:
    signing.check_secret(secret)
    assert signing.signature_headers(secret, "w.1-2", 1_700_000_000, b"{}")


@given(st.binary(min_size=1, max_size=80))
def test_secrets_are_described_by_the_length_of_their_key(key: bytes) -> None:
    secret = signing.SECRET_PREFIX + b64encode(key).decode()
    assert bool(re.search(signing.SECRET_PATTERN, secret)) == (24 <= len(key) <= 64)


@pytest.mark.parametrize("name", ["event_id", "group_id", "decision_id", "webhook_id"])
def test_form_of_ids_in_addresses_is_described(document: dict[str, Any], name: str) -> None:
    parameters = [node for node in nodes(document["paths"]) if node.get("name") == name]
    assert parameters
    for parameter in parameters:
        assert re.search(parameter["schema"]["pattern"], parameter["example"])


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.body and not operation.headers],
    ids=lambda operation: operation.operation_id,
)
def test_examples_are_accepted(
    client: FlaskClient, operation: Operation, make_article: Story
) -> None:
    for number in range(1, 13):  # the articles and events in the examples of decisions
        client.post("/v1/articles", json=make_article(number))
    for _ in range(3):
        renaming = {"kind": "rename_event", "event_id": "e1", "headline": "Flood"}
        assert client.post("/v1/decisions", json=renaming).status_code == 201
    for content in operation.body:
        example = openapi.render_example(content)
        body = example if isinstance(example, str) else json.dumps(example)
        response = client.open(
            operation.path.format(**operation.path_params),
            method=operation.method,
            data=body,
            content_type=content.media_type,
        )
        assert response.status_code in operation.responses
        assert "/docs#problem" not in response.text


def test_docs_page_has_a_command_for_every_operation(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    commands = re.findall(r'aria-label="Command"><code>(.*?)</code>', page.text, re.DOTALL)
    assert len(commands) == len(OPERATIONS)
    for command, operation in zip(commands, OPERATIONS, strict=True):
        words = shlex.split(html.unescape(command))
        assert words[0] == "curl"
        url = next(word for word in words if word.startswith("http://localhost"))
        assert urlsplit(url).path == operation.path.format(**operation.path_params)


def test_docs_page_loads_nothing_from_other_sites(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page.text)
    assert "prefers-color-scheme: dark" in page.text
    targets = re.findall(r'href="#([^"]+)"', page.text)
    assert targets
    assert all(f'id="{target}"' in page.text for target in targets)
