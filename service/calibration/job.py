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

from service.calibration.drawing import LineMovedError, NoLineBeforeError
from service.store import StoreError

_LOG: Final = logging.getLogger(__name__)
_AT_A_STRETCH: Final = 0.004
_BREATH: Final = 0.004
"""Seconds of work, and then seconds that are left to others."""


class _StoppedError(Exception):
    """The process ends."""


class Job:
    """What runs, if anything does, and what became of the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._breathed = 0.0
        self.doing = ""
        """What it does; empty if it does nothing."""
        self.failure = ""
        """What went wrong the last time."""

    def start(self, doing: str, work: Work) -> bool:
        """Begin some work unless other work is going on; return whether it was begun."""
        with self._lock:
            if self.doing or self._stopping.is_set():
                return False
            self.doing, self.failure = doing, ""
        self._thread = threading.Thread(target=self._run, args=[work], name="calibration")
        self._thread.start()
        return True

    def pause(self, doing: str = "") -> None:
        """Let others go first; called by the work now and then, maybe to say how far it is."""
        if self._stopping.is_set():
            raise _StoppedError
        self.doing = doing or self.doing
        if time.monotonic() - self._breathed > _AT_A_STRETCH:
            time.sleep(_BREATH)
            self._breathed = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait for the end of the work."""
        if self._thread is not None:
            self._thread.join(seconds)

    def close(self) -> None:
        """Have the work end at its next step, and wait for that."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, work: Work) -> None:
        try:
            work(self)
        except _StoppedError:
            pass
        except (LineMovedError, NoLineBeforeError, StoreError) as error:
            self.failure = str(error)
        except Exception:
            _LOG.exception("%s failed", self.doing)
            self.failure = "It failed; the log says why."
        finally:
            self.doing = ""


Work = Callable[[Job], None]
"""Calls `Job.pause` now and then."""
