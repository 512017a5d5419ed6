"""Fingerprints for the index to verify candidates by, out of the store and a bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from service.store import bulk
from service.store.schema import features

_MAX_BYTES: Final = 64 << 20
_FINGERPRINT_QUERY: Final = select(features.c.key, features.c.fingerprint).where(
    features.c.key.in_(bindparam("keys", expanding=True))
)


class FingerprintCache:
    """Looks fingerprints up by article key; used by one writer at a time."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        self._size_bytes = 0
        # Those of this transaction are not in the store before its end, so none may fall out.
        self._pending: dict[int, bytes] = {}
        self._connection: Connection | None = None

    def begin(self, connection: Connection) -> None:
        """Read from this transaction from now on."""
        self._connection = connection

    def end(self, *, commit: bool) -> None:
        """Forget the transaction, and what was written in it unless it is to be kept."""
        self._connection = None
        if commit:
            for key, blob in self._pending.items():
                self._put_cached(key, blob)
        self._pending.clear()

    def add(self, key: int, blob: bytes) -> None:
        """Take note of a fingerprint that is about to be stored."""
        self._evict(key)
        self._pending[key] = blob

    def clear(self) -> None:
        """Forget everything."""
        self._recent.clear()
        self._pending.clear()
        self._size_bytes = 0

    def __call__(self, keys: Sequence[int]) -> Mapping[int, bytes]:
        """Return the fingerprints of articles; one that is not stored is left out."""
        found: dict[int, bytes] = {}
        missing: list[int] = []
        for key in keys:
            blob = self._pending.get(key) or self._get_cached(key)
            if blob is None:
                missing.append(key)
            else:
                found[key] = blob
        found.update(self._fetch(missing))
        return found

    def _fetch(self, keys: list[int]) -> dict[int, bytes]:
        if not keys:
            return {}
        if self._connection is None:
            raise RuntimeError("fingerprints are read inside a transaction")
        found: dict[int, bytes] = {}
        for some in bulk.chunked(keys):
            for key, blob in self._connection.execute(_FINGERPRINT_QUERY, {"keys": some}):
                found[key] = blob
                self._put_cached(key, blob)
        return found

    def _get_cached(self, key: int) -> bytes | None:
        blob = self._recent.get(key)
        if blob is not None:
            self._recent.move_to_end(key)
        return blob

    def _put_cached(self, key: int, blob: bytes) -> None:
        self._evict(key)
        self._recent[key] = blob
        self._size_bytes += len(blob)
        while self._size_bytes > self._max_bytes:
            _, oldest = self._recent.popitem(last=False)
            self._size_bytes -= len(oldest)

    def _evict(self, key: int) -> None:
        self._size_bytes -= len(self._recent.pop(key, b""))
