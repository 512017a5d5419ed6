"""When to repeat a request, and after which wait."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_REFUSED: Final = frozenset({429, 503})
"""Statuses of a service that has done nothing: any request may be repeated."""
_FAILED: Final = frozenset({500, 502, 504})
"""Statuses after which a request may have been done: only those that may be done twice are."""
_RANDOM: Final = random.SystemRandom()


@dataclass(frozen=True)
class Retries:
    """How often and how patiently a request is repeated.

    Waits double from the first to the longest, each up to a quarter shorter at random, so that
    clients that failed together do not return together. `Retry-After` of the service is honoured
    where it asks for more, up to `max_retry_after`; beyond that the call fails.
    """

    attempts: int = 6
    """Requests of one call, the first included."""
    first_wait: float = 0.5
    longest_wait: float = 30.0
    max_retry_after: float = 120.0

    def wait_after_status(
        self, attempt: int, status: int, retry_after: str | None, is_repeatable: bool
    ) -> float | None:
        """Return the seconds to wait after an answer; None if the call is to fail.

        Parameters
        ----------
        attempt : int
            Number of the request, from 1.
        status : int
        retry_after : str or None
            The header.
        is_repeatable : bool
            Whether the request has the same effect if it is done twice.
        """
        if status not in _REFUSED and not (status in _FAILED and is_repeatable):
            return None
        asked = parse_retry_after(retry_after)
        if asked > self.max_retry_after or attempt >= self.attempts:
            return None
        return max(asked, self._back_off(attempt))

    def wait_after_failure(self, attempt: int, is_repeatable: bool, was_sent: bool) -> float | None:
        """Return the seconds to wait after a lost connection; None if the call is to fail."""
        may_repeat = is_repeatable or not was_sent
        return self._back_off(attempt) if may_repeat and attempt < self.attempts else None

    def _back_off(self, attempt: int) -> float:
        wait = min(self.first_wait * 2.0 ** (attempt - 1), self.longest_wait)
        return wait * _RANDOM.uniform(0.75, 1.0)


def parse_retry_after(value: str | None) -> float:
    """Return the seconds of a `Retry-After` header: a number or a date; 0 where it is neither."""
    if not value:
        return 0.0
    if value.isascii() and value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
