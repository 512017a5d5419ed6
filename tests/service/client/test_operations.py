"""The client has what the OpenAPI document has, no more and no less."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

import pytest

from scripts import make_client
from service.client import AsyncStoryfoldClient, StoryfoldClient, operations
from service.web.docs import openapi

CLIENTS = [StoryfoldClient, AsyncStoryfoldClient]
DOCUMENT = openapi.document()
OPERATIONS = [
    operation for path_item in DOCUMENT["paths"].values() for operation in path_item.values()
]


def test_module_is_what_the_document_gives() -> None:
    source = make_client.client_source(DOCUMENT)
    assert make_client.TARGET.read_text() == source, "run `make client`"


@pytest.mark.parametrize("client_class", CLIENTS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation["operationId"])
def test_every_operation_has_a_method_with_its_parameters(
    client_class: type, operation: dict[str, Any]
) -> None:
    name = re.sub("[A-Z]", lambda match: "_" + match[0].lower(), operation["operationId"])
    parameters = dict(inspect.signature(getattr(client_class, name)).parameters)
    del parameters["self"]
    for described in operation["parameters"]:
        if described["in"] == "header":
            continue
        parameter = parameters.pop(described["name"])
        is_required = parameter.default is inspect.Parameter.empty
        assert is_required == described.get("required", False)
    bodies = [name for name in parameters if name != "miniflux_signature"]
    assert len(bodies) == ("requestBody" in operation)
    assert ("miniflux_signature" in parameters) == (operation["operationId"] == "postMiniflux")


def answer_schemas() -> set[str]:
    """The schemas that answers refer to, directly or through others."""
    found: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for part in node:
                visit(part)
        if isinstance(node, dict):
            reference = re.fullmatch("#/components/(schemas|responses)/(.+)", node.get("$ref", ""))
            if reference and reference[2] not in found:
                found.update({reference[2]} if reference[1] == "schemas" else ())
                visit(DOCUMENT["components"][reference[1]][reference[2]])
            for part in node.values():
                visit(part)

    visit([operation["responses"] for operation in OPERATIONS])
    return found


@pytest.mark.parametrize("name", sorted(answer_schemas()))
def test_every_answer_has_the_fields_of_its_schema(name: str) -> None:
    fields = {field.name: field for field in dataclasses.fields(getattr(operations, name))}
    schema = DOCUMENT["components"]["schemas"][name]
    assert list(fields) == list(schema["properties"])
    required = [name for name, it in fields.items() if it.default is dataclasses.MISSING]
    assert required == [name for name in fields if name in schema.get("required", [])]
