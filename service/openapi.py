"""The OpenAPI 3.1 document, made from the descriptions of the calls and the types they use."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from service.bodies import NDJSON
from service.operations import ERROR, OPERATIONS, Content, Operation, Reply
from service.problems import EXPLANATIONS

_REFERENCE: Final = "#/components/schemas/{model}"
_SECURITY: Final = "bearer"

Document = dict[str, Any]


@cache
def document() -> Document:
    """Return the document. It is shared: leave it as it is."""
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "storyfold",
            "version": _version(),
            "summary": "Clusters news articles into duplicate groups and events, as they arrive.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {_SECURITY: []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {str(status): _error(status) for status in EXPLANATIONS},
            "securitySchemes": {_SECURITY: {"type": "http", "scheme": "bearer"}},
        },
    }


def _version() -> str:
    try:
        return version("storyfold")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _operation(operation: Operation) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_places(operation), *_headers(operation), *_query(operation.query)],
        "responses": _responses(operation),
    }
    if operation.explanation:
        described["description"] = operation.explanation
    if operation.body:
        content = _contents(operation.body, "validation")
        described["requestBody"] = {"required": True, "content": content}
    if operation.public:
        described["security"] = []
    return described


def _places(operation: Operation) -> list[Document]:
    always: Document = {"in": "path", "required": True, "schema": {"type": "string"}}
    return [{"name": name, **always, "example": it} for name, it in operation.places.items()]


def _headers(operation: Operation) -> list[Document]:
    always: Document = {"in": "header", "required": True, "schema": {"type": "string"}}
    return [{"name": name, **always, "description": it} for name, it in operation.headers.items()]


def _query(query: type[BaseModel] | None) -> list[Document]:
    if query is None:
        return []
    properties = query.model_json_schema()["properties"]
    return [_parameter(name, dict(schema)) for name, schema in properties.items()]


def _parameter(name: str, schema: Document) -> Document:
    explanation = schema.pop("description", "")
    for noise in ("title", "default") if schema.get("default", ...) is None else ("title",):
        schema.pop(noise, None)
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    for kind in kinds:
        schema.update(kind)
    return {"name": name, "in": "query", "description": explanation, "schema": schema}


def _responses(operation: Operation) -> Document:
    refusals = (401,) if operation.method == "GET" else (401, 403)
    errors = (*operation.errors, 500, *(() if operation.public else refusals))
    return {
        **{str(status): _reply(status, reply) for status, reply in operation.replies.items()},
        **{str(it): {"$ref": f"#/components/responses/{it}"} for it in sorted(errors)},
    }


def _reply(status: int, reply: Reply) -> Document:
    described: Document = {"description": reply.explanation}
    if reply.content:
        described["content"] = _contents(reply.content, "serialization")
    if status in (HTTPStatus.CREATED, HTTPStatus.PERMANENT_REDIRECT):
        described["headers"] = {"Location": {"schema": {"type": "string"}}}
    return described


def _error(status: int) -> Document:
    return {
        "description": EXPLANATIONS[status],
        "content": _contents((ERROR,), "serialization"),
    }


def _contents(contents: tuple[Content, ...], mode: JsonSchemaMode) -> Document:
    return {content.media_type: _content(content, mode) for content in contents}


def _content(content: Content, mode: JsonSchemaMode) -> Document:
    described: Document = {"schema": _schema(content.kind, mode)}
    if content.example is not None:
        described["example"] = example_text(content)
    return described


def example_text(content: Content) -> Any:
    """Return an example as it is sent: NDJSON is text, with a value on each line."""
    if content.media_type != NDJSON:
        return content.example
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in content.example)


def _schema(kind: Any, mode: JsonSchemaMode) -> Document:
    schema, _ = TypeAdapter.json_schemas([("it", mode, _adapter(kind))], ref_template=_REFERENCE)
    return next(iter(schema.values()))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Make what knows the schema of a type; all of them at once are long in the making."""
    return TypeAdapter(kind)


def _schemas() -> Document:
    bodies = [content.kind for operation in OPERATIONS for content in operation.body]
    answers = [
        content.kind
        for operation in OPERATIONS
        for reply in operation.replies.values()
        for content in reply.content
    ]
    answers.append(ERROR.kind)
    inputs = [(f"in{at}", "validation", _adapter(kind)) for at, kind in enumerate(bodies)]
    outputs = [(f"out{at}", "serialization", _adapter(it)) for at, it in enumerate(answers)]
    every: list[Any] = [*inputs, *outputs]
    _, definitions = TypeAdapter.json_schemas(every, ref_template=_REFERENCE)
    found: Document = definitions["$defs"]
    return found
