"""Console blocks of the documents: a curl command, and the answer it is said to get."""

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
"""Scores may move so far before a document counts as outdated."""
_MADE = re.compile(r"[eg]\d+\Z|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\Z")
"""Numbers of events and groups, and the time of receipt: another one each time."""
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


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
        end = next(at for at, line in enumerate(lines, start=1) if _complete(lines[:at]))
        yield Exchange("".join(lines[:end]), "".join(lines[end:]))


def _complete(lines: list[str]) -> bool:
    if lines[-1].rstrip("\n").endswith("\\"):
        return False
    try:
        shlex.split("".join(lines))
    except ValueError:  # a quotation is still open
        return False
    return True


def run_command(client: FlaskClient, command: str) -> list[Any]:
    """Do what a command line of curl, jq and head says; return the values it prints."""
    steps = [list(step) for step in _pipeline(command)]
    values = _curl(client, steps[0])
    for program, *arguments in steps[1:]:
        if program == "jq":
            values = [_pick(value, arguments[-1]) for value in values]
        else:
            assert (program, arguments[0]) == ("head", "-n"), f"unknown: {program}"
            values = values[: int(arguments[1])]
    return values


def _pipeline(command: str) -> Iterator[list[str]]:
    words: list[str] = []
    for word in shlex.split(command.replace("\\\n", " ")):
        if word == "|":
            yield words
            words = []
        else:
            words.append(word)
    yield words


def _curl(client: FlaskClient, words: list[str]) -> list[Any]:
    method, headers, body, address = "GET", {}, None, ""
    rest = iter(words[1:])
    assert words[0] == "curl"
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            field, _, value = next(rest).partition(": ")
            headers[field] = value
        elif word in ("-d", "--data-binary"):
            body, method = next(rest), "POST" if method == "GET" else method
        elif not word.startswith("-"):
            address = word
    split = urlsplit(address)
    reply = client.open(
        f"{split.path}?{split.query}", method=method, headers=headers, data=body, buffered=True
    )
    if reply.mimetype == "application/x-ndjson":
        return [json.loads(line) for line in reply.text.splitlines()]
    return [json.loads(reply.text)]


def _pick(value: Any, path: str) -> Any:
    for key, place in _STEP.findall(path):
        value = value[key] if key else value[int(place)]
    return value


def json_values(answer: str) -> list[Any]:
    """All JSON values that stand in a text, one after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while answer[at:].strip():
        at += len(answer[at:]) - len(answer[at:].lstrip())
        value, at = decoder.raw_decode(answer, at)
        found.append(value)
    return found


def differences(told: Any, true: Any, where: str = "") -> Iterator[str]:
    """Where an answer is not what the document tells."""
    if isinstance(told, dict) and isinstance(true, dict):
        if told.keys() != true.keys():
            yield f"{where}: {sorted(told.keys() ^ true.keys())}"
        for key in told.keys() & true.keys():
            yield from differences(told[key], true[key], f"{where}/{key}")
    elif where.endswith("/shared_terms") and told and true:
        if len({*told} & {*true}) < len(told) / 2:
            yield f"{where}: {true}"
    elif isinstance(told, list) and isinstance(true, list):
        if len(told) != len(true):
            yield f"{where}: {len(true)} elements"
        for at, (one, other) in enumerate(zip(told, true, strict=False)):
            yield from differences(one, other, f"{where}/{at}")
    elif not _alike(told, true):
        yield f"{where}: {true!r}, not {told!r}"


def _alike(told: Any, true: Any) -> bool:
    if isinstance(told, float) and isinstance(true, float):
        return abs(told - true) <= SCORE_TOLERANCE
    if isinstance(told, str) and isinstance(true, str) and _MADE.match(told):
        return _MADE.match(true) is not None
    return bool(told == true)
