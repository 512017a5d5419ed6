"""Inverted lists in time slices: which articles carry a key, in a little over four bytes for each.

What came last lies in a dict; once that has grown, it is frozen into a sorted run, and runs of
like size are merged (a log-structured merge tree). A run never reaches over the end of a time
slice, so that a slice whose articles have all left is dropped whole.

References
----------
O'Neil, P. et al. (1996). The log-structured merge-tree.
"""

from __future__ import annotations

from itertools import chain
from typing import Final

import numpy as np

from clustering.fingerprints import fmix32
from clustering.runs import Keys, Places, Run, Slots, Stack, merge, pack, wide

FREEZE_AT: Final = 1 << 14
"""Entries that stay in the dict: bounds both its memory and the time of one freezing."""
SLICE: Final = 1 << 16
"""Slots of one time slice; at most 2**16, which 16 bits of an entry can tell apart."""
MERGED_UP_TO: Final = 3
"""An older run so many times as long as the newest is merged with it."""


class Postings:
    """Keys to slots, in the order of arrival.

    Parameters
    ----------
    freeze_at : int
        Entries after which the dict is frozen into a run.
    slots_per_slice : int
        At most 2**16.
    """

    def __init__(self, freeze_at: int = FREEZE_AT, slots_per_slice: int = SLICE) -> None:
        self._freeze_at = freeze_at
        self._slots_per_slice = slots_per_slice
        self._recent: dict[int, list[int]] = {}
        self._n_recent = 0
        self._slice = 0
        self._open: list[Run] = []
        self._closed: list[Run] = []
        self._stack = Stack([])

    def __len__(self) -> int:
        return self._n_recent + sum(len(run.entries) for run in self._stack.runs)

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen runs."""
        return sum(run.entries.nbytes + run.starts.nbytes for run in self._stack.runs)

    def add(self, keys: Keys, slot: int) -> None:
        """Note that the article at `slot` carries `keys`; slots come in ascending order."""
        if slot // self._slots_per_slice != self._slice:
            self._close_slice()
            self._slice = slot // self._slots_per_slice
        for key in keys.tolist():
            self._recent.setdefault(key, []).append(slot)
        self._n_recent += len(keys)
        if self._n_recent >= self._freeze_at:
            self._freeze()

    def find(self, keys: Keys, most: int) -> tuple[Places, Slots]:
        """Return the carriers of each key.

        Parameters
        ----------
        keys : ndarray of uint32, shape (n_keys,)
        most : int
            Carriers of one key that are given, the newest: what thousands carry must not cost
            thousands.

        Returns
        -------
        places : ndarray of int64, shape (n_found,)
            Positions in `keys`.
        slots : ndarray of uint32, shape (n_found,)
        """
        mixed = fmix32(keys)
        found = [self._stack.find(mixed, most)] if self._stack.runs else []
        places, slots = zip(*found, self._find_recent(keys, most), strict=True)
        return _newest(np.concatenate(places), np.concatenate(slots), len(keys), most)

    def drop_before(self, slot: int) -> None:
        """Drop the time slices all of whose slots lie before `slot`."""
        kept = [run for run in self._closed if run.base + self._slots_per_slice > slot]
        if len(kept) < len(self._closed):
            self._closed = kept
            self._stack = Stack([*self._closed, *self._open])

    def _find_recent(self, keys: Keys, most: int) -> tuple[Places, Slots]:
        carriers = enumerate(map(self._recent.get, keys.tolist()))
        found = [(place, slots[-most:]) for place, slots in carriers if slots]
        places = [place for place, slots in found for _ in slots]
        newest = list(chain.from_iterable(slots for _, slots in found))
        return np.array(places, dtype=np.int64), np.array(newest, dtype=np.uint32)

    def _freeze(self) -> None:
        """Make a run of what came last, and merge it with those of like size."""
        merged = [self._take_recent()]
        size = len(merged[0].entries)
        while self._open and len(self._open[-1].entries) <= MERGED_UP_TO * size:
            merged.append(self._open.pop())
            size += len(merged[-1].entries)
        self._open.append(merge(merged) if len(merged) > 1 else merged[0])
        self._stack = Stack([*self._closed, *self._open])

    def _close_slice(self) -> None:
        """Merge all runs of the slice that has ended."""
        runs = [*self._open, self._take_recent()]
        if any(len(run.entries) for run in runs):
            self._closed.append(merge(runs))
        self._open = []
        self._stack = Stack(self._closed)

    def _take_recent(self) -> Run:
        keys = np.fromiter(self._recent.keys(), dtype=np.uint32, count=len(self._recent))
        counts = [len(slots) for slots in self._recent.values()]
        found = np.fromiter(chain.from_iterable(self._recent.values()), np.uint32, sum(counts))
        self._recent, self._n_recent = {}, 0
        base = self._slice * self._slots_per_slice
        return pack([wide(np.repeat(fmix32(keys), counts), found)], len(found), base)


def _newest(places: Places, slots: Slots, n_keys: int, most: int) -> tuple[Places, Slots]:
    """Leave the newest carriers of each key, which are the last: all come in ascending order."""
    counts = np.bincount(places, minlength=n_keys)
    too_many = counts > most
    if not too_many.any():
        return places, slots
    crowded = too_many[places].nonzero()[0]
    of_key = crowded[places[crowded].argsort(kind="stable")]
    ends = counts[too_many].cumsum().repeat(counts[too_many])
    left = np.ones(len(places), dtype=np.bool_)
    left[of_key[ends - np.arange(len(of_key)) > most]] = False
    return places[left], slots[left]
