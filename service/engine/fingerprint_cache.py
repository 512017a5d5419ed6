"""Packed fingerprints by article key: read from the store, and kept in a bounded cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cachetools import LRUCache
from sqlalchemy import Connection, bindparam, select

from service.store import bulk
from service.store.schema import features

_MAX_BYTES: Final = 64 << 20
"""Bytes of the cached fingerprints: some ten thousand articles, without their database queries."""
_FINGERPRINT_QUERY: Final = select(features.c.key, features.c.fingerprint).where(
    features.c.key.in_(bindparam("keys", expanding=True))
)


class FingerprintCache:
    """Looks up fingerprints by article key; used by one writer at a time.

    Parameters
    ----------
    max_bytes : int
        Bytes of the fingerprints that are kept; those used least recently are dropped first.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._recent: LRUCache[int, bytes] = LRUCache(max_bytes, getsizeof=len)
        # Those of the current transaction are not in the store before its end, so all are kept.
        self._pending: dict[int, bytes] = {}
        self._connection: Connection | None = None

    def begin(self, connection: Connection) -> None:
        """Read from a transaction from now on.

        Parameters
        ----------
        connection : Connection
        """
        self._connection = connection

    def end(self, *, commit: bool) -> None:
        """End the use of the transaction.

        Parameters
        ----------
        commit : bool
            Whether the fingerprints that were added in the transaction are kept.
        """
        self._connection = None
        if commit:
            for key, fingerprint in self._pending.items():
                self._put(key, fingerprint)
        self._pending.clear()

    def add(self, key: int, fingerprint: bytes) -> None:
        """Add a fingerprint that the transaction is about to store."""
        self._recent.pop(key, None)
        self._pending[key] = fingerprint

    def clear(self) -> None:
        """Drop everything."""
        self._recent.clear()
        self._pending.clear()

    def __call__(self, keys: Sequence[int]) -> Mapping[int, bytes]:
        """Return the fingerprints of articles; those that are not stored are left out."""
        fingerprint_of: dict[int, bytes] = {}
        missing: list[int] = []
        for key in keys:
            fingerprint = self._pending.get(key) or self._recent.get(key)
            if fingerprint is None:
                missing.append(key)
            else:
                fingerprint_of[key] = fingerprint
        fingerprint_of.update(self._fetch(missing))
        return fingerprint_of

    def _fetch(self, keys: list[int]) -> dict[int, bytes]:
        if not keys:
            return {}
        if self._connection is None:
            raise RuntimeError("fingerprints can be read inside a transaction only")
        fingerprint_of: dict[int, bytes] = {}
        for chunk in bulk.chunked(keys):
            for key, fingerprint in self._connection.execute(_FINGERPRINT_QUERY, {"keys": chunk}):
                fingerprint_of[key] = fingerprint
                self._put(key, fingerprint)
        return fingerprint_of

    def _put(self, key: int, fingerprint: bytes) -> None:
        if len(fingerprint) <= self._recent.maxsize:
            self._recent[key] = fingerprint
