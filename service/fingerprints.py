"""Fingerprints for the index to verify candidates by, out of the store and a bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from service.store import rows
from service.store.tables import features

_MEMORY_BYTES: Final = 64 << 20
_QUERY: Final = select(features.c.key, features.c.fingerprint).where(
    features.c.key.in_(bindparam("keys", expanding=True))
)


class Fingerprints:
    """Looks fingerprints up by article key; used by one writer at a time."""

    def __init__(self, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        self._size = 0
        # Those of this transaction are not in the store before its end, so none may fall out.
        self._written: dict[int, bytes] = {}
        self._transaction: Connection | None = None

    def enter(self, transaction: Connection) -> None:
        """Read from this transaction from now on."""
        self._transaction = transaction

    def leave(self, *, keep: bool) -> None:
        """Forget the transaction, and what was written in it unless it is to be kept."""
        self._transaction = None
        if keep:
            for key, blob in self._written.items():
                self._remember(key, blob)
        self._written.clear()

    def write(self, key: int, blob: bytes) -> None:
        """Take note of a fingerprint that is about to be stored."""
        self._forget(key)
        self._written[key] = blob

    def clear(self) -> None:
        """Forget everything."""
        self._recent.clear()
        self._written.clear()
        self._size = 0

    def __call__(self, keys: Sequence[int]) -> Mapping[int, bytes]:
        """Return the fingerprints of articles; one that is not stored is left out."""
        found: dict[int, bytes] = {}
        missing: list[int] = []
        for key in keys:
            blob = self._written.get(key) or self._recall(key)
            if blob is None:
                missing.append(key)
            else:
                found[key] = blob
        found.update(self._read(missing))
        return found

    def _read(self, keys: list[int]) -> dict[int, bytes]:
        if not keys:
            return {}
        if self._transaction is None:
            raise RuntimeError("fingerprints are read inside a transaction")
        found: dict[int, bytes] = {}
        for some in rows.in_steps(keys):
            for key, blob in self._transaction.execute(_QUERY, {"keys": some}):
                found[key] = blob
                self._remember(key, blob)
        return found

    def _recall(self, key: int) -> bytes | None:
        blob = self._recent.get(key)
        if blob is not None:
            self._recent.move_to_end(key)
        return blob

    def _remember(self, key: int, blob: bytes) -> None:
        self._forget(key)
        self._recent[key] = blob
        self._size += len(blob)
        while self._size > self._memory_bytes:
            _, oldest = self._recent.popitem(last=False)
            self._size -= len(oldest)

    def _forget(self, key: int) -> None:
        self._size -= len(self._recent.pop(key, b""))
