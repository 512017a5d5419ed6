"""The server: Waitress around the application, with a graceful stop.

The loop is hand-written for now: Waitress has no graceful stop, and a change of the server is a
separate step.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

from flask import Flask
from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from clustering import Article, extract_features
from service.engine.background_recluster import BackgroundRecluster
from service.engine.log_follower import LogFollower
from service.engine.writer import IndexWriter
from service.settings import Settings
from service.web import extensions
from service.web.app import close_app, stop_background_work
from service.web.connections import BoundedDispatcher, Channel

_DRAIN_SECONDS: Final = 1.0
"""Seconds that open requests may take to finish; a batch ends between two transactions."""
_IDLE_POLL_SECONDS: Final = 1.0
"""Longest wait for the network while serving; a signal ends it earlier."""
_DRAIN_POLL_SECONDS: Final = 0.02
"""Wait for the network while draining, and for the threads after it."""
_MAX_CONNECTIONS: Final = 1000
"""Open connections; further clients wait until one is closed."""
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_WARM_UP_ARTICLE: Final = Article(0, "First", "An article like any other.")
_MAX_BODY_BYTES: Final = 1 << 30
"""Size from which Waitress itself refuses a body. The application refuses large bodies earlier,
with a problem; this limit only keeps a client from filling the disk, where Waitress stores bodies
until they are complete."""


def serve(app: Flask, settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then finish the open requests and close the application.

    Parameters
    ----------
    app : Flask
        From `create_app`.
    settings : Settings
    announce : callable, optional
        Called with the base URL once connections are accepted.

    Raises
    ------
    OSError
        If the server cannot listen on the address.
    """
    try:
        server = GracefulServer()
        server.listen(app, settings)
        threading.Thread(target=warm_up, args=(app,), name="warm-up", daemon=True).start()
        writer: IndexWriter = app.extensions[extensions.INDEX_WRITER]
        with (
            LogFollower(writer),
            BackgroundRecluster(writer, settings.recluster_idle_seconds),
            _stop_on_signals(server) as stopping,
        ):
            if announce is not None:
                announce(server.base_url())
            while not stopping.is_set():
                server.poll(_IDLE_POLL_SECONDS)
            stop_background_work(app)
            server.drain()
    finally:
        close_app(app)


def warm_up(app: Flask) -> None:
    """Load word frequencies and language models, and exempt them from garbage collection.

    Otherwise, the first article loads them, which takes a second or two. A full garbage collection
    would scan all of it without finding anything: 150 ms and more, in the middle of a request.
    """
    writer: IndexWriter = app.extensions[extensions.INDEX_WRITER]
    if writer.wait_ready():
        extract_features(_WARM_UP_ARTICLE)
        gc.collect()
        gc.freeze()


@contextmanager
def _stop_on_signals(server: GracefulServer) -> Iterator[Event]:
    stopping = Event()

    def handle(*_: object) -> None:
        stopping.set()
        server.wake()

    previous_handlers = {number: signal.signal(number, handle) for number in _STOP_SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class GracefulServer:
    """Waitress's listeners (one for each address of the host), connections and threads."""

    sockets: dict[int, Any] = field(default_factory=dict)
    """Listeners, connections and the trigger, by file descriptor."""
    task_dispatcher: Any = None

    def listen(self, app: Flask, settings: Settings) -> None:
        """Open the listeners and start the threads."""
        server = create_server(
            app,
            map=self.sockets,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            max_request_body_size=max(_MAX_BODY_BYTES, settings.max_body_bytes),
            ident=None,
            connection_limit=_MAX_CONNECTIONS,
            _dispatcher=_start_dispatcher(settings.threads),
            clear_untrusted_proxy_headers=False,  # the application must see them
        )
        self.task_dispatcher = server.task_dispatcher
        for listener in self._listeners():
            listener.channel_class = Channel

    def base_url(self) -> str:
        """Return the URL of the first listener."""
        listener = self._listeners()[0]
        host, port = listener.effective_host, listener.effective_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def poll(self, seconds: float) -> None:
        """Wait for the network, at most `seconds`, then read and write once; close slow clients."""
        wasyncore.loop(timeout=seconds, map=self.sockets, count=1, use_poll=True)
        self.task_dispatcher.refuse_collected()
        for channel in self._channels():
            if channel.is_too_slow():
                channel.handle_close()

    def wake(self) -> None:
        """End a running `poll`."""
        for listener in self._listeners():
            listener.pull_trigger()

    def drain(self) -> None:
        """Accept no new connections, and finish the open requests."""
        for listener in self._listeners():
            wasyncore.dispatcher.close(listener)
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self._has_open_requests() and time.monotonic() < deadline:
            self.poll(_DRAIN_POLL_SECONDS)
        self.task_dispatcher.shutdown(timeout=_DRAIN_POLL_SECONDS)
        wasyncore.close_all(self.sockets)

    def _listeners(self) -> list[Any]:
        return [socket for socket in self.sockets.values() if isinstance(socket, BaseWSGIServer)]

    def _has_open_requests(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self._channels())

    def _channels(self) -> list[Channel]:
        return [socket for socket in self.sockets.values() if isinstance(socket, Channel)]


def _start_dispatcher(threads: int) -> BoundedDispatcher:
    dispatcher = BoundedDispatcher(threads)
    dispatcher.set_thread_count(threads)
    return dispatcher
