"""An HTTP server that answers, drops or cuts off requests as a test says, and records them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass(frozen=True)
class Answer:
    """An answer; `cut` leaves out the end of its body, and closes the connection."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    lines: Sequence[Any] | None = None
    cut: int = 0


Step = Answer | None | Callable[[Received], Answer]
"""None drops the connection without an answer."""


def problem(status: int, **headers: str) -> Answer:
    body = {"type": "/docs", "title": "", "status": status, "detail": "not now", "errors": []}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, body, names)


def result(article_id: str, **fields: Any) -> dict[str, Any]:
    """The result of one article."""
    evidence = dict.fromkeys(
        ("jaccard", "containment", "duplicate_score", "event_probability", "runner_up")
    )
    return {
        **{"article_id": article_id, "outcome": "new", "duplicate_group_id": "g1"},
        **{"duplicate_of": None, "duplicate_of_url": None, "event_id": "e1", "event_size": 1},
        **{"evidence": {**evidence, "shared_terms": []}, "warnings": [], "aliases": {}},
        **fields,
    }


def results(request: Received) -> Answer:
    """A result for each line of a batch."""
    return Answer(lines=[result(article["id"]) for article in request.lines()])


class ScriptedServer:
    """Answers the first request by the first step, and so on; the last step is repeated."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.received: list[Received] = []
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _next_step(self) -> Step:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                script.connections += 1
                super().setup()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = Received(self.command, self.path, headers, body)
                script.received.append(received)
                step = script._next_step()
                answer = step(received) if callable(step) else step
                if answer is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                else:
                    self._send(answer)

            do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  names that the base calls

            def _send(self, answer: Answer) -> None:
                lines = answer.lines
                body = (
                    json.dumps(answer.body).encode()
                    if lines is None
                    else b"".join(_dump_line(line) for line in lines)
                )
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) - answer.cut])
                if answer.cut:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _dump_line(line: Any) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"
