"""The OpenAPI 3.1 document, made from the descriptions of the calls and the types they use."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from service.common.media_types import NDJSON
from service.web.docs.operations import (
    ERROR_CONTENT,
    OPERATIONS,
    Content,
    Operation,
    SuccessResponse,
)
from service.web.http.problems import STATUS_DESCRIPTIONS

_REF_TEMPLATE: Final = "#/components/schemas/{model}"
_SECURITY_SCHEME: Final = "bearer"

Document = dict[str, Any]


@cache
def document() -> Document:
    """Return the document. It is shared: leave it as it is."""
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation_object(
            operation
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "storyfold",
            "version": _package_version(),
            "summary": "Clusters news articles into duplicate groups and events, as they arrive.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {_SECURITY_SCHEME: []}],
        "paths": paths,
        "components": {
            "schemas": _component_schemas(),
            "responses": {str(status): _error_response(status) for status in STATUS_DESCRIPTIONS},
            "securitySchemes": {_SECURITY_SCHEME: {"type": "http", "scheme": "bearer"}},
        },
    }


def _package_version() -> str:
    try:
        return version("storyfold")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _operation_object(operation: Operation) -> Document:
    described: Document = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(operation),
            *_header_parameters(operation),
            *_query_parameters(operation.query_model),
        ],
        "responses": _responses(operation),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body:
        content = _content_map(operation.body, "validation")
        described["requestBody"] = {"required": True, "content": content}
    if operation.is_public:
        described["security"] = []
    return described


def _path_parameters(operation: Operation) -> list[Document]:
    always: Document = {"in": "path", "required": True, "schema": {"type": "string"}}
    return [{"name": name, **always, "example": it} for name, it in operation.path_params.items()]


def _header_parameters(operation: Operation) -> list[Document]:
    always: Document = {"in": "header", "required": True, "schema": {"type": "string"}}
    return [{"name": name, **always, "description": it} for name, it in operation.headers.items()]


def _query_parameters(query_model: type[BaseModel] | None) -> list[Document]:
    if query_model is None:
        return []
    properties = query_model.model_json_schema()["properties"]
    return [_query_parameter(name, dict(schema)) for name, schema in properties.items()]


def _query_parameter(name: str, schema: Document) -> Document:
    explanation = schema.pop("description", "")
    for noise in ("title", "default") if schema.get("default", ...) is None else ("title",):
        schema.pop(noise, None)
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    for kind in kinds:
        schema.update(kind)
    return {"name": name, "in": "query", "description": explanation, "schema": schema}


def _responses(operation: Operation) -> Document:
    refusals = (401,) if operation.method == "GET" else (401, 403)
    errors = (*operation.error_statuses, 500, *(() if operation.is_public else refusals))
    return {
        **{
            str(status): _success_response(status, reply)
            for status, reply in operation.responses.items()
        },
        **{str(it): {"$ref": f"#/components/responses/{it}"} for it in sorted(errors)},
    }


def _success_response(status: int, response: SuccessResponse) -> Document:
    described: Document = {"description": response.description}
    if response.content:
        described["content"] = _content_map(response.content, "serialization")
    if status in (HTTPStatus.CREATED, HTTPStatus.PERMANENT_REDIRECT):
        described["headers"] = {"Location": {"schema": {"type": "string"}}}
    return described


def _error_response(status: int) -> Document:
    return {
        "description": STATUS_DESCRIPTIONS[status],
        "content": _content_map((ERROR_CONTENT,), "serialization"),
    }


def _content_map(contents: tuple[Content, ...], mode: JsonSchemaMode) -> Document:
    return {content.media_type: _media_type_object(content, mode) for content in contents}


def _media_type_object(content: Content, mode: JsonSchemaMode) -> Document:
    described: Document = {"schema": _json_schema(content.schema_type, mode)}
    if content.example is not None:
        described["example"] = render_example(content)
    return described


def render_example(content: Content) -> Any:
    """Return an example as it is sent: NDJSON is text, with a value on each line."""
    if content.media_type != NDJSON:
        return content.example
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in content.example)


def _json_schema(schema_type: Any, mode: JsonSchemaMode) -> Document:
    schema, _ = TypeAdapter.json_schemas(
        [("it", mode, _type_adapter(schema_type))], ref_template=_REF_TEMPLATE
    )
    return next(iter(schema.values()))


@cache
def _type_adapter(schema_type: Any) -> TypeAdapter[Any]:
    """Make what knows the schema of a type; all of them at once are long in the making."""
    return TypeAdapter(schema_type)


def _component_schemas() -> Document:
    bodies = [content.schema_type for operation in OPERATIONS for content in operation.body]
    answers = [
        content.schema_type
        for operation in OPERATIONS
        for reply in operation.responses.values()
        for content in reply.content
    ]
    answers.append(ERROR_CONTENT.schema_type)
    inputs = [(f"in{at}", "validation", _type_adapter(kind)) for at, kind in enumerate(bodies)]
    outputs = [(f"out{at}", "serialization", _type_adapter(it)) for at, it in enumerate(answers)]
    every: list[Any] = [*inputs, *outputs]
    _, definitions = TypeAdapter.json_schemas(every, ref_template=_REF_TEMPLATE)
    found: Document = definitions["$defs"]
    return found
