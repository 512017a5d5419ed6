"""The single writer: owns the index in memory and the write lock of its process.

The index is a function of the store. It can be dropped at any time: it is then loaded again from
the store in the background, and writers wait until it is ready.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from clustering.constraints.decision import ConstraintSet
from clustering.features.extract import extract_features
from clustering.kernels.library import load_kernels
from clustering.pipeline.index import ArticleIndex
from clustering.types import Article, Features
from service.common.dates import SECONDS_PER_DAY
from service.common.errors import UnavailableError
from service.common.stage_timer import StageTimer
from service.engine import encoders
from service.engine.fingerprint_cache import FingerprintCache
from service.engine.transaction import WriteTransaction
from service.settings import Settings
from service.store import (
    Store,
    StoreBusyError,
    StoreUnavailableError,
    meta_values,
    sentence_vectors,
)
from service.store.change_log import reanalyse, recanonicalise, replay, retirement
from service.store.change_log.change_set import last_seq
from service.store.change_log.replay import CONSTRAINT_CHANGE_KINDS, StaleIndexError
from service.store.review import decisions as decision_table
from service.store.schema import META_GENERATION, changes

_LOG: Final = logging.getLogger(__name__)
_READY_TIMEOUT_SECONDS: Final = 10.0
"""Seconds that a request waits for the index before it is refused."""
_LOADING_PAUSES: Final = (0.1, 0.5, *repeat(2.0, 10), *repeat(10.0, 1_000_000))
"""Seconds between two attempts to load the index: about as long as a restart of a database."""
_WARM_UP_ARTICLE: Final = Article(0, "Parliament votes on the budget", "")


class NotReadyError(UnavailableError):
    """The index has not caught up with the store yet; try again soon."""

    summary = "the index is still being loaded"


class FeaturesOutdatedError(NotReadyError):
    """The index waits until the features of all articles are of the current version."""

    def __init__(self, n_outdated: int) -> None:
        self.summary = f"the features of {n_outdated:,} articles are being computed anew"
        super().__init__(self.summary)


@dataclass(slots=True)
class _LoadedIndex:
    """The index with what belongs to it; all of it can be dropped and loaded again."""

    index: ArticleIndex
    fingerprints: FingerprintCache
    last_seq: int
    """The last change in the log that the index includes."""
    last_vector: int
    """The number of the last sentence vector that the index includes."""
    generation: str | None
    """The generation of the store from which it was loaded."""
    is_stale: bool = False
    """Whether it has a part of what other processes have written, and so has to be dropped."""


@dataclass(slots=True)
class VectorCounts:
    """Sentence vectors that were made, and that could not be made, since the start."""

    made: int = 0
    failed: int = 0


class IndexWriter:
    """Owner of the index; every write goes through it.

    Parameters
    ----------
    settings : Settings
    store : Store
        The caller closes it, after the writer.

    Attributes
    ----------
    encoder : CentredEncoder or None
        Makes sentence vectors; None if articles are judged by their words alone.
    vector_counts : VectorCounts
        How many vectors were made since the start.
    timer : StageTimer
        Durations of the stages of writes.
    n_outdated : int
        Articles whose features are of an older version and are to be computed anew.
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
        self.encoder = encoders.from_settings(settings)
        self.vector_counts = VectorCounts()
        self.timer = StageTimer()
        self.n_outdated = 0

    def __enter__(self) -> IndexWriter:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_ready(self) -> bool:
        """Whether the index has caught up with the store."""
        return self._ready.is_set()

    @property
    def last_seq(self) -> int | None:
        """The last change that the index includes; None while it is loading."""
        loaded = self._loaded
        return None if loaded is None else loaded.last_seq

    @property
    def n_live(self) -> int | None:
        """The number of articles in the index; None while it is loading."""
        loaded = self._loaded
        return None if loaded is None else len(loaded.index)

    def pairwise_probabilities(self, features: Sequence[Features]) -> NDArray[np.float64] | None:
        """Same-event probabilities of all pairs of articles; None while the index is loading.

        Parameters
        ----------
        features : sequence of Features

        Returns
        -------
        ndarray of float64, shape (n_articles, n_articles), or None
        """
        loaded = self._loaded
        return None if loaded is None else loaded.index.pairwise_probabilities(features)

    def start(self) -> None:
        """Load the index in the background."""
        self._loader = threading.Thread(target=self._load, name="index-loader", daemon=True)
        self._loader.start()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until the index is loaded, at most `timeout` seconds; return whether it is."""
        return self._ready.wait(timeout)

    def check_ready(self) -> None:
        """Wait for the index, at most as long as a request may take.

        Raises
        ------
        NotReadyError
        """
        if not self.wait_ready(_READY_TIMEOUT_SECONDS):
            raise self.why_not_ready()

    def why_not_ready(self) -> NotReadyError:
        """Return what to tell those who wait for the index."""
        return FeaturesOutdatedError(self.n_outdated) if self.n_outdated else NotReadyError()

    def load_constraints(self, connection: Connection) -> ConstraintSet:
        """Load the constraints from editors' decisions: from memory, if these have not changed."""
        loaded = self._loaded
        if loaded is not None:
            later = changes.c.seq > loaded.last_seq, changes.c.kind.in_(CONSTRAINT_CHANGE_KINDS)
            if connection.scalar(select(changes.c.seq).where(*later).limit(1)) is None:
                return loaded.index.active_decisions.constraints
        return ConstraintSet.from_decisions(decision_table.load_active_decisions(connection))

    def close(self, timeout: float = 1.0) -> None:
        """Refuse further writes, and wait for the current one, at most `timeout` seconds."""
        self._closing.set()
        if self._loader is not None:
            self._loader.join(timeout)
        if self._lock.acquire(timeout=timeout):
            self._lock.release()

    @contextmanager
    def transaction(self, *, dry_run: bool = False) -> Iterator[WriteTransaction]:
        """Begin a write transaction; it is committed after the block.

        Parameters
        ----------
        dry_run : bool
            Whether the transaction is rolled back, in the store and in the index.

        Yields
        ------
        WriteTransaction

        Raises
        ------
        NotReadyError
        StoreUnavailableError
        """
        self.check_ready()
        with self._locked():
            if self._closing.is_set() or self._loaded is None:
                raise NotReadyError
            if not dry_run:
                self._retire_old(self._loaded)
            with self._transaction(self._loaded, dry_run) as transaction:
                yield transaction

    @contextmanager
    def read_index(self, timeout: float) -> Iterator[ArticleIndex | None]:
        """Read the index between two write transactions.

        Parameters
        ----------
        timeout : float
            Seconds to wait for the write lock at most.

        Yields
        ------
        ArticleIndex or None
            As it is in this process; it must not be changed. None while the lock is held or the
            index is loading.
        """
        if not self._lock.acquire(timeout=timeout):
            yield None
            return
        try:
            loaded = self._loaded
            if loaded is None:
                yield None
                return
            with self.store.reading() as connection:
                loaded.fingerprints.begin(connection)
                try:
                    yield loaded.index
                finally:
                    loaded.fingerprints.end(commit=True)
        finally:
            self._lock.release()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait for the other writers of this process, but not for long."""
        with self.timer.measure("process_lock"):
            is_acquired = self._lock.acquire(timeout=self.store.wait_seconds)
        if not is_acquired:
            raise StoreBusyError("another request is writing")
        try:
            yield
        finally:
            self._lock.release()

    def _retire_old(self, loaded: _LoadedIndex) -> None:
        """Retire articles by whole days, on the first write of a new day."""
        oldest_live = time.time() - self.settings.live_days * SECONDS_PER_DAY
        horizon = oldest_live // SECONDS_PER_DAY * SECONDS_PER_DAY
        if horizon <= self._retired_until:
            return
        with self._transaction(loaded, dry_run=False) as transaction:
            before = retirement.find_due_boundary(
                transaction.connection, horizon, transaction.start_seq
            )
            if before is not None:
                transaction.retire(before)
                transaction.flush()
        self._retired_until = horizon

    @contextmanager
    def _transaction(self, loaded: _LoadedIndex, dry_run: bool) -> Iterator[WriteTransaction]:
        transaction = None
        try:
            with ExitStack() as blocks:
                with self.timer.measure("store_lock"):
                    connection = blocks.enter_context(self.store.writing(commit=not dry_run))
                loaded.fingerprints.begin(connection)
                with self.timer.measure("catch_up"):
                    start_seq = self._catch_up(connection, loaded)
                transaction = WriteTransaction(
                    connection, loaded.index, loaded.fingerprints, start_seq
                )
                if dry_run:
                    blocks.enter_context(transaction.dry_run())
                yield transaction
                began_commit = time.perf_counter()
        except BaseException as error:
            loaded.fingerprints.end(commit=False)
            if loaded.is_stale or (transaction is not None and transaction.index_changed):
                self._drop_index()
            if isinstance(error, StaleIndexError):
                raise NotReadyError from error
            raise
        else:
            self.timer.observe("commit", time.perf_counter() - began_commit)
            loaded.fingerprints.end(commit=not dry_run)
            loaded.last_seq = transaction.start_seq if dry_run else transaction.change_set.last_seq

    def follow(self) -> None:
        """Apply to the index what other processes have written, between two write transactions.

        Raises
        ------
        StoreUnavailableError
        """
        with self._locked():
            loaded = self._loaded
            if loaded is None:
                return  # it is being loaded
            try:
                with self.store.reading() as connection:
                    loaded.fingerprints.begin(connection)
                    self._catch_up(connection, loaded)
            except StaleIndexError:
                _LOG.info("the index is loaded again, since the change log does not lead to it")
            finally:
                loaded.fingerprints.end(commit=False)
                if loaded.is_stale:
                    self._drop_index()

    def _catch_up(self, connection: Connection, loaded: _LoadedIndex) -> int:
        """Apply what other processes have written; return the number of the newest change."""
        loaded.is_stale = True  # unless all of it is applied
        _check_generation(connection, loaded)
        newest_seq = last_seq(connection)
        if newest_seq > loaded.last_seq:
            loaded.fingerprints.clear()
            replay.catch_up(connection, loaded.index, loaded.last_seq)
            loaded.last_seq = newest_seq
        self._catch_up_vectors(connection, loaded)
        loaded.is_stale = False
        return newest_seq

    def _catch_up_vectors(self, connection: Connection, loaded: _LoadedIndex) -> None:
        """Apply the sentence vectors that other processes have stored."""
        if self.encoder is None:
            return
        stored = sentence_vectors.load_since(connection, self.encoder.name, loaded.last_vector)
        if stored.vectors:
            loaded.index.apply_vectors(stored.vectors)
        loaded.last_vector = stored.last_number

    def _load_vectors(self, connection: Connection, index: ArticleIndex) -> int:
        """Load all stored sentence vectors; return the number of the last."""
        if self.encoder is None:
            return 0
        stored = sentence_vectors.load_since(connection, self.encoder.name, 0)
        index.load_vectors(stored.vectors)
        return stored.last_number

    def _drop_index(self) -> None:
        """Drop an index that is no longer a function of the store, and load it again."""
        self._ready.clear()
        self._loaded = None
        if not self._closing.is_set():
            self.start()

    def _load(self) -> None:
        """Load the index; as long as that fails, try again."""
        if load_kernels() is None:
            _LOG.warning("the kernels are not compiled: articles are taken in several times slower")
        extract_features(_WARM_UP_ARTICLE)  # loads the language models and word lists
        for pause in _LOADING_PAUSES:
            try:
                self._load_once()
            except StoreUnavailableError as error:
                _LOG.warning("the index is not loaded yet: %s; it will be tried again", error)
            except Exception:
                _LOG.exception("the index could not be loaded; it will be tried again")
            else:
                return
            if self._closing.wait(pause):
                return

    def _report_outdated(self, n_outdated: int) -> None:
        if n_outdated:
            _LOG.info("the features of %d articles are to be computed anew", n_outdated)
        self.n_outdated = n_outdated

    def _load_once(self) -> None:
        started = time.monotonic()
        fingerprints = FingerprintCache()
        index = ArticleIndex(
            fingerprints,
            self.settings.canonical_rule,
            across_languages=self.settings.across_languages,
            uses_vectors=self.encoder is not None,
        )
        if self._closing.is_set():
            return  # the store may be closed by now, and would be opened again
        reanalyse.recompute_features(self.store, self._closing.is_set, self._report_outdated)
        recanonicalise.apply_canonical_rule(self.store, self.settings.canonical_rule)
        try:
            with self.store.reading() as connection:
                loaded_seq = replay.load_index(connection, index, self._closing.is_set)
                last_vector = self._load_vectors(connection, index)
                generation = meta_values.read(connection, META_GENERATION)
        except StaleIndexError:
            return  # the service stops
        self._loaded = _LoadedIndex(index, fingerprints, loaded_seq, last_vector, generation)
        self._ready.set()
        _LOG.info("index of %d articles ready after %.1f s", len(index), time.monotonic() - started)


def _check_generation(connection: Connection, loaded: _LoadedIndex) -> None:
    """Refuse an index of the store before a backup was restored."""
    if meta_values.read(connection, META_GENERATION) != loaded.generation:
        raise StaleIndexError
