"""Write service/client/operations.py from the OpenAPI document: answers, and methods for all calls.

Run by `make client`; a test fails while the file is not what the document gives.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.web.docs import openapi

TARGET = Path(__file__).parents[1] / "service" / "client" / "operations.py"
RUFF = Path(sys.executable).with_name("ruff")

HAND_WRITTEN = {"postBatch"}
"""Operations whose methods do more than one request."""
REPEATABLE_POSTS = {"postArticle", "postMiniflux", "retryWebhook"}
"""Operations by POST that have the same effect if they are done twice."""
BODY_NAMES = {"Submission": "article", "WebhookRequest": "webhook", "UndoRequest": "undo"}
"""Parameter for the body, by its schema; `decision` and `body` where it has no name."""

HEADER = '''"""The calls of the API and their answers, made from the OpenAPI document.

Do not edit: change the document, and run `make client`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

'''

BASE = '''
class {kind}Requests:
    """Sends requests; the client implements it."""

    {define} _send(
        self,
        method: str,
        path: str,
        answer: Any,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> Any:
        raise NotImplementedError

    def _stream(self, method: str, path: str, answer: Any) -> {iterator}[Any]:
        raise NotImplementedError


class {kind}Operations({kind}Requests):
    """A method for each call of the API."""
'''

ID_IN_PATH = '''
def _quoted(identifier: str) -> str:
    """Return an id as a part of a path, in which two dots would lead upwards."""
    return quote(identifier, safe="").replace(".", "%2E")

'''


def main() -> None:
    TARGET.write_text(client_source(openapi.document()))


def client_source(document: dict[str, Any]) -> str:
    """Return the module for a document."""
    answers = "".join(_dataclass(name, document) for name in _answer_schemas(document))
    classes = "".join(_class(document, is_async) for is_async in (False, True))
    return _format(HEADER + answers + ID_IN_PATH + classes)


def _format(source: str) -> str:
    command = [str(RUFF), "format", "--stdin-filename", str(TARGET), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


def _answer_schemas(document: dict[str, Any]) -> Iterator[str]:
    """Yield the schemas that answers refer to, each after those that it refers to."""
    seen: set[str] = set()

    def visit(node: Any) -> Iterator[str]:
        if isinstance(node, list):
            for part in node:
                yield from visit(part)
        elif isinstance(node, dict):
            name = _referenced(node)
            if name and name not in seen:
                seen.add(name)
                yield from visit(document["components"]["schemas"][name])
                yield name
            for part in node.values():
                yield from visit(part)

    for _, _, operation in _operations(document):
        yield from visit(operation["responses"])
    yield from visit(document["components"]["responses"])


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, path_item in document["paths"].items():
        for method, operation in path_item.items():
            yield method.upper(), path, operation


def _referenced(schema: dict[str, Any]) -> str | None:
    reference = str(schema.get("$ref", ""))
    return reference.rpartition("/")[2] if "/schemas/" in reference else None


def _dataclass(name: str, document: dict[str, Any]) -> str:
    schema = document["components"]["schemas"][name]
    required = schema.get("required", [])
    fields = "".join(
        f"    {field}: {python_type(field_schema)}"
        + ("\n" if field in required else f" = {_default(field_schema)}\n")
        + _field_docstring(field_schema)
        for field, field_schema in schema["properties"].items()
    )
    head = '"""' + _one_line(schema["description"]) + '"""'
    return (
        f"\n\n@dataclass(frozen=True, slots=True, kw_only=True)\nclass {name}:\n"
        f"    {head}\n\n{fields}"
    )


def _default(schema: dict[str, Any]) -> str:
    return "()" if schema.get("type") == "array" else repr(schema.get("default"))


def _field_docstring(schema: dict[str, Any]) -> str:
    return _wrapped(schema["description"], "    ") if schema.get("description") else ""


def _wrapped(text: str, indent: str) -> str:
    text = text.replace('"', '\\"') if text.endswith('"') else text
    return textwrap.fill(
        f'"""{_one_line(text)}"""', 100, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    ) + "\n"  # fmt: skip


def _one_line(text: str) -> str:
    return " ".join(text.split())


def python_type(schema: dict[str, Any]) -> str:
    """Return the type of a value of a schema."""
    if name := _referenced(schema):
        return name
    if options := schema.get("anyOf") or schema.get("oneOf"):
        if not any(_referenced(option) or "type" in option for option in options):
            return "str"
        return " | ".join(dict.fromkeys(map(python_type, options)))
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]".replace("'", '"')
    if "const" in schema:
        return f'Literal["{schema["const"]}"]'
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return f"tuple[{', '.join(map(python_type, schema['prefixItems']))}]"
        return f"tuple[{python_type(schema['items'])}, ...]"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"Mapping[str, {python_type(values) if isinstance(values, dict) else 'Any'}]"
    if schema.get("format") == "date-time":
        return "datetime"
    names = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
    return {**names, "null": "None"}.get(schema.get("type", ""), "Any")


def method_name(operation_id: str) -> str:
    """Return the name of the method of an operation: getEvents is `get_events`."""
    return re.sub("(?=[A-Z])", "_", operation_id).lower()


def _class(document: dict[str, Any], is_async: bool) -> str:
    base = BASE.format(
        kind="Async" if is_async else "",
        define="async def" if is_async else "def",
        iterator="AsyncIterator" if is_async else "Iterator",
    )
    methods = [
        _method(method, path, operation, is_async)
        for method, path, operation in _operations(document)
        if operation["operationId"] not in HAND_WRITTEN
    ]
    return "\n" + base + "".join(methods)


def _method(method: str, path: str, operation: dict[str, Any], is_async: bool) -> str:
    media_type, answer = _answer(operation)
    is_stream = media_type == "application/x-ndjson"
    iterator = "AsyncIterator" if is_async else "Iterator"
    returned = f"{iterator}[{answer}]" if is_stream else answer
    define = "async def" if is_async and not is_stream else "def"
    sent = _sent(method, path, operation, answer)
    if is_stream:
        body = f"        return self._stream({sent})\n"
    elif answer == "None":
        body = f"        {'await ' if is_async else ''}self._send({sent})\n"
    else:
        wait = "await " if is_async else ""
        body = f"        answer: {answer} = {wait}self._send({sent})\n        return answer\n"
    name = method_name(operation["operationId"])
    return (
        f"\n    {define} {name}(self{_signature(operation)}) -> {returned}:\n"
        f"{_docstring(operation)}{body}"
    )


def _docstring(operation: dict[str, Any]) -> str:
    described = operation.get("description", "")
    text = _wrapped(operation["summary"] + ("." if not described else ""), "        ")
    if not described:
        return text
    lines = textwrap.fill(
        _one_line(described), 100, initial_indent="        ", subsequent_indent="        ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return f'        """{operation["summary"]}.\n\n{lines}\n        """\n'


def _answer(operation: dict[str, Any]) -> tuple[str, str]:
    """Return the media type and the type of the answer; of several media types, the first."""
    contents = [
        next(iter(answer["content"].items()))
        for code, answer in operation["responses"].items()
        if code < "3" and "content" in answer
    ]
    if not contents:
        return "", "None"
    types = dict.fromkeys(python_type(content["schema"]) for _, content in contents)
    return contents[0][0], " | ".join(types)


def _parameters(operation: dict[str, Any], place: str) -> list[dict[str, Any]]:
    return [parameter for parameter in operation["parameters"] if parameter["in"] == place]


def _body_parameter(operation: dict[str, Any]) -> tuple[str, bool] | None:
    if "requestBody" not in operation:
        return None
    schema = next(iter(operation["requestBody"]["content"].values()))["schema"]
    default = "decision" if "oneOf" in schema else "body"
    return BODY_NAMES.get(_referenced(schema) or "", default), operation["requestBody"]["required"]


def _signature(operation: dict[str, Any]) -> str:
    names = [f"{parameter['name']}: str" for parameter in _parameters(operation, "path")]
    if body := _body_parameter(operation):
        name, is_required = body
        optional = "" if is_required else " | None = None"
        names.append(f"{name}: Mapping[str, Any]{' | bytes' if name == 'body' else ''}{optional}")
    names += [f"{_header_name(header)}: str" for header in _parameters(operation, "header")]
    if queries := _parameters(operation, "query"):
        names.append("*")
        names += [
            f"{query['name']}: {_query_type(query)}"
            + ("" if query.get("required") else " | None = None")
            for query in queries
        ]
    return "".join(f", {name}" for name in names)


def _query_type(query: dict[str, Any]) -> str:
    options = query["schema"].get("anyOf", [])
    is_date = any(option.get("format") == "date-time" for option in options)
    return "datetime | date | str" if is_date else python_type(query["schema"])


def _header_name(header: dict[str, Any]) -> str:
    return str(header["name"]).removeprefix("X-").replace("-", "_").lower()


def _sent(method: str, path: str, operation: dict[str, Any], answer: str) -> str:
    path = re.sub(r"{(\w+)}", r"{_quoted(\1)}", path)
    words = [f'"{method}"', f'f"{path}"' if "{" in path else f'"{path}"', answer]
    if queries := _parameters(operation, "query"):
        names = ", ".join(f'"{query["name"]}": {query["name"]}' for query in queries)
        words.append(f"query={{{names}}}")
    if body := _body_parameter(operation):
        words.append(f"body={body[0]}")
    if headers := _parameters(operation, "header"):
        names = ", ".join(f'"{header["name"]}": {_header_name(header)}' for header in headers)
        words.append(f"headers={{{names}}}")
    if method == "POST" and operation["operationId"] not in REPEATABLE_POSTS:
        words.append("is_repeatable=False")
    return ", ".join(words)


if __name__ == "__main__":
    main()
