"""Connections of the server: slow clients are closed, and requests beyond a queue are refused.

Waitress alone keeps a connection on which a byte arrives now and then for ever, lets a client that
does not read its response keep a thread, and queues requests without a limit.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final, cast

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import Error

from service.web.http import errors, problems

MAX_QUEUED_PER_THREAD: Final = 16
"""Requests that may wait for each thread; more are answered with 503 at once."""
HEADER_SECONDS: Final = 30.0
"""Longest time in which request line and headers arrive."""
MIN_BODY_BYTES_PER_SECOND: Final = 100.0
"""Least average speed at which a body arrives; a crawler may write one as it crawls."""
MAX_STALL_SECONDS: Final = 60.0
"""Longest time in which a client takes nothing of its response."""
_HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})
"""Answered before everything else: a supervisor would restart a service that is only busy."""


class OverloadedError(Error):
    """Too many requests wait already."""

    code = 503
    reason = "Service Unavailable"


class ProblemTask(ErrorTask):
    """Answers a request that is not valid HTTP, or not accepted, with a problem."""

    def execute(self) -> None:
        """Write the response."""
        error = cast(Any, self.request).error
        body = problems.dump_problem(problems.make_problem(error.code, error.body))
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", problems.PROBLEM_MEDIA_TYPE)]
        if error.code == OverloadedError.code:
            self.response_headers.append(("Retry-After", str(errors.RETRY_AFTER_SECONDS)))
        self.content_length = len(body)
        self.set_close_on_finish()
        self.write(body)


class Channel(HTTPChannel):
    """A connection that is closed if its client is too slow."""

    error_task_class = ProblemTask
    _request_began_at = 0.0
    _n_received = 0
    _last_progress: float | None = None
    _stalled_since = 0.0

    def received(self, data: bytes) -> bool:
        """Take bytes of a request, and note when it began."""
        if self.request is None:
            self._request_began_at = time.monotonic()
            self._n_received = 0
        self._n_received += len(data)
        return bool(super().received(data))

    def is_too_slow(self) -> bool:
        """Whether the client sends its request, or takes its response, too slowly."""
        return self._has_stalled() or self._sends_too_slowly()

    def _has_stalled(self) -> bool:
        """Whether some of a response has been waiting for too long, and nothing was taken."""
        progress = self.last_activity if self.total_outbufs_len else None
        if progress is None or progress != self._last_progress:
            self._last_progress = progress
            self._stalled_since = time.monotonic()
        return progress is not None and time.monotonic() - self._stalled_since > MAX_STALL_SECONDS

    def _sends_too_slowly(self) -> bool:
        request = self.request
        if request is None:
            return False
        seconds = time.monotonic() - self._request_began_at
        if seconds <= HEADER_SECONDS:
            return False
        is_slow_body = self._n_received < seconds * MIN_BODY_BYTES_PER_SECOND
        return is_slow_body or not request.headers_finished

    def asks_for_health(self) -> bool:
        """Whether the next request is one of a supervisor."""
        # A request that is not valid HTTP has no path.
        return bool(self.requests) and getattr(self.requests[0], "path", "") in _HEALTH_PATHS

    def refuse(self) -> None:
        """Answer the next request with 503, in the thread that calls."""
        self.requests[0].error = OverloadedError("too many requests are waiting; try again")
        self.service()


class BoundedDispatcher(ThreadedTaskDispatcher):
    """Hands requests to threads; those beyond a bounded queue are collected, to be refused.

    Parameters
    ----------
    threads : int
    """

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._max_queued = threads * MAX_QUEUED_PER_THREAD
        self._refused: deque[Channel] = deque()

    def add_task(self, task: Any) -> None:
        """Queue the next request of a connection, or collect the connection to be refused.

        It is not refused at once, since the caller holds locks of the connection.
        """
        if task.asks_for_health():
            with self.lock:
                self.queue.appendleft(task)
                self.queue_cv.notify()
        elif len(self.queue) >= self._max_queued:
            self._refused.append(task)
        else:
            super().add_task(task)

    def refuse_collected(self) -> None:
        """Answer what was collected."""
        while self._refused:
            self._refused.popleft().refuse()
