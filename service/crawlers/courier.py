"""The thread that carries items from the spool to the service, a batch at a time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any, Final

from service.crawlers.items import identities
from service.crawlers.post import AwayError, Post, TooLargeError
from service.crawlers.spool import Line, Spool

_LOG: Final = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 15.0
_LARGEST_BODY: Final = 16 << 20
_MOST_FAILURES: Final = 5
"""An article that the service fails on so often is set aside, for others wait behind it."""

Answer = dict[str, Any]


class Courier:
    """Carries what is in the spool to the service, in order, until it is closed.

    Parameters
    ----------
    spool : Spool
    post : Post
    batch_size : int
    batch_wait : float
        Seconds that a batch stays open for more.
    """

    def __init__(self, spool: Spool, post: Post, batch_size: int, batch_wait: float) -> None:
        self.counts: Counter[str] = Counter()
        self.closed: Future[int] = Future()
        """How many lines are left in the spool at the end."""
        self._spool, self._post = spool, post
        self._batch_size, self._batch_wait = batch_size, batch_wait
        self._limit = batch_size
        self._changed = Condition()
        self._expected: dict[int, Future[Answer | None]] = {}
        self._waiting = len(spool)
        self._due = time.monotonic()
        self._pause = 0.0
        self._deadline: float | None = None
        Thread(target=self._run, name="storyfold", daemon=True).start()

    def hand_in(self, line: bytes) -> Future[Answer | None]:
        """Spool a line; return its answer to come.

        Returns
        -------
        Future
            None where there will be none for now: the service is away, or refused the line. The
            line is on disk either way.
        """
        answer: Future[Answer | None] = Future()
        with self._changed:
            number = self._spool.add(line)
            if self._pause:
                answer.set_result(None)
            else:
                self._expected[number] = answer
                if not self._waiting:
                    self._due = time.monotonic() + self._batch_wait
            self._waiting += 1
            self._changed.notify()
        return answer

    def close(self, seconds: float) -> Future[int]:
        """Deliver what is left for at most so long, and end."""
        with self._changed:
            self._deadline = time.monotonic() + seconds
            self._due = min(self._due, time.monotonic() + self._pause)
            self._changed.notify()
        return self.closed

    def _run(self) -> None:
        try:
            while self._await_batch():
                self._carry()
        except BaseException:
            _LOG.exception("storyfold: the pipeline stopped; what is in the spool stays there")
            raise
        finally:
            self._end()

    def _await_batch(self) -> bool:
        """Wait until a batch is to be sent; False at the end."""
        with self._changed:
            while True:
                now = time.monotonic()
                if self._deadline is not None and (not self._waiting or now >= self._deadline):
                    return False
                if self._waiting and (self._due <= now or self._is_full()):
                    return True
                until = [self._due] if self._waiting else []
                until += [] if self._deadline is None else [self._deadline]
                self._changed.wait(min(until) - now if until else None)

    def _is_full(self) -> bool:
        return not self._pause and (self._waiting >= self._batch_size or self._deadline is not None)

    def _carry(self) -> None:
        batch = self._next_batch()
        answers: list[Answer] = []
        try:
            for answer in self._post.send([line.content for line in batch]):
                answers.append(answer)  # noqa: PERF402  those that came count, whatever follows
        except AwayError as error:
            self._settle(batch, answers)
            self._away(str(error))
        except TooLargeError:
            self._divide(batch)
        else:
            self._settle(batch, answers)
            failed = [answer for answer in answers if _is_passing(answer)]
            if failed:
                self._away(_described(failed[0]))
            else:
                self._back()

    def _next_batch(self) -> list[Line]:
        size, batch = 0, list[Line]()
        for line in self._spool.oldest(self._limit, identities):
            size += len(line.content)
            if batch and size > _LARGEST_BODY:
                break
            batch.append(line)
        return batch

    def _divide(self, batch: Sequence[Line]) -> None:
        if len(batch) > 1:
            self._limit = len(batch) // 2
        else:
            too_large = {"status": 413, "detail": "larger than the service reads"}
            self._settle(batch, [too_large])
            self._back()

    def _settle(self, batch: Sequence[Line], answers: Sequence[Answer]) -> None:
        delivered: list[int] = []
        refused: list[tuple[int, str]] = []
        failed: list[int] = []
        for line, answer in zip(batch, answers, strict=False):
            if "article_id" in answer:
                self.counts[f"outcome/{answer['outcome']}"] += 1
                delivered.append(line.number)
            elif not _is_passing(answer) or line.failures + 1 >= _MOST_FAILURES:
                self.counts["refused"] += 1
                _LOG.error("storyfold refused an item: %s", _described(answer))
                refused.append((line.number, _described(answer)))
            elif answer["status"] != 503:
                failed.append(line.number)
        self._spool.settle(delivered, refused, failed)
        self._tell(batch, answers, len(delivered) + len(refused))

    def _tell(self, batch: Sequence[Line], answers: Sequence[Answer], gone: int) -> None:
        with self._changed:
            self._waiting -= gone
            told = [
                (self._expected.pop(line.number, None), answer if "article_id" in answer else None)
                for line, answer in zip(batch, answers, strict=False)
            ]
        for expected, answer in told:
            if expected is not None:
                expected.set_result(answer)

    def _away(self, reason: str) -> None:
        with self._changed:
            if not self._pause:
                _LOG.warning("storyfold is away, items wait in the spool: %s", reason)
            self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._due = time.monotonic() + self._pause
        self._release()

    def _back(self) -> None:
        with self._changed:
            if self._pause:
                _LOG.info("storyfold is back, %d items to deliver", self._waiting)
            self._pause = 0.0
            self._limit = self._batch_size
            self._due = time.monotonic()  # what came meanwhile has waited for this batch

    def _release(self) -> None:
        """Let all go that wait for an answer; they are in the spool."""
        with self._changed:
            released, self._expected = self._expected, {}
        for expected in released.values():
            expected.set_result(None)

    def _end(self) -> None:
        with self._changed:
            self._pause = self._pause or _FIRST_PAUSE  # whoever comes now is not to wait
        self._release()
        left = self._waiting
        self._post.close()
        self._spool.close()
        if left:
            _LOG.warning("storyfold: %d items stay in the spool for the next start", left)
        self.closed.set_result(left)


def _is_passing(answer: Answer) -> bool:
    """Whether a line was turned away for a reason that may pass."""
    return "article_id" not in answer and answer["status"] >= 500


def _described(answer: Answer) -> str:
    faults = "; ".join(f"{it['field']}: {it['message']}" for it in answer.get("errors", ()))
    return f"{answer['status']} {answer.get('detail', '')}" + (f" ({faults})" if faults else "")
