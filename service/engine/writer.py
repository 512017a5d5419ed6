"""The desk where articles are judged one after the other: the index and the one write lock.

The store is the log and the index a function of it. So the index can be dropped at any time: it is
loaded again from the store, in the background, and whoever writes waits until it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from clustering.constraints.decision import ConstraintSet
from clustering.features.extract import extract_features
from clustering.pipeline.index import ArticleIndex
from clustering.types import Article, Features
from service.engine.fingerprint_cache import FingerprintCache
from service.engine.transaction import WriteTransaction
from service.settings import Settings
from service.store import Store
from service.store.log import reanalyse, recanonicalise, replay, retirement
from service.store.log.replay import CONSTRAINT_CHANGE_KINDS, StaleIndexError
from service.store.review import decisions as decision_table
from service.store.schema import changes

_LOG: Final = logging.getLogger(__name__)
_READY_TIMEOUT_SECONDS: Final = 10.0
"""Seconds that a writer waits for the index before giving up."""
_SECONDS_PER_DAY: Final = 86400.0
_WARM_UP_ARTICLE: Final = Article(0, "Parliament votes on the budget", "")


class NotReadyError(RuntimeError):
    """The index has not caught up with the store yet; try again soon."""


@dataclass(slots=True)
class _LoadedIndex:
    """What can be dropped and loaded again."""

    index: ArticleIndex
    fingerprints: FingerprintCache
    last_seq: int
    """The last change in the log that the index includes."""


class IndexWriter:
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
        self._loaded: _LoadedIndex | None = None
        self._loader: threading.Thread | None = None
        self._retired_until = 0.0

    def __enter__(self) -> IndexWriter:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_ready(self) -> bool:
        """Whether the index has caught up with the store."""
        return self._ready.is_set()

    def pairwise_probabilities(self, features: Sequence[Features]) -> NDArray[np.float64] | None:
        """Compare articles each with each; None while the index is being loaded."""
        memory = self._loaded
        return None if memory is None else memory.index.pairwise_probabilities(features)

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
        if not self.wait_ready(_READY_TIMEOUT_SECONDS):
            raise NotReadyError

    def load_constraints(self, connection: Connection) -> ConstraintSet:
        """What stands of people's decisions: from memory, if nobody has decided since."""
        memory = self._loaded
        if memory is not None:
            later = changes.c.seq > memory.last_seq, changes.c.kind.in_(CONSTRAINT_CHANGE_KINDS)
            if connection.scalar(select(changes.c.seq).where(*later).limit(1)) is None:
                return memory.index.active_decisions.constraints
        return ConstraintSet.from_decisions(decision_table.load_active_decisions(connection))

    def close(self, timeout: float = 1.0) -> None:
        """Let the writer in progress finish (at most `timeout` seconds), and take no other."""
        self._closing.set()
        if self._loader is not None:
            self._loader.join(timeout)
        if self._lock.acquire(timeout=timeout):
            self._lock.release()

    @contextmanager
    def transaction(self, *, dry_run: bool = False) -> Iterator[WriteTransaction]:
        """Take the desk for one write transaction.

        Parameters
        ----------
        dry_run : bool
            Leave no trace: nothing stays in the store, and the index is put back.

        Raises
        ------
        NotReadyError
        """
        self.check_ready()
        with self._lock:
            if self._closing.is_set() or self._loaded is None:
                raise NotReadyError
            if not dry_run:
                self._retire_old(self._loaded)
            yield from self._transaction(self._loaded, dry_run)

    @contextmanager
    def read_index(self, timeout: float) -> Iterator[ArticleIndex | None]:
        """Look something up in the index, between two turns.

        Parameters
        ----------
        timeout : float
            Seconds to wait for the desk at most.

        Yields
        ------
        ArticleIndex or None
            As this process knows it, not to be changed; None while somebody else has the desk, or
            the index is being loaded.
        """
        if not self._lock.acquire(timeout=timeout):
            yield None
            return
        try:
            memory = self._loaded
            if memory is None:
                yield None
                return
            with self.store.reading() as transaction:
                memory.fingerprints.begin(transaction)
                try:
                    yield memory.index
                finally:
                    memory.fingerprints.end(commit=True)
        finally:
            self._lock.release()

    def _retire_old(self, loaded: _LoadedIndex) -> None:
        """Let a day's articles go whole, the first time that something is written on a new day."""
        horizon = (
            (time.time() - self.settings.live_days * _SECONDS_PER_DAY)
            // _SECONDS_PER_DAY
            * _SECONDS_PER_DAY
        )
        if horizon <= self._retired_until:
            return
        with contextmanager(self._transaction)(loaded, dry_run=False) as turn:
            before = retirement.find_due_boundary(turn.connection, horizon, turn.start_seq)
            if before is not None:
                turn.retire(before)
                turn.flush()
        self._retired_until = horizon

    def _transaction(self, loaded: _LoadedIndex, dry_run: bool) -> Iterator[WriteTransaction]:
        transaction = None
        try:
            with ExitStack() as blocks:
                connection = blocks.enter_context(self.store.writing(commit=not dry_run))
                loaded.fingerprints.begin(connection)
                transaction = WriteTransaction(connection, loaded.index, loaded.fingerprints)
                transaction.catch_up(loaded.last_seq)
                if dry_run:
                    blocks.enter_context(transaction.dry_run())
                yield transaction
        except BaseException as error:
            loaded.fingerprints.end(commit=False)
            if transaction is not None and transaction.index_changed:
                self._drop_index()
            if isinstance(error, StaleIndexError):
                raise NotReadyError from error
            raise
        else:
            loaded.fingerprints.end(commit=not dry_run)
            loaded.last_seq = transaction.start_seq if dry_run else transaction.change_set.last_seq

    def _drop_index(self) -> None:
        """Give up an index that is no longer a function of the store, and load it again."""
        self._ready.clear()
        self._loaded = None
        if not self._closing.is_set():
            self.start()

    def _load(self) -> None:
        started = time.monotonic()
        fingerprints = FingerprintCache()
        try:
            index = ArticleIndex(fingerprints, self.settings.canonical_rule)
            extract_features(_WARM_UP_ARTICLE)  # loads the language models and word lists
            if self._closing.is_set():
                return  # the store may be closed by now, and would be opened again
            reanalyse.recompute_features(self.store, self._closing.is_set)
            recanonicalise.apply_canonical_rule(self.store, self.settings.canonical_rule)
            with self.store.reading() as transaction:
                seen = replay.load_index(transaction, index, self._closing.is_set)
        except StaleIndexError:
            return
        except Exception:
            _LOG.exception("the index could not be loaded; it stays closed to writers")
            return
        self._loaded = _LoadedIndex(index, fingerprints, seen)
        self._ready.set()
        _LOG.info("index of %d articles ready after %.1f s", len(index), time.monotonic() - started)
