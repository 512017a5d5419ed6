from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.service.crawlers.storyfold_process import StoryfoldProcess


@pytest.fixture
def make_storyfold(tmp_path: Path) -> Iterator[Callable[..., StoryfoldProcess]]:
    """Create services that are not started yet; all are stopped at the end."""
    services: list[StoryfoldProcess] = []

    def make(**settings: str) -> StoryfoldProcess:
        folder = tmp_path / f"service-{len(services)}"
        folder.mkdir()
        services.append(StoryfoldProcess(folder, **settings))
        return services[-1]

    yield make
    for service in services:
        service.stop()


@pytest.fixture(scope="session")
def storyfold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryfoldProcess]:
    """A running service shared by tests that do not depend on its other articles."""
    service = StoryfoldProcess(tmp_path_factory.mktemp("service"))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def response_dropping_proxy() -> Iterator[Callable[[StoryfoldProcess], str]]:
    """Open an address that forwards requests to a service, and drops the responses."""
    with ExitStack() as stack:

        def listen(storyfold: StoryfoldProcess) -> str:
            handler = _make_handler(storyfold)
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
            server.daemon_threads = True
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield listen


def _make_handler(storyfold: StoryfoldProcess) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {"Content-Type": self.headers["Content-Type"]}
            request = urllib.request.Request(storyfold.url + self.path, body, headers)
            with urllib.request.urlopen(request, timeout=30) as response:
                response.read()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
