"""Long work that a page begins and others look at: one at a time, beside what is served.

It makes way for requests, and ends with the process: what is worked out is lost then, and events
that are judged again are left as they are, to be gone on with.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from service.review.threshold.update import NoPreviousThresholdError, ThresholdChangedError
from service.store import StoreError

_LOG: Final = logging.getLogger(__name__)
_MAX_WORK_SECONDS: Final = 0.004
_PAUSE_SECONDS: Final = 0.004
"""Seconds of work, and then seconds that are left to others."""


class _JobCancelledError(Exception):
    """The process ends."""


class BackgroundJob:
    """What runs, if anything does, and what became of the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_pause = 0.0
        self.status = ""
        """What it does; empty if it does nothing."""
        self.failure = ""
        """What went wrong the last time."""

    def start(self, status: str, work: JobFunction) -> bool:
        """Begin some work unless other work is going on; return whether it was begun."""
        with self._lock:
            if self.status or self._stopping.is_set():
                return False
            self.status, self.failure = status, ""
        self._thread = threading.Thread(target=self._run, args=[work], name="calibration")
        self._thread.start()
        return True

    def pause(self, status: str = "") -> None:
        """Let others go first; called by the work now and then, maybe to say how far it is."""
        if self._stopping.is_set():
            raise _JobCancelledError
        self.status = status or self.status
        if time.monotonic() - self._last_pause > _MAX_WORK_SECONDS:
            time.sleep(_PAUSE_SECONDS)
            self._last_pause = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait for the end of the work."""
        if self._thread is not None:
            self._thread.join(seconds)

    def close(self) -> None:
        """Have the work end at its next step, and wait for that."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, work: JobFunction) -> None:
        try:
            work(self)
        except _JobCancelledError:
            pass
        except (ThresholdChangedError, NoPreviousThresholdError, StoreError) as error:
            self.failure = str(error)
        except Exception:
            _LOG.exception("%s failed", self.status)
            self.failure = "It failed; the log says why."
        finally:
            self.status = ""


JobFunction = Callable[[BackgroundJob], None]
"""Calls `Job.pause` now and then."""
