"""Requests that wait for something to happen: few at a time, and none when the service stops."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Event
from typing import Final

_POLL_SECONDS: Final = 0.2
"""Seconds between two looks; other processes write too, so only the store knows."""


class LongPollSlots:
    """The bench for requests that wait.

    Parameters
    ----------
    threads : int
        Requests that are worked on at the same time. At most half of them may wait: the others are
        for those who have something to do.
    """

    def __init__(self, threads: int) -> None:
        self._semaphore = BoundedSemaphore(threads // 2) if threads > 1 else None
        self._closing = Event()

    def wait_until(self, condition: Callable[[], bool], timeout_seconds: float) -> None:
        """Wait until something has happened, `timeout_seconds` are over, or the service stops.

        It does not wait at all where no seat is free.
        """
        if self._semaphore is None or not self._semaphore.acquire(blocking=False):
            return
        try:
            deadline = time.monotonic() + timeout_seconds
            while not condition() and (left := deadline - time.monotonic()) > 0:
                if self._closing.wait(min(left, _POLL_SECONDS)):
                    return
        finally:
            self._semaphore.release()

    def close(self) -> None:
        """Send everybody away, and seat nobody any more."""
        self._closing.set()
