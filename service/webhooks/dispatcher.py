"""The courier: watches for changes, and carries them to whoever subscribed."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from typing import Final

from urllib3 import PoolManager

from service.store import Store, StoreBusyError, webhook_outbox
from service.webhooks import delivery

_LOG: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.5
"""Seconds between two looks at the log."""
_MAX_CONCURRENT_DELIVERIES: Final = 4
"""Subscribers that are served at the same time; one that is slow shall not hold up the others."""
_MAX_BATCHES_PER_TURN: Final = 20
"""Parcels to one subscriber before others have their turn."""


class WebhookDispatcher:
    """Delivers in the background. Each process has one; a lease keeps them apart.

    Parameters
    ----------
    store : Store
        Stays the caller's to close, after the courier.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._pool = PoolManager(maxsize=_MAX_CONCURRENT_DELIVERIES)
        self._poll_thread = threading.Thread(target=self._poll, name="webhook-courier", daemon=True)
        self._delivery_threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def start(self) -> None:
        """Begin to watch."""
        self._poll_thread.start()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()

    def close(self, timeout: float = 1.0) -> None:
        """Stop, and give deliveries on their way at most so many seconds.

        What has no answer by then is delivered again after the next start, under the same id.
        """
        self.stop()
        deadline = time.monotonic() + timeout
        for thread in [self._poll_thread, *self._running_threads()]:
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0.0))
        with self._lock:
            self._is_closed = True
        self._pool.clear()

    def _running_threads(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._delivery_threads.values())

    def _poll(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            try:
                self._dispatch_due()
            except Exception:
                _LOG.exception("looking for webhooks to deliver failed; it is tried again")

    def _dispatch_due(self) -> None:
        with self._store.reading() as transaction:
            waiting = webhook_outbox.list_due(transaction, time.time())
        for webhook_id in waiting:
            with self._lock:
                if (
                    webhook_id in self._delivery_threads
                    or len(self._delivery_threads) >= _MAX_CONCURRENT_DELIVERIES
                ):
                    continue
                carrier = threading.Thread(
                    target=self._deliver_batches, args=[webhook_id], daemon=True
                )
                self._delivery_threads[webhook_id] = carrier
            carrier.start()

    def _deliver_batches(self, webhook_id: str) -> None:
        try:
            for _ in range(_MAX_BATCHES_PER_TURN):
                if self._stopping.is_set() or not self._deliver_next(webhook_id):
                    return
        except StoreBusyError:
            _LOG.warning("webhook %s: the store is busy; it is tried again", webhook_id)
        except Exception:
            _LOG.exception("webhook %s: delivering failed; it is tried again", webhook_id)
        finally:
            with self._lock:
                del self._delivery_threads[webhook_id]

    def _deliver_next(self, webhook_id: str) -> bool:
        """Deliver one parcel; return whether to go on with the next."""
        lease = secrets.token_hex(8)
        parcel = webhook_outbox.lease_next_batch(self._store, webhook_id, lease, time.time())
        if parcel is None:
            return False
        attempt = delivery.deliver(self._pool, parcel)
        with self._lock:
            if self._is_closed:  # the store may be closed already
                return False
            webhook_outbox.record_attempt(self._store, parcel, attempt)
        if attempt.error is not None:
            _LOG.warning("webhook %s was not delivered: %s", webhook_id, attempt.error)
        return attempt.error is None
