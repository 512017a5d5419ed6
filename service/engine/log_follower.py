"""Keeps the index of this process in step with what other processes write to the store.

Without it, the index catches up at the next write, while all other writers wait.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from service.engine.writer import IndexWriter
from service.store import StoreUnavailableError

_LOG: Final = logging.getLogger(__name__)
_MAX_WAIT_SECONDS: Final = 5.0
"""Seconds after which the log is looked at without a notification."""
_RETRY_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 1.0
"""Longest wait for the thread at a stop: it may wait itself, for a request that waits for a store
that another process has locked."""


class LogFollower:
    """A thread that applies changes of other processes to the index as they are committed.

    Parameters
    ----------
    writer : IndexWriter
    """

    def __init__(self, writer: IndexWriter) -> None:
        self._writer = writer
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-follower", daemon=True)

    def __enter__(self) -> LogFollower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except StoreUnavailableError as error:
                _LOG.warning("the change log is not followed: %s; it will be tried again", error)
            except Exception:
                _LOG.exception("following the change log failed; it will be tried again")
            self._stopping.wait(_RETRY_SECONDS)

    def _follow(self) -> None:
        """Follow until the connection is lost or the service stops."""
        listener = self._writer.store.open_listener()
        try:
            while not self._stopping.is_set():
                self._writer.follow()
                listener.wait(self._stopping, _MAX_WAIT_SECONDS)
        finally:
            listener.close()
