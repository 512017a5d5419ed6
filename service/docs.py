"""The interface, described for programs (`/openapi.json`) and for people (`/docs`)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup, escape

from service import bodies, openapi
from service.bodies import JSON
from service.openapi import Document, example_text
from service.operations import OPERATIONS, Operation
from service.problems import EXPLANATIONS

_CODE: Final = re.compile(r"`([^`]+)`")
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)

docs = Blueprint("docs", __name__)


class _Field(NamedTuple):
    name: str
    kind: str
    explanation: str


class _Shape(NamedTuple):
    name: str
    explanation: str
    fields: list[_Field]


class _Call(NamedTuple):
    operation: Operation
    parameters: list[_Field]
    responses: dict[str, str]
    curl: str
    answer: str


@docs.get("/openapi.json")
def openapi_json() -> Response:
    """Return the OpenAPI document."""
    return Response(bodies.dump(openapi.document()), mimetype=JSON)


@docs.get("/docs")
def page() -> Response:
    """Show every call, with a command to try it."""
    document = openapi.document()
    html = render_template(
        "docs.html",
        version=document["info"]["version"],
        calls=[_call(operation, document, request.host_url) for operation in OPERATIONS],
        shapes=list(_shapes(document)),
        problems=EXPLANATIONS,
    )
    return Response(html, headers={"Content-Security-Policy": _POLICY})


@docs.app_template_filter("marked")
def marked(text: str) -> Markup:
    """Show names between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped)


def _call(operation: Operation, document: Document, base: str) -> _Call:
    described = document["paths"][operation.path][operation.method.lower()]
    return _Call(
        operation,
        [_parameter(it) for it in described["parameters"]],
        {status: _explanation(it, document) for status, it in described["responses"].items()},
        _curl(operation, base),
        _answer(operation),
    )


def _parameter(parameter: Document) -> _Field:
    return _Field(parameter["name"], _kind(parameter["schema"]), parameter.get("description", ""))


def _explanation(response: Document, document: Document) -> str:
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    explanation: str = response["description"]
    return explanation


def _curl(operation: Operation, base: str) -> str:
    path = operation.path.format(**operation.places) + operation.asked
    words = ["curl", shlex.quote(base.rstrip("/") + path)]
    if operation.method not in ("GET", "POST"):
        words[1:1] = ["-X", operation.method]
    if operation.body:
        content = operation.body[0]
        example = example_text(content)
        sent = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
        words += ["\\\n  -H", shlex.quote(f"Content-Type: {content.media_type}")]
        words += [f"\\\n  -H {shlex.quote(f'{name}: SIGNATURE')}" for name in operation.headers]
        words += ["\\\n  --data-binary", shlex.quote(sent.rstrip("\n"))]
    return " ".join(words)


def _answer(operation: Operation) -> str:
    for reply in operation.replies.values():
        for content in reply.content:
            if content.example is not None:
                example = example_text(content)
                return example if isinstance(example, str) else json.dumps(example, indent=2)
    return ""


def _shapes(document: Document) -> Iterator[_Shape]:
    for name, schema in document["components"]["schemas"].items():
        fields = [
            _Field(field, _kind(kind), kind.get("description", ""))
            for field, kind in schema.get("properties", {}).items()
        ]
        yield _Shape(name, schema.get("description", "").partition("\n")[0], fields)


def _kind(schema: dict[str, Any]) -> str:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))
