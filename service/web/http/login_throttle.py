"""Throttling of login attempts: after failures, the next attempt has to wait.

An attempt counts as failed until it succeeds, so that many attempts at once gain nothing. The
records are kept in the memory of one process; their number and age are bounded.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from cachetools import LRUCache, TTLCache

MAX_RECORDS: Final = 10_000
"""Names, and networks, with a record; the one used least recently makes room for a new one."""
_FORGET_AFTER_SECONDS: Final = 3600.0
"""Seconds after its last failure until a record expires."""
_MAX_DOUBLINGS: Final = 20
"""Keeps the power of two small; the wait reaches its maximum much earlier."""
_IPV6_PREFIX_BITS: Final = 64
"""Bits of an IPv6 address that identify a site: it chooses the other bits itself."""


@dataclass(slots=True)
class _FailureRecord:
    failures: int
    last_failure_at: float


class FailureCounter:
    """Failures by key; after the first few, the wait doubles with each failure.

    Parameters
    ----------
    free_failures : int
        Failures without any wait.
    max_wait_seconds : float
    clock : callable
        Seconds, never decreasing.
    max_records : int
        Keys with a record.
    """

    def __init__(
        self,
        free_failures: int,
        max_wait_seconds: float,
        clock: Callable[[], float],
        max_records: int = MAX_RECORDS,
    ) -> None:
        self._free_failures = free_failures
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._records: TTLCache[str, _FailureRecord] = TTLCache(
            max_records, _FORGET_AFTER_SECONDS, timer=clock
        )

    def wait_seconds(self, key: str) -> float:
        """Return the seconds until the next attempt is allowed."""
        record = self._records.get(key)
        if record is None or record.failures < self._free_failures:
            return 0.0
        doublings = min(record.failures - self._free_failures, _MAX_DOUBLINGS)
        wait = min(2.0**doublings, self._max_wait_seconds)
        return max(record.last_failure_at + wait - self._clock(), 0.0)

    def record_failure(self, key: str) -> None:
        """Count a failure."""
        record = self._records.get(key)
        failures = record.failures + 1 if record else 1
        self._records[key] = _FailureRecord(failures, self._clock())

    def undo_failure(self, key: str) -> None:
        """Subtract a failure, without extending the life of the record."""
        if record := self._records.get(key):
            record.failures -= 1

    def reset(self, key: str) -> None:
        """Forget all failures of a key."""
        self._records.pop(key, None)


class LoginThrottle:
    """Decides how long the next login attempt has to wait.

    The wait by name is short: otherwise, guessing from many addresses would lock a user out for
    good. It does not apply to a network from which this name has logged in before.

    Parameters
    ----------
    clock : callable
        Seconds, never decreasing.
    max_records : int
        Names, networks and pairs of both that are remembered.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, max_records: int = MAX_RECORDS
    ) -> None:
        self._lock = Lock()
        self._by_name = FailureCounter(5, 60.0, clock, max_records)
        self._by_network = FailureCounter(20, 300.0, clock, max_records)
        self._known_logins: LRUCache[tuple[str, str], bool] = LRUCache(max_records)

    def begin_attempt(self, name: str, address: str) -> float:
        """Begin an attempt if it need not wait.

        Parameters
        ----------
        name : str
        address : str
            IP address of the client.

        Returns
        -------
        float
            Seconds to wait. At 0, the attempt may be made, and counts as failed for now.
        """
        network = _client_network(address)
        with self._lock:
            is_known = (name, network) in self._known_logins
            name_wait = 0.0 if is_known else self._by_name.wait_seconds(name)
            wait = max(name_wait, self._by_network.wait_seconds(network))
            if not wait:
                self._by_name.record_failure(name)
                self._by_network.record_failure(network)
            return wait

    def record_success(self, name: str, address: str) -> None:
        """Record that the attempt just begun has succeeded."""
        network = _client_network(address)
        with self._lock:
            self._by_name.reset(name)
            self._by_network.undo_failure(network)
            self._known_logins[name, network] = True


def _client_network(address: str) -> str:
    try:
        ip_address = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip_address.version == 4:
        return address
    return str(ipaddress.ip_network((int(ip_address), _IPV6_PREFIX_BITS), strict=False))
