"""Background job of the admin pages: one long computation at a time, next to request handling.

The job pauses for requests, and ends with the process. A threshold that is being fitted is lost
then; an interrupted reclustering can be resumed.
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
"""How long the job works without a pause, and how long a pause is: half of the time is left to
requests."""


class _JobCancelledError(Exception):
    """The process ends."""


class BackgroundJob:
    """Runs one job at a time in a thread of its own.

    Attributes
    ----------
    status : str
        What is being done; empty if no job is running.
    failure : str
        Why the last job failed; empty if it did not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_pause = 0.0
        self.status = ""
        self.failure = ""

    def start(self, status: str, work: JobFunction) -> bool:
        """Start a job unless one is running; return whether it was started."""
        with self._lock:
            if self.status or self._stopping.is_set():
                return False
            self.status, self.failure = status, ""
        self._thread = threading.Thread(target=self._run, args=[work], name="calibration")
        self._thread.start()
        return True

    def pause(self, status: str = "") -> None:
        """Leave time to other threads; called by the job regularly, with its progress or not."""
        if self._stopping.is_set():
            raise _JobCancelledError
        self.status = status or self.status
        if time.monotonic() - self._last_pause > _MAX_WORK_SECONDS:
            time.sleep(_PAUSE_SECONDS)
            self._last_pause = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait for the end of the job."""
        if self._thread is not None:
            self._thread.join(seconds)

    def close(self) -> None:
        """Cancel the job at its next pause, and wait for its end."""
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
            self.failure = "The job failed; see the log for the reason."
        finally:
            self.status = ""


JobFunction = Callable[[BackgroundJob], None]
"""A job. It must call `BackgroundJob.pause` regularly."""
