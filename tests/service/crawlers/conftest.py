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
    """Make services that do not run yet; all are down at the end."""
    made: list[StoryfoldProcess] = []

    def make(**settings: str) -> StoryfoldProcess:
        folder = tmp_path / f"service-{len(made)}"
        folder.mkdir()
        made.append(StoryfoldProcess(folder, **settings))
        return made[-1]

    yield make
    for service in made:
        service.stop()


@pytest.fixture(scope="session")
def storyfold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryfoldProcess]:
    """A service for tests that don't mind what others told it."""
    running = StoryfoldProcess(tmp_path_factory.mktemp("service"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def response_dropping_proxy() -> Iterator[Callable[[StoryfoldProcess], str]]:
    """Make an address that hands requests on to a service, and never the answers back."""
    with ExitStack() as stack:

        def listen(storyfold: StoryfoldProcess) -> str:
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), _deaf(storyfold)))
            server.daemon_threads = True
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield listen


def _deaf(storyfold: StoryfoldProcess) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = {"Content-Type": self.headers["Content-Type"]}
            request = urllib.request.Request(storyfold.url + self.path, body, kind)
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
