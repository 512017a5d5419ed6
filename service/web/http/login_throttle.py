"""Attempts to sign in: after failures, the next one has to wait.

An attempt counts as failed until it has succeeded, so that many at once gain nothing. All is in the
memory of one process, and bounded.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

_MAX_KEYS_REMEMBERED: Final = 10_000
"""Names, and addresses, that are kept in mind; the one that failed longest ago makes room."""
_FORGET_AFTER_SECONDS: Final = 3600.0
"""Seconds without a failure after which all is forgiven."""
_IPV6_PREFIX_BITS: Final = 64
"""Bits of an IPv6 address that a site can't choose by itself."""


@dataclass(slots=True)
class _FailureRecord:
    failures: int
    last_failure_at: float


class FailureCounter:
    """Failures by key; after the first few, the wait doubles with each."""

    def __init__(self, free_failures: int, max_wait_seconds: float) -> None:
        self._free_failures = free_failures
        self._max_wait_seconds = max_wait_seconds
        self._records: OrderedDict[str, _FailureRecord] = OrderedDict()

    def wait_seconds(self, key: str, now: float) -> float:
        record = self._current_record(key, now)
        if record is None or record.failures < self._free_failures:
            return 0.0
        exponent = min(record.failures - self._free_failures, 20)
        return max(record.last_failure_at + min(2.0**exponent, self._max_wait_seconds) - now, 0.0)

    def record_failure(self, key: str, now: float) -> None:
        record = self._current_record(key, now)
        self._records[key] = _FailureRecord(record.failures + 1 if record else 1, now)
        self._records.move_to_end(key)
        if len(self._records) > _MAX_KEYS_REMEMBERED:
            self._records.popitem(last=False)

    def undo_failure(self, key: str) -> None:
        if record := self._records.get(key):
            record.failures -= 1

    def reset(self, key: str) -> None:
        self._records.pop(key, None)

    def _current_record(self, key: str, now: float) -> _FailureRecord | None:
        record = self._records.get(key)
        return record if record and now - record.last_failure_at < _FORGET_AFTER_SECONDS else None


class LoginThrottle:
    """Says how long the next attempt has to wait.

    By name the wait is short, or guessing from many addresses would keep somebody out for good;
    and it does not touch an address from where that name has signed in before.

    Parameters
    ----------
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._by_name = FailureCounter(free_failures=5, max_wait_seconds=60.0)
        self._by_network = FailureCounter(free_failures=20, max_wait_seconds=300.0)
        self._known_logins: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin_attempt(self, name: str, address: str) -> float:
        """Return the seconds to wait; at 0 the attempt may be made, and counts."""
        site, now = _client_network(address), self._clock()
        with self._lock:
            by_name = (
                0.0 if (name, site) in self._known_logins else self._by_name.wait_seconds(name, now)
            )
            wait = max(by_name, self._by_network.wait_seconds(site, now))
            if not wait:
                self._by_name.record_failure(name, now)
                self._by_network.record_failure(site, now)
            return wait

    def record_success(self, name: str, address: str) -> None:
        """Take note that the attempt just made was the right one."""
        site = _client_network(address)
        with self._lock:
            self._by_name.reset(name)
            self._by_network.undo_failure(site)
            self._known_logins[name, site] = None
            self._known_logins.move_to_end((name, site))
            if len(self._known_logins) > _MAX_KEYS_REMEMBERED:
                self._known_logins.popitem(last=False)


def _client_network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((int(found), _IPV6_PREFIX_BITS), strict=False))
