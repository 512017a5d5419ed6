"""The webhook dispatcher: polls the change log and delivers new changes to subscribers."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Collection
from typing import Final

from service.common import outbound
from service.store import Store, StoreUnavailableError, webhook_outbox
from service.webhooks import delivery

_LOG: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.5
"""Seconds between two polls of the change log."""
_MAX_CONCURRENT_DELIVERIES: Final = 4
"""Subscribers served at the same time, so that a slow one does not hold up the others."""
_MAX_BATCHES_PER_THREAD: Final = 20
"""Batches delivered to one subscriber before its thread ends, so that others are served."""


class WebhookDispatcher:
    """Delivers changes in background threads.

    Each process has one; leases in the store keep them from delivering the same batch.

    Parameters
    ----------
    store : Store
        Must stay open until the dispatcher is closed; the caller closes it.
    trusted_hosts : collection of str
        Hosts, in lower case, that may be in a private network.
    """

    def __init__(self, store: Store, trusted_hosts: Collection[str] = ()) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._pool = outbound.guarded_pool(trusted_hosts, maxsize=_MAX_CONCURRENT_DELIVERIES)
        self._poll_thread = threading.Thread(
            target=self._poll, name="webhook-dispatcher", daemon=True
        )
        self._delivery_threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def start(self) -> None:
        """Start polling."""
        self._poll_thread.start()

    def stop(self) -> None:
        """Start no new deliveries."""
        self._stopping.set()

    def close(self, timeout: float = 1.0) -> None:
        """Stop, and wait for running deliveries.

        A batch without a response by then is delivered again after the next start, under the same
        message id.

        Parameters
        ----------
        timeout : float
            Seconds to wait at most.
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
            except StoreUnavailableError as error:
                _LOG.warning("webhooks wait: %s; it will be tried again", error)
            except Exception:
                _LOG.exception("polling for webhook deliveries failed; it will be tried again")

    def _dispatch_due(self) -> None:
        with self._store.reading() as connection:
            due_ids = webhook_outbox.list_due(connection, time.time())
        for webhook_id in due_ids:
            with self._lock:
                if (
                    webhook_id in self._delivery_threads
                    or len(self._delivery_threads) >= _MAX_CONCURRENT_DELIVERIES
                ):
                    continue
                thread = threading.Thread(
                    target=self._deliver_batches, args=[webhook_id], daemon=True
                )
                self._delivery_threads[webhook_id] = thread
            thread.start()

    def _deliver_batches(self, webhook_id: str) -> None:
        try:
            for _ in range(_MAX_BATCHES_PER_THREAD):
                if self._stopping.is_set() or not self._deliver_next(webhook_id):
                    return
        except StoreUnavailableError as error:
            _LOG.warning("webhook %s: %s; it will be tried again", webhook_id, error)
        except Exception:
            _LOG.exception("webhook %s: delivery failed; it will be tried again", webhook_id)
        finally:
            with self._lock:
                del self._delivery_threads[webhook_id]

    def _deliver_next(self, webhook_id: str) -> bool:
        """Deliver one batch; return whether to go on with the next."""
        lease = secrets.token_hex(8)
        batch = webhook_outbox.lease_next_batch(self._store, webhook_id, lease, time.time())
        if batch is None:
            return False
        attempt = delivery.deliver(self._pool, batch)
        with self._lock:
            if self._is_closed:  # the store may be closed already
                return False
            webhook_outbox.record_attempt(self._store, batch, attempt)
        if attempt.error is not None:
            _LOG.warning("webhook %s was not delivered: %s", webhook_id, attempt.error)
        return attempt.error is None
