"""The description of the API: for programs (`/openapi.json`) and for people (`/docs`)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup, escape

from service.web.docs import openapi
from service.web.docs.openapi import Document, render_example
from service.web.docs.operations import OPERATIONS, Operation
from service.web.http.problems import STATUS_DESCRIPTIONS
from service.web.http.responses import plain_json_response

_INLINE_CODE: Final = re.compile(r"`([^`]+)`")
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)

docs = Blueprint("docs", __name__)


class _Field(NamedTuple):
    name: str
    type_name: str
    description: str


class _Schema(NamedTuple):
    name: str
    description: str
    fields: list[_Field]


class _OperationDocs(NamedTuple):
    operation: Operation
    parameters: list[_Field]
    responses: dict[str, str]
    curl: str
    example_response: str


@docs.get("/openapi.json")
def openapi_json() -> Response:
    """Return the OpenAPI document."""
    return plain_json_response(openapi.document())


@docs.get("/docs")
def show_docs() -> Response:
    """Show every operation, with a command to try it."""
    document = openapi.document()
    html = render_template(
        "docs.html",
        version=document["info"]["version"],
        operations=[
            _document_operation(operation, document, request.host_url) for operation in OPERATIONS
        ],
        schemas=list(_schemas(document)),
        problems=STATUS_DESCRIPTIONS,
    )
    return Response(html, headers={"Content-Security-Policy": _CONTENT_SECURITY_POLICY})


@docs.app_template_filter("inline_code")
def render_inline_code(text: str) -> Markup:
    """Show names between backticks as code."""
    return Markup(_INLINE_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped)


def _document_operation(operation: Operation, document: Document, base_url: str) -> _OperationDocs:
    operation_object = document["paths"][operation.path][operation.method.lower()]
    return _OperationDocs(
        operation,
        [_parameter_field(parameter) for parameter in operation_object["parameters"]],
        {
            status: _response_description(response, document)
            for status, response in operation_object["responses"].items()
        },
        _curl_command(operation, base_url),
        _example_response(operation),
    )


def _parameter_field(parameter: Document) -> _Field:
    return _Field(
        parameter["name"], _type_name(parameter["schema"]), parameter.get("description", "")
    )


def _response_description(response: Document, document: Document) -> str:
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    description: str = response["description"]
    return description


def _curl_command(operation: Operation, base_url: str) -> str:
    path = operation.path.format(**operation.path_params) + operation.example_query
    words = ["curl", shlex.quote(base_url.rstrip("/") + path)]
    if operation.method not in ("GET", "POST"):
        words[1:1] = ["-X", operation.method]
    if operation.body:
        content = operation.body[0]
        example = render_example(content)
        body = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
        words += ["\\\n  -H", shlex.quote(f"Content-Type: {content.media_type}")]
        words += [f"\\\n  -H {shlex.quote(f'{name}: SIGNATURE')}" for name in operation.headers]
        words += ["\\\n  --data-binary", shlex.quote(body.rstrip("\n"))]
    return " ".join(words)


def _example_response(operation: Operation) -> str:
    for response in operation.responses.values():
        for content in response.content:
            if content.example is not None:
                example = render_example(content)
                return example if isinstance(example, str) else json.dumps(example, indent=2)
    return ""


def _schemas(document: Document) -> Iterator[_Schema]:
    for schema_name, schema in document["components"]["schemas"].items():
        fields = [
            _Field(name, _type_name(field_schema), field_schema.get("description", ""))
            for name, field_schema in schema.get("properties", {}).items()
        ]
        yield _Schema(schema_name, schema.get("description", "").partition("\n")[0], fields)


def _type_name(schema: dict[str, Any]) -> str:
    """Describe the type of a value in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type_name(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {_type_name(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))
