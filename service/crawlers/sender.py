"""Background thread that sends items from the spool to the service, in batches."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any, Final

from service.crawlers.client import BatchClient, ServiceUnavailableError, TooLargeError
from service.crawlers.items import article_identities
from service.crawlers.spool import Spool, SpoolEntry

_LOG: Final = logging.getLogger(__name__)

_MIN_RETRY_SECONDS: Final = 0.2
_MAX_RETRY_SECONDS: Final = 15.0
"""Longest pause between attempts while the service is unavailable; the pauses double up to it.
Hand-written, since a crawler's environment need not contain tenacity."""
_MAX_BODY_BYTES: Final = 16 << 20
"""Largest batch; a single larger item is sent alone."""
_MAX_FAILURES: Final = 5
"""Attempts after which an item on which the service fails is set aside, since others wait behind
it."""

ServiceResult = dict[str, Any]
"""The result of one item as the service returns it: an assignment or a problem."""


class BatchSender:
    """Sends the lines of the spool to the service, in order, until it is closed.

    Parameters
    ----------
    spool : Spool
    client : BatchClient
    batch_size : int
        Maximum number of lines in a batch.
    batch_wait : float
        Seconds that a batch waits for more lines.
    """

    def __init__(
        self, spool: Spool, client: BatchClient, batch_size: int, batch_wait: float
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.closed: Future[int] = Future()
        """Number of lines left in the spool at the end."""
        self._spool, self._client = spool, client
        self._batch_size, self._batch_wait = batch_size, batch_wait
        self._current_batch_size = batch_size
        self._condition = Condition()
        self._pending_results: dict[int, Future[ServiceResult | None]] = {}
        self._queued_count = len(spool)
        self._send_at = time.monotonic()
        self._retry_delay = 0.0
        self._deadline: float | None = None
        Thread(target=self._run, name="storyfold", daemon=True).start()

    def enqueue(self, line: bytes) -> Future[ServiceResult | None]:
        """Add a line to the spool; return its future result.

        Returns
        -------
        Future
            Resolves to None if there is no result for now: the service is unavailable or refused
            the line. The line is on disk in any case.
        """
        result: Future[ServiceResult | None] = Future()
        with self._condition:
            number = self._spool.add(line)
            if self._retry_delay:
                result.set_result(None)
            else:
                self._pending_results[number] = result
                if not self._queued_count:
                    self._send_at = time.monotonic() + self._batch_wait
            self._queued_count += 1
            self._condition.notify()
        return result

    def close(self, timeout: float) -> Future[int]:
        """Deliver the queued lines for at most `timeout` seconds, then stop."""
        with self._condition:
            self._deadline = time.monotonic() + timeout
            self._send_at = min(self._send_at, time.monotonic() + self._retry_delay)
            self._condition.notify()
        return self.closed

    def _run(self) -> None:
        try:
            while self._wait_for_batch():
                self._send_batch()
        except BaseException:
            _LOG.exception("storyfold: the pipeline stopped; undelivered items stay in the spool")
            raise
        finally:
            self._shut_down()

    def _wait_for_batch(self) -> bool:
        """Wait until a batch is due; return False when the sender must stop."""
        with self._condition:
            while True:
                now = time.monotonic()
                if self._deadline is not None and (not self._queued_count or now >= self._deadline):
                    return False
                if self._queued_count and (self._send_at <= now or self._is_batch_full()):
                    return True
                wake_times = [self._send_at] if self._queued_count else []
                wake_times += [] if self._deadline is None else [self._deadline]
                self._condition.wait(min(wake_times) - now if wake_times else None)

    def _is_batch_full(self) -> bool:
        return not self._retry_delay and (
            self._queued_count >= self._batch_size or self._deadline is not None
        )

    def _send_batch(self) -> None:
        batch = self._next_batch()
        results: list[ServiceResult] = []
        try:
            for result in self._client.send([entry.content for entry in batch]):
                results.append(result)  # noqa: PERF402  results before an error must be kept
        except ServiceUnavailableError as error:
            self._record_results(batch, results)
            self._mark_unavailable(str(error))
        except TooLargeError:
            self._shrink_batch(batch)
        else:
            self._record_results(batch, results)
            failed = [result for result in results if _is_transient_error(result)]
            if failed:
                self._mark_unavailable(_describe_result(failed[0]))
            else:
                self._mark_available()

    def _next_batch(self) -> list[SpoolEntry]:
        size, batch = 0, list[SpoolEntry]()
        for entry in self._spool.oldest(self._current_batch_size, article_identities):
            size += len(entry.content)
            if batch and size > _MAX_BODY_BYTES:
                break
            batch.append(entry)
        return batch

    def _shrink_batch(self, batch: Sequence[SpoolEntry]) -> None:
        if len(batch) > 1:
            self._current_batch_size = len(batch) // 2
        else:
            too_large = {"status": 413, "detail": "larger than the service accepts"}
            self._record_results(batch, [too_large])
            self._mark_available()

    def _record_results(
        self, batch: Sequence[SpoolEntry], results: Sequence[ServiceResult]
    ) -> None:
        delivered: list[int] = []
        refused: list[tuple[int, str]] = []
        failed: list[int] = []
        for entry, result in zip(batch, results, strict=False):
            if "article_id" in result:
                self.counts[f"outcome/{result['outcome']}"] += 1
                delivered.append(entry.number)
            elif not _is_transient_error(result) or entry.failures + 1 >= _MAX_FAILURES:
                self.counts["refused"] += 1
                _LOG.error("storyfold refused an item: %s", _describe_result(result))
                refused.append((entry.number, _describe_result(result)))
            elif result["status"] != 503:
                failed.append(entry.number)
        self._spool.record_outcomes(delivered, refused, failed)
        self._resolve_results(batch, results, len(delivered) + len(refused))

    def _resolve_results(
        self, batch: Sequence[SpoolEntry], results: Sequence[ServiceResult], removed_count: int
    ) -> None:
        with self._condition:
            self._queued_count -= removed_count
            resolved = [
                (
                    self._pending_results.pop(entry.number, None),
                    result if "article_id" in result else None,
                )
                for entry, result in zip(batch, results, strict=False)
            ]
        for future, assignment in resolved:
            if future is not None:
                future.set_result(assignment)

    def _mark_unavailable(self, reason: str) -> None:
        with self._condition:
            if not self._retry_delay:
                _LOG.warning("storyfold is unavailable, items wait in the spool: %s", reason)
            self._retry_delay = min(
                max(2 * self._retry_delay, _MIN_RETRY_SECONDS), _MAX_RETRY_SECONDS
            )
            self._send_at = time.monotonic() + self._retry_delay
        self._release_waiters()

    def _mark_available(self) -> None:
        with self._condition:
            if self._retry_delay:
                _LOG.info("storyfold is available again, %d items to deliver", self._queued_count)
            self._retry_delay = 0.0
            self._current_batch_size = self._batch_size
            self._send_at = time.monotonic()  # lines queued meanwhile have waited long enough

    def _release_waiters(self) -> None:
        """Resolve all pending results to None; the lines are in the spool."""
        with self._condition:
            released, self._pending_results = self._pending_results, {}
        for future in released.values():
            future.set_result(None)

    def _shut_down(self) -> None:
        with self._condition:
            # With a delay set, lines that are queued from now on do not wait for a result.
            self._retry_delay = self._retry_delay or _MIN_RETRY_SECONDS
        self._release_waiters()
        left_count = self._queued_count
        self._client.close()
        self._spool.close()
        if left_count:
            _LOG.warning("storyfold: %d items stay in the spool for the next start", left_count)
        self.closed.set_result(left_count)


def _is_transient_error(result: ServiceResult) -> bool:
    """Whether a line was refused for a reason that may pass."""
    return "article_id" not in result and result["status"] >= 500


def _describe_result(result: ServiceResult) -> str:
    field_errors = "; ".join(
        f"{error['field']}: {error['message']}" for error in result.get("errors", ())
    )
    suffix = f" ({field_errors})" if field_errors else ""
    return f"{result['status']} {result.get('detail', '')}{suffix}"
