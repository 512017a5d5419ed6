"""The log of requests: ids, fields, and no secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.common import log_config

LOGGER = "service.web.http.request_log"


def test_answer_and_log_carry_the_id_of_the_request(
    client: FlaskClient, make_article: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    caplog.handler.addFilter(log_config._add_request_id)
    answer = client.post("/v1/articles", json=make_article(1), headers={"X-Request-ID": "proxy-7"})
    assert answer.headers["X-Request-ID"] == "proxy-7"
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    fields = (record.request_id, record.method, record.route, record.status, record.levelname)
    assert fields == ("proxy-7", "POST", "/v1/articles", 201, "INFO")


def test_each_request_has_an_id_of_its_own(client: FlaskClient) -> None:
    ids = {client.get("/healthz").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("given", ["a b", "x" * 65, "é", "a;b", "1\t2"])
def test_other_ids_are_replaced(client: FlaskClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given


def test_log_has_neither_path_nor_query_nor_token(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    headers = {"Authorization": "Bearer secret-token"}
    client.get("/v1/articles/secret-id?q=secret-query", headers=headers)
    assert caplog.records
    assert "secret" not in caplog.text
    assert not any("secret" in str(vars(record)) for record in caplog.records)


def test_reading_is_logged_only_in_detail(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    for path in ("/v1/events", "/healthz", "/v1/events?limit=x"):
        client.get(path)
    levels = [record.levelname for record in caplog.records if record.name == LOGGER]
    assert levels == ["DEBUG", "DEBUG", "INFO"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_lines_of_the_log(log_format: str) -> None:
    program = (
        "import logging; from service.common import log_config;"
        f"log_config.configure('info', {log_format!r}); log_config.request_id.set('r1');"
        "logging.getLogger('a').info('two\\nlines', extra={'seconds': 0.5})"
    )
    completed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    if log_format == "text":
        assert completed.stderr.endswith("INFO a: two\nlines [r1]\n")
        return
    (line,) = completed.stderr.splitlines()
    fields = json.loads(line)
    assert fields.pop("time")
    assert fields == {
        **{"level": "INFO", "logger": "a", "message": "two\nlines"},
        **{"request_id": "r1", "seconds": 0.5},
    }
