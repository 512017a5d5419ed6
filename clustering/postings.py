"""Inverted lists: which articles carry a key, in a few bytes for each.

What came last lies in a dict; once that has grown, it is frozen into two sorted arrays, and arrays
of like size are merged (a log-structured merge tree), so that an entry costs eight bytes and a
look-up a handful of binary searches.

References
----------
O'Neil, P. et al. (1996). The log-structured merge-tree.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint32]
Slots = NDArray[np.uint32]

FREEZE_AT: Final = 1 << 17
"""Entries that stay in the dict: bounds both its memory and the time of one freezing."""


class Postings:
    """Keys to slots, in the order of arrival.

    Parameters
    ----------
    freeze_at : int
        Entries after which the dict is frozen into arrays.
    """

    def __init__(self, freeze_at: int = FREEZE_AT) -> None:
        self._freeze_at = freeze_at
        self._recent: dict[int, list[int]] = {}
        self._n_recent = 0
        self._frozen: list[tuple[Keys, Slots]] = []

    def __len__(self) -> int:
        return self._n_recent + sum(len(keys) for keys, _ in self._frozen)

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen arrays."""
        return sum(keys.nbytes + slots.nbytes for keys, slots in self._frozen)

    def add(self, keys: Keys, slot: int) -> None:
        """Note that the article at `slot` carries `keys`; slots come in ascending order."""
        for key in keys.tolist():
            self._recent.setdefault(key, []).append(slot)
        self._n_recent += len(keys)
        if self._n_recent >= self._freeze_at:
            self._freeze()

    def find(self, keys: Keys, most: int) -> tuple[NDArray[np.int64], Slots]:
        """Return the carriers of each key.

        Parameters
        ----------
        keys : ndarray of uint32, shape (n_keys,)
        most : int
            Carriers of one key that are looked at in each part of the index, the newest first:
            what thousands carry must not cost thousands.

        Returns
        -------
        places : ndarray of int64, shape (n_found,)
            Positions in `keys`.
        slots : ndarray of uint32, shape (n_found,)
        """
        parts = [self._find_recent(keys, most)]
        parts += [_find_frozen(frozen, keys, most) for frozen in self._frozen]
        places = np.concatenate([places for places, _ in parts])
        return places, np.concatenate([slots for _, slots in parts])

    def compact(self, alive: NDArray[np.bool_]) -> None:
        """Drop the entries of slots that are not alive."""
        self._freeze()
        self._frozen = [_keep(frozen, alive) for frozen in self._frozen]

    def _find_recent(self, keys: Keys, most: int) -> tuple[NDArray[np.int64], Slots]:
        places: list[int] = []
        slots: list[int] = []
        for place, key in enumerate(keys.tolist()):
            carriers = self._recent.get(key)
            if carriers:
                carriers = carriers[-most:]
                places += [place] * len(carriers)
                slots += carriers
        return np.array(places, dtype=np.int64), np.array(slots, dtype=np.uint32)

    def _freeze(self) -> None:
        keys = np.repeat(
            np.fromiter(self._recent.keys(), dtype=np.uint32, count=len(self._recent)),
            [len(slots) for slots in self._recent.values()],
        )
        slots = np.array([slot for slots in self._recent.values() for slot in slots], np.uint32)
        newest = _sorted(keys, slots)
        while self._frozen and len(self._frozen[-1][0]) <= 2 * len(newest[0]):
            older = self._frozen.pop()
            newest = _sorted(*(np.concatenate(pair) for pair in zip(older, newest, strict=True)))
        self._frozen.append(newest)
        self._recent, self._n_recent = {}, 0


def _sorted(keys: Keys, slots: Slots) -> tuple[Keys, Slots]:
    order = np.argsort(keys, kind="stable")
    return keys[order], slots[order]


def _keep(frozen: tuple[Keys, Slots], alive: NDArray[np.bool_]) -> tuple[Keys, Slots]:
    keys, slots = frozen
    kept = alive[slots]
    return keys[kept], slots[kept]


def _find_frozen(
    frozen: tuple[Keys, Slots], keys: Keys, most: int
) -> tuple[NDArray[np.int64], Slots]:
    known, slots = frozen
    ends = np.searchsorted(known, keys, side="right")
    counts = np.minimum(ends - np.searchsorted(known, keys, side="left"), most)
    places = np.repeat(np.arange(len(keys)), counts)
    within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return places, slots[np.repeat(ends - counts, counts) + within]
