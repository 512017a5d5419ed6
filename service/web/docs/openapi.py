"""The OpenAPI 3.1 document, generated from the operations and the types they use."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from service.common.media_types import NDJSON
from service.web.docs import refinements
from service.web.docs.operations import OPERATIONS, Content, Operation, SuccessResponse
from service.web.http.problems import (
    PROBLEM_MEDIA_TYPE,
    STATUS_DESCRIPTIONS,
    ConflictProblem,
    Problem,
)

_REF_TEMPLATE: Final = "#/components/schemas/{model}"
_SECURITY_SCHEME: Final = "bearer"
_ERROR_CONTENT: Final = Content(PROBLEM_MEDIA_TYPE, ConflictProblem | Problem)

_ERROR_HEADERS: Final = {
    405: ("Allow", "string"),
    503: ("Retry-After", "integer"),
}

Document = dict[str, Any]


@cache
def document() -> Document:
    """Return the document. It is shared: callers must not change it."""
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        path_item = paths.setdefault(operation.path, {})
        path_item[operation.method.lower()] = _operation_object(operation)
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


def render_example(content: Content) -> Any:
    """Return an example as it is sent: NDJSON is a text with one value on each line."""
    if content.media_type != NDJSON:
        return content.example
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in content.example)


def _package_version() -> str:
    try:
        return version("storyfold")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _operation_object(operation: Operation) -> Document:
    operation_object: Document = {
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
        operation_object["description"] = operation.description
    if operation.body:
        content = _content_map(operation.body, "validation")
        operation_object["requestBody"] = {"required": operation.needs_body, "content": content}
    if operation.is_public:
        operation_object["security"] = []
    return operation_object


def _path_parameters(operation: Operation) -> list[Document]:
    common: Document = {"in": "path", "required": True}
    return [
        {
            "name": name,
            **common,
            "schema": {"type": "string", **refinements.ID_FORMS[name]},
            "example": example,
        }
        for name, example in operation.path_params.items()
    ]


def _header_parameters(operation: Operation) -> list[Document]:
    common: Document = {"in": "header", "required": True, "schema": {"type": "string"}}
    return [
        {"name": name, **common, "description": description}
        for name, description in operation.headers.items()
    ]


def _query_parameters(query_model: type[BaseModel] | None) -> list[Document]:
    if query_model is None:
        return []
    model_schema = query_model.model_json_schema()
    required = {*model_schema.get("required", ())}
    return [
        _query_parameter(name, dict(schema)) | ({"required": True} if name in required else {})
        for name, schema in model_schema["properties"].items()
    ]


def _query_parameter(name: str, schema: Document) -> Document:
    """Return the parameter of a field; without titles, nulls and defaults of null."""
    description = schema.pop("description", "")
    schema.pop("title", None)
    if schema.get("default", ...) is None:
        schema.pop("default")
    for option in schema.pop("anyOf", []):
        if option != {"type": "null"}:
            schema.update(option)
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _responses(operation: Operation) -> Document:
    auth_statuses = (401,) if operation.method == "GET" else (401, 403)
    error_statuses = (
        *operation.error_statuses,
        500,
        *(() if operation.is_public else auth_statuses),
    )
    return {
        **{
            str(status): _success_response(status, response)
            for status, response in operation.responses.items()
        },
        **{
            str(status): {"$ref": f"#/components/responses/{status}"}
            for status in sorted(error_statuses)
        },
    }


def _success_response(status: int, response: SuccessResponse) -> Document:
    response_object: Document = {"description": response.description}
    if response.content:
        response_object["content"] = _content_map(response.content, "serialization")
    if status in (HTTPStatus.CREATED, HTTPStatus.PERMANENT_REDIRECT):
        response_object["headers"] = {"Location": {"schema": {"type": "string"}}}
    return response_object


def _error_response(status: int) -> Document:
    response_object: Document = {
        "description": STATUS_DESCRIPTIONS[status],
        "content": _content_map((_ERROR_CONTENT,), "serialization"),
    }
    if status in _ERROR_HEADERS:
        name, schema_type = _ERROR_HEADERS[status]
        response_object["headers"] = {name: {"required": True, "schema": {"type": schema_type}}}
    return response_object


def _content_map(contents: tuple[Content, ...], mode: JsonSchemaMode) -> Document:
    return {content.media_type: _media_type_object(content, mode) for content in contents}


def _media_type_object(content: Content, mode: JsonSchemaMode) -> Document:
    media_type_object: Document = {"schema": _json_schema(content.schema_type, mode)}
    if content.media_type == NDJSON:  # of a line: `itemSchema` says so from OpenAPI 3.2 on
        media_type_object["itemSchema"] = media_type_object["schema"]
    if content.example is not None:
        media_type_object["example"] = render_example(content)
    return media_type_object


def _json_schema(schema_type: Any, mode: JsonSchemaMode) -> Document:
    schemas, _ = TypeAdapter.json_schemas(
        [("schema", mode, _type_adapter(schema_type))], ref_template=_REF_TEMPLATE
    )
    return next(iter(schemas.values()))


@cache
def _type_adapter(schema_type: Any) -> TypeAdapter[Any]:
    """Return the adapter of a type; cached, because building all of them takes long."""
    return TypeAdapter(schema_type)


def _component_schemas() -> Document:
    body_types = [content.schema_type for operation in OPERATIONS for content in operation.body]
    response_types = [
        content.schema_type
        for operation in OPERATIONS
        for response in operation.responses.values()
        for content in response.content
    ]
    response_types.append(_ERROR_CONTENT.schema_type)
    inputs: list[Any] = [
        (f"in{i}", "validation", _type_adapter(schema_type))
        for i, schema_type in enumerate(body_types)
    ]
    outputs: list[Any] = [
        (f"out{i}", "serialization", _type_adapter(schema_type))
        for i, schema_type in enumerate(response_types)
    ]
    _, definitions = TypeAdapter.json_schemas([*inputs, *outputs], ref_template=_REF_TEMPLATE)
    component_schemas: Document = definitions["$defs"]
    refinements.refine_schemas(component_schemas)
    return component_schemas
