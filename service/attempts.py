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

_REMEMBERED: Final = 10_000
"""Names, and addresses, that are kept in mind; the one that failed longest ago makes room."""
_FORGOTTEN: Final = 3600.0
"""Seconds without a failure after which all is forgiven."""
_IPV6_SITE: Final = 64
"""Bits of an IPv6 address that a site can't choose by itself."""


@dataclass(slots=True)
class _Record:
    failures: int
    last: float


class _Ledger:
    """Failures by key; after the first few, the wait doubles with each."""

    def __init__(self, free: int, longest: float) -> None:
        self._free = free
        self._longest = longest
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        record = self._current(key, now)
        if record is None or record.failures < self._free:
            return 0.0
        exponent = min(record.failures - self._free, 20)
        return max(record.last + min(2.0**exponent, self._longest) - now, 0.0)

    def fail(self, key: str, now: float) -> None:
        record = self._current(key, now)
        self._records[key] = _Record(record.failures + 1 if record else 1, now)
        self._records.move_to_end(key)
        if len(self._records) > _REMEMBERED:
            self._records.popitem(last=False)

    def take_back(self, key: str) -> None:
        if record := self._records.get(key):
            record.failures -= 1

    def forgive(self, key: str) -> None:
        self._records.pop(key, None)

    def _current(self, key: str, now: float) -> _Record | None:
        record = self._records.get(key)
        return record if record and now - record.last < _FORGOTTEN else None


class Attempts:
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
        self._names = _Ledger(free=5, longest=60.0)
        self._addresses = _Ledger(free=20, longest=300.0)
        self._familiar: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Return the seconds to wait; at 0 the attempt may be made, and counts."""
        site, now = _site(address), self._clock()
        with self._lock:
            by_name = 0.0 if (name, site) in self._familiar else self._names.wait(name, now)
            wait = max(by_name, self._addresses.wait(site, now))
            if not wait:
                self._names.fail(name, now)
                self._addresses.fail(site, now)
            return wait

    def succeeded(self, name: str, address: str) -> None:
        """Take note that the attempt just made was the right one."""
        site = _site(address)
        with self._lock:
            self._names.forgive(name)
            self._addresses.take_back(site)
            self._familiar[name, site] = None
            self._familiar.move_to_end((name, site))
            if len(self._familiar) > _REMEMBERED:
                self._familiar.popitem(last=False)


def _site(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((int(found), _IPV6_SITE), strict=False))
