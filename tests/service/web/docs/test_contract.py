"""The service answers as its OpenAPI document says, to whatever schemathesis makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import schemathesis
from flask import Flask
from jsonschema import Draft202012Validator
from schemathesis.config import CacheConfig, SchemathesisConfig
from schemathesis.engine import events, from_schema

from service.common.media_types import NDJSON
from service.web.app import stop_background_work
from service.web.docs import openapi
from service.web.docs.operations import OPERATIONS

EXAMPLES_PER_OPERATION = 100
PHASES = ["examples", "coverage", "fuzzing", "stateful"]


class Explained(NamedTuple):
    """A failure that is right as it is: the check, the request it is about, and the answer."""

    check: str
    request: str
    response: str
    reason: str


_ARTICLE = r"(POST /v1/articles|PUT /v1/articles/.+)"
EXPLAINED = [
    Explained(
        "positive_data_acceptance",
        _ARTICLE,
        "one of text, html and title must not be empty",
        "a page may have no article on it, and a text nothing but tags: no schema can tell",
    ),
    Explained(
        "negative_data_rejection",
        _ARTICLE,
        "",
        "the document has the form to write; other forms, of crawlers, are read or left out",
    ),
    Explained(
        "negative_data_rejection",
        "POST /v1/articles/batch",
        "",
        "a batch is taken although lines are invalid: each has its problem in the answer",
    ),
    Explained(
        "(allow_header_conformance|unsupported_method)",
        r"\w+ /v1/articles/(batch|miniflux|.+/versions)",
        "",
        "an article's id may be `batch` or end with `/versions`, and its methods work there too",
    ),
    Explained(
        "positive_data_acceptance",
        "POST /v1/decisions",
        "no such (event|article|duplicate group)|must be two different|is not locked"
        "|nobody would stay|is already in this event|is not in e"
        "|is in another group",
        "whether what it names exists, and where, is not a matter of form",
    ),
    Explained(
        "positive_data_acceptance",
        "PUT /v1/articles/.+",
        "differs from the id in the path",
        "an article's id may be left out of the body; no schema can compare it with the path",
    ),
    Explained(
        "positive_data_acceptance",
        "GET .*",
        "the cursor of a list in another order",
        "a cursor is opaque, and says which order it belongs to; no schema can tell",
    ),
    Explained(
        "positive_data_acceptance",
        r"(GET|DELETE) /(v1|feeds)/articles.*",
        "not an absolute http or https address",
        "what is an address is not a matter of form alone",
    ),
    Explained(
        "positive_data_acceptance",
        r"(GET /v1/similar|DELETE /v1/articles).*",
        "one of .* is required",
        "no schema of parameters can say that one of several is required",
    ),
    Explained(
        "positive_data_acceptance",
        ".*",
        "year 0 is out of range",
        "RFC 3339 has a year 0, which comes before all news",
    ),
    Explained(
        "ensure_resource_availability",
        r"\w+ /v1/articles.*",
        "no such article",
        "the article was posted with `dry_run`, which stores nothing",
    ),
]


@pytest.fixture
def contract_app(
    open_app: Callable[..., Flask], make_article: Callable[..., dict[str, Any]]
) -> Flask:
    """A service that has what the examples name; it delivers no webhooks, and nobody waits."""
    app = open_app(threads=1, insecure=True)  # its requests come from nowhere
    stop_background_work(app)
    client = app.test_client()
    for number in range(1, 13):
        client.post("/v1/articles", json=make_article(number))
    for _ in range(3):
        renaming = {"kind": "rename_event", "event_id": "e1", "headline": "Flood"}
        assert client.post("/v1/decisions", json=renaming).status_code == 201
    return app


@schemathesis.serializer(NDJSON)
def serialize_line(_context: Any, value: Any) -> dict[str, Any]:
    return {"data": json.dumps(value).encode()}


@schemathesis.check
def ndjson_lines_conform(_context: Any, response: Any, _case: Any) -> None:
    """Schemathesis itself reads no NDJSON."""
    if NDJSON in response.headers.get("content-type", [""])[0]:
        for line in response.content.splitlines():
            line_validator(response.request.url).validate(json.loads(line))


def line_validator(url: str) -> Draft202012Validator:
    document = openapi.document()
    path, method = ("/v1/articles/batch", "post") if "batch" in url else ("/v1/assignments", "get")
    content = document["paths"][path][method]["responses"]["200"]["content"][NDJSON]
    assert content["schema"] == content["itemSchema"]
    return Draft202012Validator({**content["schema"], "components": document["components"]})


@pytest.mark.slow
def test_no_answer_contradicts_the_document(contract_app: Flask) -> None:
    config = SchemathesisConfig(seed=1, cache=CacheConfig(enabled=False))
    project = config.projects.default
    project.generation.update(
        max_examples=EXAMPLES_PER_OPERATION, deterministic=True, database="none"
    )
    project.phases.update(phases=PHASES)
    project.continue_on_failure = True
    schema = schemathesis.openapi.from_wsgi("/openapi.json", contract_app, config=config)
    failures: dict[str, None] = {}
    tested: set[str] = set()
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            failures.update(dict.fromkeys(unexplained_failures(event.recorder)))
            tested |= {node.value.operation.label for node in event.recorder.cases.values()}
    assert tested == {f"{operation.method} {operation.path}" for operation in OPERATIONS}
    assert not failures, "\n\n".join(failures)


def unexplained_failures(recorder: Any) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                interaction = recorder.interactions[case_id]
                body = interaction.response.content.decode() if interaction.response else ""
                operation = recorder.cases[case_id].value.operation.label
                if not is_explained(check.name, operation, body):
                    failure = check.failure_info.failure
                    yield f"{operation}: {check.name}: {failure.message}\n" + (
                        f"{check.failure_info.code_sample[:1000]}\n{body[:500]}"
                    )


def is_explained(check: str, operation: str, body: str) -> bool:
    return any(
        re.fullmatch(known.check, check)
        and re.fullmatch(known.request, operation)
        and re.search(known.response, body)
        for known in EXPLAINED
    )
