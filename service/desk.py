"""The desk where articles are judged one after the other: the index and the one write lock.

The store is the log and the index a function of it. So the index can be dropped at any time: it is
loaded again from the store, in the background, and whoever writes waits until it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from clustering.assign import Index, analyse
from clustering.decisions import Bonds
from clustering.model import Article, Features
from service.fingerprints import Fingerprints
from service.settings import Settings
from service.store import Store, docket, renewal, replay, retirement, standing
from service.store.replay import DECIDING, StaleError
from service.store.tables import changes
from service.turn import Turn

_LOG: Final = logging.getLogger(__name__)
_PATIENCE: Final = 10.0
"""Seconds that a writer waits for the index before giving up."""
_DAY: Final = 86400.0
_WARM_UP: Final = Article(0, "Parliament votes on the budget", "")


class NotReadyError(RuntimeError):
    """The index has not caught up with the store yet; try again soon."""


@dataclass(slots=True)
class _Memory:
    """What can be dropped and loaded again."""

    index: Index
    fingerprints: Fingerprints
    seen: int
    """The last change in the log that the index includes."""


class Desk:
    """Owner of the index; every write goes over it.

    Parameters
    ----------
    settings : Settings
    store : Store
        Stays the caller's to close, after the desk.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._closing = threading.Event()
        self._memory: _Memory | None = None
        self._loader: threading.Thread | None = None
        self._retired_until = 0.0

    def __enter__(self) -> Desk:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ready(self) -> bool:
        """Whether the index has caught up with the store."""
        return self._ready.is_set()

    def pairwise(self, features: Sequence[Features]) -> NDArray[np.float64] | None:
        """Compare articles each with each; None while the index is being loaded."""
        memory = self._memory
        return None if memory is None else memory.index.pairwise(features)

    def start(self) -> None:
        """Load the index in the background."""
        self._loader = threading.Thread(target=self._load, name="index-loader", daemon=True)
        self._loader.start()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until the index is loaded, at most `timeout` seconds; return whether it is."""
        return self._ready.wait(timeout)

    def check_ready(self) -> None:
        """Wait for the index as long as a request can.

        Raises
        ------
        NotReadyError
        """
        if not self.wait_ready(_PATIENCE):
            raise NotReadyError

    def bonds(self, transaction: Connection) -> Bonds:
        """What stands of people's decisions: from memory, if nobody has decided since."""
        memory = self._memory
        if memory is not None:
            later = changes.c.seq > memory.seen, changes.c.kind.in_(DECIDING)
            if transaction.scalar(select(changes.c.seq).where(*later).limit(1)) is None:
                return memory.index.bonds
        return Bonds.of(docket.standing(transaction))

    def close(self, timeout: float = 1.0) -> None:
        """Let the writer in progress finish (at most `timeout` seconds), and take no other."""
        self._closing.set()
        if self._loader is not None:
            self._loader.join(timeout)
        if self._lock.acquire(timeout=timeout):
            self._lock.release()

    @contextmanager
    def turn(self, *, rehearsal: bool = False) -> Iterator[Turn]:
        """Take the desk for one write transaction.

        Parameters
        ----------
        rehearsal : bool
            Leave no trace: nothing stays in the store, and the index is put back.

        Raises
        ------
        NotReadyError
        """
        self.check_ready()
        with self._lock:
            if self._closing.is_set() or self._memory is None:
                raise NotReadyError
            if not rehearsal:
                self._retire_old(self._memory)
            yield from self._turn(self._memory, rehearsal)

    @contextmanager
    def looking(self, patience: float) -> Iterator[Index | None]:
        """Look something up in the index, between two turns.

        Parameters
        ----------
        patience : float
            Seconds to wait for the desk at most.

        Yields
        ------
        Index or None
            As this process knows it, not to be changed; None while somebody else has the desk, or
            the index is being loaded.
        """
        if not self._lock.acquire(timeout=patience):
            yield None
            return
        try:
            memory = self._memory
            if memory is None:
                yield None
                return
            with self.store.reading() as transaction:
                memory.fingerprints.enter(transaction)
                try:
                    yield memory.index
                finally:
                    memory.fingerprints.leave(keep=True)
        finally:
            self._lock.release()

    def _retire_old(self, memory: _Memory) -> None:
        """Let a day's articles go whole, the first time that something is written on a new day."""
        horizon = (time.time() - self.settings.live_days * _DAY) // _DAY * _DAY
        if horizon <= self._retired_until:
            return
        with contextmanager(self._turn)(memory, rehearsal=False) as turn:
            before = retirement.due(turn.transaction, horizon, turn.caught_up)
            if before is not None:
                turn.retire(before)
                turn.write()
        self._retired_until = horizon

    def _turn(self, memory: _Memory, rehearsal: bool) -> Iterator[Turn]:
        turn = None
        try:
            with self.store.writing(keep=not rehearsal) as transaction:
                memory.fingerprints.enter(transaction)
                turn = Turn(transaction, memory.index, memory.fingerprints, rehearsal=rehearsal)
                turn.catch_up(memory.seen)
                yield turn
                turn.put_back()
        except BaseException as error:
            memory.fingerprints.leave(keep=False)
            if turn is not None and turn.touched:
                self._drop()
            if isinstance(error, StaleError):
                raise NotReadyError from error
            raise
        else:
            memory.fingerprints.leave(keep=not rehearsal)
            memory.seen = turn.caught_up if rehearsal else turn.journal.last_seq

    def _drop(self) -> None:
        """Give up an index that is no longer a function of the store, and load it again."""
        self._ready.clear()
        self._memory = None
        if not self._closing.is_set():
            self.start()

    def _load(self) -> None:
        started = time.monotonic()
        fingerprints = Fingerprints()
        try:
            index = Index(fingerprints, self.settings.canonical_rule)
            analyse(_WARM_UP)  # loads the language models and word lists
            if self._closing.is_set():
                return  # the store may be closed by now, and would be opened again
            renewal.renew(self.store, self._closing.is_set)
            standing.renew(self.store, self.settings.canonical_rule)
            with self.store.reading() as transaction:
                seen = replay.load(transaction, index, self._closing.is_set)
        except StaleError:
            return
        except Exception:
            _LOG.exception("the index could not be loaded; it stays closed to writers")
            return
        self._memory = _Memory(index, fingerprints, seen)
        self._ready.set()
        _LOG.info("index of %d articles ready after %.1f s", len(index), time.monotonic() - started)
