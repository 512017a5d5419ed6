"""A real server around the application, and its clean end."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final, cast

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask

from clustering import Article, extract_features
from service.engine.writer import IndexWriter
from service.settings import Settings
from service.web import extensions
from service.web.app import close_app, stop_background_work
from service.web.http import problems

_DRAIN_SECONDS: Final = 1.0
"""How long requests in flight may take to be finished; a batch ends between two transactions."""
_IDLE_POLL_SECONDS: Final = 1.0
_DRAIN_POLL_SECONDS: Final = 0.02
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_WARM_UP_ARTICLE: Final = Article(0, "First", "An article like any other.")
# Larger bodies are refused by the application, in the shape of all errors. This is only to stop
# somebody from filling the disk, where bodies wait until they are complete.
_MAX_BODY_BYTES: Final = 1 << 30


def serve(app: Flask, settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then finish the requests in flight and close the application.

    Parameters
    ----------
    app : Flask
        From `create_app`.
    settings : Settings
    announce : callable, optional
        Called with the address once connections are accepted.

    Raises
    ------
    OSError
        If the address can't be listened on.
    """
    try:
        house = GracefulServer()
        house.listen(app, settings)
        threading.Thread(target=warm_up, args=(app,), name="settling", daemon=True).start()
        with _stop_on_signals(house) as stop:
            if announce is not None:
                announce(house.base_url())
            while not stop.is_set():
                house.poll(_IDLE_POLL_SECONDS)
            stop_background_work(app)
            house.drain()
    finally:
        close_app(app)


def warm_up(app: Flask) -> None:
    """Load what the first article would wait for, then leave all that is loaded to itself.

    The first article brings word frequencies and models of languages, which takes a second or two.
    A full collection of garbage goes through all of it and finds nothing: 150 ms and more, in the
    middle of somebody's request.
    """
    desk: IndexWriter = app.extensions[extensions.INDEX_WRITER]
    if desk.wait_ready():
        extract_features(_WARM_UP_ARTICLE)
        gc.collect()
        gc.freeze()


@contextmanager
def _stop_on_signals(server: GracefulServer) -> Iterator[Event]:
    stop = Event()

    def handle(*_: object) -> None:
        stop.set()
        server.wake()

    before = {number: signal.signal(number, handle) for number in _STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _ProblemTask(ErrorTask):
    """Answers what is not even HTTP, in the shape of all errors."""

    def execute(self) -> None:
        fault = cast(Any, self.request).error
        body = problems.dump_problem(problems.make_problem(fault.code, fault.body))
        self.status = f"{fault.code} {fault.reason}"
        self.response_headers = [("Content-Type", problems.PROBLEM_MEDIA_TYPE)]
        self.content_length = len(body)
        self.set_close_on_finish()
        self.write(body)


class _Channel(HTTPChannel):
    error_task_class = _ProblemTask


@dataclass(slots=True)
class GracefulServer:
    """Waitress's listeners (one for each address of the host), connections and threads."""

    sockets: dict[int, Any] = field(default_factory=dict)
    task_dispatcher: Any = None

    def listen(self, app: Flask, settings: Settings) -> None:
        """Listen."""
        server = create_server(
            app,
            map=self.sockets,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            max_request_body_size=max(_MAX_BODY_BYTES, settings.max_body_bytes),
            ident=None,
            clear_untrusted_proxy_headers=False,  # the application does, and needs to know of them
        )
        self.task_dispatcher = server.task_dispatcher
        for listener in self._listeners():
            listener.channel_class = _Channel

    def base_url(self) -> str:
        """Return the address of the first listener."""
        listener = self._listeners()[0]
        host, port = listener.effective_host, listener.effective_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def poll(self, seconds: float) -> None:
        """Read and write what the network is ready for, waiting at most so long for it."""
        wasyncore.loop(timeout=seconds, map=self.sockets, count=1, use_poll=True)

    def wake(self) -> None:
        """End the wait for the network."""
        for listener in self._listeners():
            listener.pull_trigger()

    def drain(self) -> None:
        """Take no new connection, and see those through that are being answered."""
        for listener in self._listeners():
            wasyncore.dispatcher.close(listener)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self._has_open_requests() and time.monotonic() < deadline:
            self.poll(_DRAIN_POLL_SECONDS)
        self.task_dispatcher.shutdown(timeout=_DRAIN_POLL_SECONDS)
        wasyncore.close_all(self.sockets)

    def _listeners(self) -> list[Any]:
        return [it for it in self.sockets.values() if isinstance(it, BaseWSGIServer)]

    def _has_open_requests(self) -> bool:
        channels = [it for it in self.sockets.values() if isinstance(it, HTTPChannel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
