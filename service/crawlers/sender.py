"""The thread that carries items from the spool to the service, a batch at a time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any, Final

from service.crawlers.client import ServiceUnavailableError, StoryfoldClient, TooLargeError
from service.crawlers.items import article_identities
from service.crawlers.spool import Spool, SpoolEntry

_LOG: Final = logging.getLogger(__name__)

_MIN_RETRY_SECONDS: Final = 0.2
_MAX_RETRY_SECONDS: Final = 15.0
_MAX_BODY_BYTES: Final = 16 << 20
_MAX_FAILURES: Final = 5
"""An article that the service fails on so often is set aside, for others wait behind it."""

ServiceAnswer = dict[str, Any]


class BatchSender:
    """Carries what is in the spool to the service, in order, until it is closed.

    Parameters
    ----------
    spool : Spool
    client : StoryfoldClient
    batch_size : int
    batch_wait : float
        Seconds that a batch stays open for more.
    """

    def __init__(
        self, spool: Spool, client: StoryfoldClient, batch_size: int, batch_wait: float
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.closed: Future[int] = Future()
        """How many lines are left in the spool at the end."""
        self._spool, self._client = spool, client
        self._batch_size, self._batch_wait = batch_size, batch_wait
        self._current_batch_size = batch_size
        self._condition = Condition()
        self._pending_answers: dict[int, Future[ServiceAnswer | None]] = {}
        self._queued_count = len(spool)
        self._send_at = time.monotonic()
        self._retry_delay = 0.0
        self._deadline: float | None = None
        Thread(target=self._run, name="storyfold", daemon=True).start()

    def enqueue(self, line: bytes) -> Future[ServiceAnswer | None]:
        """Spool a line; return its answer to come.

        Returns
        -------
        Future
            None where there will be none for now: the service is away, or refused the line. The
            line is on disk either way.
        """
        answer: Future[ServiceAnswer | None] = Future()
        with self._condition:
            number = self._spool.add(line)
            if self._retry_delay:
                answer.set_result(None)
            else:
                self._pending_answers[number] = answer
                if not self._queued_count:
                    self._send_at = time.monotonic() + self._batch_wait
            self._queued_count += 1
            self._condition.notify()
        return answer

    def close(self, timeout: float) -> Future[int]:
        """Deliver what is left for at most so long, and end."""
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
            _LOG.exception("storyfold: the pipeline stopped; what is in the spool stays there")
            raise
        finally:
            self._shut_down()

    def _wait_for_batch(self) -> bool:
        """Wait until a batch is to be sent; False at the end."""
        with self._condition:
            while True:
                now = time.monotonic()
                if self._deadline is not None and (not self._queued_count or now >= self._deadline):
                    return False
                if self._queued_count and (self._send_at <= now or self._is_full()):
                    return True
                until = [self._send_at] if self._queued_count else []
                until += [] if self._deadline is None else [self._deadline]
                self._condition.wait(min(until) - now if until else None)

    def _is_full(self) -> bool:
        return not self._retry_delay and (
            self._queued_count >= self._batch_size or self._deadline is not None
        )

    def _send_batch(self) -> None:
        batch = self._next_batch()
        answers: list[ServiceAnswer] = []
        try:
            for answer in self._client.send([line.content for line in batch]):
                answers.append(answer)  # noqa: PERF402  those that came count, whatever follows
        except ServiceUnavailableError as error:
            self._record_answers(batch, answers)
            self._mark_unavailable(str(error))
        except TooLargeError:
            self._shrink_batch(batch)
        else:
            self._record_answers(batch, answers)
            failed = [answer for answer in answers if _is_transient_error(answer)]
            if failed:
                self._mark_unavailable(_describe_answer(failed[0]))
            else:
                self._mark_available()

    def _next_batch(self) -> list[SpoolEntry]:
        size, batch = 0, list[SpoolEntry]()
        for line in self._spool.oldest(self._current_batch_size, article_identities):
            size += len(line.content)
            if batch and size > _MAX_BODY_BYTES:
                break
            batch.append(line)
        return batch

    def _shrink_batch(self, batch: Sequence[SpoolEntry]) -> None:
        if len(batch) > 1:
            self._current_batch_size = len(batch) // 2
        else:
            too_large = {"status": 413, "detail": "larger than the service reads"}
            self._record_answers(batch, [too_large])
            self._mark_available()

    def _record_answers(
        self, batch: Sequence[SpoolEntry], answers: Sequence[ServiceAnswer]
    ) -> None:
        delivered: list[int] = []
        refused: list[tuple[int, str]] = []
        failed: list[int] = []
        for line, answer in zip(batch, answers, strict=False):
            if "article_id" in answer:
                self.counts[f"outcome/{answer['outcome']}"] += 1
                delivered.append(line.number)
            elif not _is_transient_error(answer) or line.failures + 1 >= _MAX_FAILURES:
                self.counts["refused"] += 1
                _LOG.error("storyfold refused an item: %s", _describe_answer(answer))
                refused.append((line.number, _describe_answer(answer)))
            elif answer["status"] != 503:
                failed.append(line.number)
        self._spool.record_outcomes(delivered, refused, failed)
        self._resolve_answers(batch, answers, len(delivered) + len(refused))

    def _resolve_answers(
        self, batch: Sequence[SpoolEntry], answers: Sequence[ServiceAnswer], removed_count: int
    ) -> None:
        with self._condition:
            self._queued_count -= removed_count
            told = [
                (
                    self._pending_answers.pop(line.number, None),
                    answer if "article_id" in answer else None,
                )
                for line, answer in zip(batch, answers, strict=False)
            ]
        for expected, answer in told:
            if expected is not None:
                expected.set_result(answer)

    def _mark_unavailable(self, reason: str) -> None:
        with self._condition:
            if not self._retry_delay:
                _LOG.warning("storyfold is away, items wait in the spool: %s", reason)
            self._retry_delay = min(
                max(2 * self._retry_delay, _MIN_RETRY_SECONDS), _MAX_RETRY_SECONDS
            )
            self._send_at = time.monotonic() + self._retry_delay
        self._release_waiters()

    def _mark_available(self) -> None:
        with self._condition:
            if self._retry_delay:
                _LOG.info("storyfold is back, %d items to deliver", self._queued_count)
            self._retry_delay = 0.0
            self._current_batch_size = self._batch_size
            self._send_at = time.monotonic()  # what came meanwhile has waited for this batch

    def _release_waiters(self) -> None:
        """Let all go that wait for an answer; they are in the spool."""
        with self._condition:
            released, self._pending_answers = self._pending_answers, {}
        for expected in released.values():
            expected.set_result(None)

    def _shut_down(self) -> None:
        with self._condition:
            self._retry_delay = (
                self._retry_delay or _MIN_RETRY_SECONDS
            )  # whoever comes now is not to wait
        self._release_waiters()
        left = self._queued_count
        self._client.close()
        self._spool.close()
        if left:
            _LOG.warning("storyfold: %d items stay in the spool for the next start", left)
        self.closed.set_result(left)


def _is_transient_error(answer: ServiceAnswer) -> bool:
    """Whether a line was turned away for a reason that may pass."""
    return "article_id" not in answer and answer["status"] >= 500


def _describe_answer(answer: ServiceAnswer) -> str:
    faults = "; ".join(f"{it['field']}: {it['message']}" for it in answer.get("errors", ()))
    return f"{answer['status']} {answer.get('detail', '')}" + (f" ({faults})" if faults else "")
