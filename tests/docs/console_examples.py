"""Console blocks of the documents: a curl command, and the answer that the document shows."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient

SCORE_TOLERANCE = 0.1
"""Scores may differ by this much before a document counts as outdated."""
_GENERATED = re.compile(r"[eg]\d+\Z|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\Z")
"""Numbers of events and groups, and the time of receipt, differ each time."""
_PATH_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


@dataclass(frozen=True)
class Exchange:
    """A command and the answer to it."""

    command: str
    answer: str

    def __str__(self) -> str:
        return self.command.partition("\n")[0][:60]


def exchanges(block: str) -> Iterator[Exchange]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        end = next(n for n, _ in enumerate(lines, start=1) if _is_complete(lines[:n]))
        yield Exchange("".join(lines[:end]), "".join(lines[end:]))


def _is_complete(lines: list[str]) -> bool:
    if lines[-1].rstrip("\n").endswith("\\"):
        return False
    try:
        shlex.split("".join(lines))
    except ValueError:  # a quotation is still open
        return False
    return True


def run_command(client: FlaskClient, command: str) -> list[Any]:
    """Run a command line of curl, jq and head; return the JSON values that it prints."""
    commands = [list(words) for words in _split_pipeline(command)]
    values = _curl(client, commands[0])
    for program, *arguments in commands[1:]:
        if program == "jq":
            values = [_select(value, arguments[-1]) for value in values]
        else:
            assert (program, arguments[0]) == ("head", "-n"), f"unknown: {program}"
            values = values[: int(arguments[1])]
    return values


def _split_pipeline(command: str) -> Iterator[list[str]]:
    words: list[str] = []
    for word in shlex.split(command.replace("\\\n", " ")):
        if word == "|":
            yield words
            words = []
        else:
            words.append(word)
    yield words


def _curl(client: FlaskClient, words: list[str]) -> list[Any]:
    method, headers, body, url = "GET", {}, None, ""
    arguments = iter(words[1:])
    assert words[0] == "curl"
    for word in arguments:
        if word == "-X":
            method = next(arguments)
        elif word == "-H":
            header, _, value = next(arguments).partition(": ")
            headers[header] = value
        elif word in ("-d", "--data-binary"):
            body, method = next(arguments), "POST" if method == "GET" else method
        elif not word.startswith("-"):
            url = word
    parts = urlsplit(url)
    response = client.open(
        f"{parts.path}?{parts.query}", method=method, headers=headers, data=body, buffered=True
    )
    if response.mimetype == "application/x-ndjson":
        return [json.loads(line) for line in response.text.splitlines()]
    return [json.loads(response.text)]


def _select(value: Any, path: str) -> Any:
    for key, index in _PATH_STEP.findall(path):
        value = value[key] if key else value[int(index)]
    return value


def json_values(answer: str) -> list[Any]:
    """All JSON values in a text, one after the other."""
    decoder, values = json.JSONDecoder(), []
    rest = answer.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    return values


def differences(shown: Any, actual: Any, where: str = "") -> Iterator[str]:
    """Describe where an actual answer differs from the one that a document shows."""
    if isinstance(shown, dict) and isinstance(actual, dict):
        if shown.keys() != actual.keys():
            yield f"{where}: {sorted(shown.keys() ^ actual.keys())}"
        for key in shown.keys() & actual.keys():
            yield from differences(shown[key], actual[key], f"{where}/{key}")
    elif where.endswith("/shared_terms") and shown and actual:
        if len({*shown} & {*actual}) < len(shown) / 2:
            yield f"{where}: {actual}"
    elif isinstance(shown, list) and isinstance(actual, list):
        if len(shown) != len(actual):
            yield f"{where}: {len(actual)} elements"
        for index, pair in enumerate(zip(shown, actual, strict=False)):
            yield from differences(*pair, f"{where}/{index}")
    elif not _is_equivalent(shown, actual):
        yield f"{where}: {actual!r}, not {shown!r}"


def _is_equivalent(shown: Any, actual: Any) -> bool:
    if isinstance(shown, float) and isinstance(actual, float):
        return abs(shown - actual) <= SCORE_TOLERANCE
    if isinstance(shown, str) and isinstance(actual, str) and _GENERATED.match(shown):
        return _GENERATED.match(actual) is not None
    return bool(shown == actual)
