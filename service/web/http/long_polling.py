"""Long polling: a bounded number of requests may wait until something happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Event
from typing import Final

_POLL_SECONDS: Final = 0.2
"""Seconds between two checks. Other processes write too, so only the store can tell."""


class LongPollSlots:
    """Limits concurrent long polls.

    Parameters
    ----------
    threads : int
        Threads of the server. At most half of them may wait, so that the others can answer
        requests at once.
    """

    def __init__(self, threads: int) -> None:
        self._semaphore = BoundedSemaphore(threads // 2) if threads > 1 else None
        self._closing = Event()

    def wait_until(self, condition: Callable[[], bool], timeout_seconds: float) -> None:
        """Wait until a condition holds, the time is over, or the service stops.

        Returns at once if no slot is free.

        Parameters
        ----------
        condition : callable
            Checked several times a second.
        timeout_seconds : float
        """
        if self._semaphore is None or not self._semaphore.acquire(blocking=False):
            return
        try:
            deadline = time.monotonic() + timeout_seconds
            while not condition() and (remaining := deadline - time.monotonic()) > 0:
                if self._closing.wait(min(remaining, _POLL_SECONDS)):
                    return
        finally:
            self._semaphore.release()

    def close(self) -> None:
        """Release all waiters and refuse new ones."""
        self._closing.set()
