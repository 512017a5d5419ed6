"""Brings renewed term weights to old events while the service runs, in small steps.

A new article is assigned by the term weights of its moment, and so are its neighbours. Older events
keep what they were given by older weights, so that events depend a little on the order of arrival.
Once enough articles have come in, all events are clustered again (`service.engine.recluster`) in
short transactions with pauses between them: soon if the service is quiet, and late under load, so
that a stream that never rests spends a bounded share of its time on it.

Several processes may serve one store. One that sees another's run advance leaves it alone, and
takes over a run that no longer advances.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from service.engine import recluster
from service.engine.writer import IndexWriter, NotReadyError
from service.store import StoreError

_LOG: Final = logging.getLogger(__name__)

QUIET_SHARE: Final = 0.01
"""New articles, as a share of the live ones, from which a quiet service clusters again."""
BUSY_SHARE: Final = 0.5
"""The same under load: then each article is clustered again about twice in its life."""
MIN_BUSY_ARTICLES: Final = 1000
"""New articles from which a busy service clusters again, however few there are."""
ARTICLES_PER_STEP: Final = 25
"""Articles in one transaction: other writers wait a few hundredths of a second."""
PAUSE_SHARE: Final = 0.5
"""Pause after a step, as a share of its duration."""
_POLLS_PER_IDLE_TIME: Final = 3
_STOP_SECONDS: Final = 1.0
"""Longest wait for the step in progress at a stop: it may wait itself, for a store that another
process has locked. What it has not committed is done again after the next start."""


class _StoppedError(Exception):
    """The service stops."""


@dataclass(slots=True)
class _Seen:
    """What the last look at the store showed."""

    last_seq: int = -1
    since: float = 0.0
    progress: str | None = None


class BackgroundRecluster:
    """A thread that clusters all events again whenever enough articles have come in.

    Parameters
    ----------
    writer : IndexWriter
    idle_seconds : float
        Seconds without a write after which the service counts as quiet. 0 switches all of it off.
    """

    def __init__(self, writer: IndexWriter, idle_seconds: float) -> None:
        self._writer = writer
        self._idle_seconds = idle_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen = _Seen()
        self._step_began = 0.0

    def __enter__(self) -> BackgroundRecluster:
        if self._idle_seconds:
            self._thread = threading.Thread(target=self._run, name="recluster", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        interval = self._idle_seconds / _POLLS_PER_IDLE_TIME
        while not self._stopping.wait(interval * random.uniform(0.9, 1.1)):  # noqa: S311
            try:
                if self._is_due():
                    self._recluster()
            except (StoreError, NotReadyError):
                continue  # busy or not reachable now; the next look may find it well again
            except _StoppedError:
                return
            except Exception:
                _LOG.exception("clustering again in the background failed")

    def _recluster(self) -> None:
        started = self._step_began = time.monotonic()
        result = recluster.recluster(
            self._writer, self._pause, articles_per_transaction=ARTICLES_PER_STEP
        )
        _LOG.info(
            "clustered %d articles again in the background in %.0f s; %d moved",
            result.articles,
            time.monotonic() - started,
            result.moved,
        )

    def _pause(self, _: int) -> None:
        """Let other writers take their turn after a step."""
        if self._stopping.wait((time.monotonic() - self._step_began) * PAUSE_SHARE):
            raise _StoppedError
        self._step_began = time.monotonic()

    def _is_due(self) -> bool:
        with self._writer.read_index(timeout=0.1) as index:
            n_live = None if index is None else len(index)
        if n_live is None:
            return False
        with self._writer.store.reading() as connection:
            return self._is_due_in(connection, n_live)

    def _is_due_in(self, connection: Connection, n_live: int) -> bool:
        """Whether a run should begin, or go on that no process works on any more."""
        last_seq, progress = recluster.read_position(connection)
        seen, now = self._seen, time.monotonic()
        since = seen.since if last_seq == seen.last_seq else now
        self._seen = _Seen(last_seq, since, progress)
        if progress is not None and progress != seen.progress:
            return False
        is_quiet = now - since >= self._idle_seconds
        if not is_quiet and n_live < MIN_BUSY_ARTICLES:
            return False
        n_new = recluster.count_articles_since(connection)
        if is_quiet:
            return progress is not None or n_new > QUIET_SHARE * n_live
        return n_new >= max(MIN_BUSY_ARTICLES, BUSY_SHARE * n_live)
