"""Inverted lists in time slices: which articles carry a key, in a little over four bytes for each.

What came last lies in a dict; once that has grown, it is frozen into a sorted run, and runs of
like size are merged (a log-structured merge tree). A run never reaches over the end of a time
slice, so that a slice whose articles have all left is dropped whole.

Keys are mixed first, so that they are spread evenly. The upper bits of a key then need not be
written down: they are the number of the bucket it lies in (quotienting). What is left of the key
and the slot, counted from the slice's first, share one word of 32 bits.

References
----------
O'Neil, P. et al. (1996). The log-structured merge-tree.
Knuth, D. E. (1973). The art of computer programming, vol. 3, exercise 6.4-13 (quotienting).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.fingerprints import fmix32

Keys = NDArray[np.uint32]
Slots = NDArray[np.uint32]
Places = NDArray[np.int64]

FREEZE_AT: Final = 1 << 14
"""Entries that stay in the dict: bounds both its memory and the time of one freezing."""
SLICE: Final = 1 << 16
"""Slots of one time slice; at most 2**16, which 16 bits of an entry can tell apart."""
MERGED_UP_TO: Final = 3
"""An older run so many times as long as the newest is merged with it."""
_FEWEST_BITS: Final = 16
_BUCKET: Final = 8
"""Entries of one bucket, about; more bits of the key are left out the longer a run is."""
_LARGE_BUCKET: Final = 64

_STEPS: Final = 16
"""Parts in which runs are merged; bounds the memory that a merge takes besides its result."""

_Wide = NDArray[np.uint64]


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
        self._open: list[_Run] = []
        self._closed: dict[int, _Run] = {}

    def __len__(self) -> int:
        return self._n_recent + sum(len(run.entries) for run in self._runs())

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen runs."""
        return sum(run.entries.nbytes + run.starts.nbytes for run in self._runs())

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
        parts = [run.find(mixed, most) for run in self._runs()]
        parts.append(self._find_recent(keys, most))
        places = np.concatenate([places for places, _ in parts])
        return _newest(places, np.concatenate([slots for _, slots in parts]), len(keys), most)

    def drop_before(self, slot: int) -> None:
        """Drop the time slices all of whose slots lie before `slot`."""
        ended = slot // self._slots_per_slice
        self._closed = {number: run for number, run in self._closed.items() if number >= ended}

    def _runs(self) -> chain[_Run]:
        return chain(self._closed.values(), self._open)

    def _find_recent(self, keys: Keys, most: int) -> tuple[Places, Slots]:
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
        """Make a run of what came last, and merge it with those of like size."""
        merged = [self._take_recent()]
        size = len(merged[0].entries)
        while self._open and len(self._open[-1].entries) <= MERGED_UP_TO * size:
            merged.append(self._open.pop())
            size += len(merged[-1].entries)
        self._open.append(_merge(merged) if len(merged) > 1 else merged[0])

    def _close_slice(self) -> None:
        """Merge all runs of the slice that has ended."""
        runs = [*self._open, self._take_recent()]
        if any(len(run.entries) for run in runs):
            self._closed[self._slice] = _merge(runs)
        self._open = []

    def _take_recent(self) -> _Run:
        keys = np.fromiter(self._recent.keys(), dtype=np.uint32, count=len(self._recent))
        counts = [len(slots) for slots in self._recent.values()]
        found = np.fromiter(chain.from_iterable(self._recent.values()), np.uint32, sum(counts))
        self._recent, self._n_recent = {}, 0
        base = self._slice * self._slots_per_slice
        return _pack([_wide(np.repeat(fmix32(keys), counts), found)], len(found), base)


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted entries of one time slice.

    Attributes
    ----------
    base : int
        The first slot of the slice.
    bits : int
        Upper bits of a mixed key that are the number of its bucket.
    starts : ndarray of uint32, shape (2**bits + 1,)
        Where each bucket begins.
    entries : ndarray of uint32, shape (n_entries,)
        The rest of the key in the upper bits, the slot less `base` in the lower `bits`.
    """

    base: int
    bits: int
    starts: NDArray[np.uint32]
    entries: NDArray[np.uint32]

    def unpacked(self, step: int) -> _Wide:
        """The entries of one of `_STEPS` equal parts of the buckets, sorted."""
        n_buckets = (1 << self.bits) // _STEPS
        buckets = np.arange(step * n_buckets, (step + 1) * n_buckets, dtype=np.uint32)
        starts = self.starts[step * n_buckets : (step + 1) * n_buckets + 1]
        rests, slots = self._parts(self.entries[starts[0] : starts[-1]])
        mixed = np.repeat(buckets << np.uint32(32 - self.bits), np.diff(starts)) | rests
        return _wide(mixed, slots + np.uint32(self.base))

    def find(self, mixed: Keys, most: int) -> tuple[Places, Slots]:
        """Positions in `mixed` and the slots that carry the key there."""
        buckets = mixed >> np.uint32(32 - self.bits)
        wanted = mixed & np.uint32((1 << (32 - self.bits)) - 1)
        first = self.starts[buckets].astype(np.int64)
        last = self.starts[buckets + np.uint32(1)].astype(np.int64)
        self._narrow(first, last, wanted, most)
        counts = last - first
        places = np.repeat(np.arange(len(mixed)), counts)
        at = np.arange(len(places)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        rests, slots = self._parts(self.entries[at])
        hits = np.flatnonzero(rests == wanted[places])
        return places[hits], slots[hits] + np.uint32(self.base)

    def _narrow(self, first: Places, last: Places, wanted: Keys, most: int) -> None:
        """Bring large buckets down to the newest entries of the wanted key, in place."""
        for place in np.flatnonzero(last - first > _LARGE_BUCKET).tolist():
            start, bucket = int(first[place]), self.entries[first[place] : last[place]]
            lowest = int(wanted[place]) << self.bits
            begin = start + int(bucket.searchsorted(np.uint32(lowest)))
            above = np.uint32(lowest | ((1 << self.bits) - 1))
            last[place] = start + int(bucket.searchsorted(above, side="right"))
            first[place] = max(begin, int(last[place]) - most)

    def _parts(self, entries: NDArray[np.uint32]) -> tuple[Keys, Slots]:
        return entries >> np.uint32(self.bits), entries & np.uint32((1 << self.bits) - 1)


def _merge(runs: Sequence[_Run]) -> _Run:
    """Merge runs of one slice, a part of the buckets after the other: what is copied is small."""
    steps = (np.concatenate([run.unpacked(step) for run in runs]) for step in range(_STEPS))
    return _pack(steps, sum(len(run.entries) for run in runs), runs[0].base)


def _pack(parts: Iterable[_Wide], size: int, base: int) -> _Run:
    """Pack entries into a run.

    Parameters
    ----------
    parts : iterable of ndarray of uint64
        No key of one is lower than any of the one before.
    size : int
        Entries of all parts together.
    base : int
    """
    bits = max(_FEWEST_BITS, (size // _BUCKET).bit_length() - 1)
    entries = np.empty(size, dtype=np.uint32)
    counts = np.zeros(1 << bits, dtype=np.uint32)
    at = 0
    for part in parts:
        part.sort(kind="stable")  # finds the stretches that are sorted already
        mixed, slots = _narrow(part)
        # The upper bits of the key fall off.
        entries[at : at + len(part)] = (mixed << np.uint32(bits)) | (slots - np.uint32(base))
        buckets, lengths = np.unique(mixed >> np.uint32(32 - bits), return_counts=True)
        counts[buckets] = lengths
        at += len(part)
    starts = np.concatenate([np.zeros(1, np.uint32), np.cumsum(counts, dtype=np.uint32)])
    return _Run(base, bits, starts, entries)


def _wide(mixed: Keys, slots: Slots) -> _Wide:
    """Entries that sort by key, then by slot."""
    wide: _Wide = (mixed.astype(np.uint64) << np.uint64(32)) | slots
    return wide


def _narrow(wide: _Wide) -> tuple[Keys, Slots]:
    return (wide >> np.uint64(32)).astype(np.uint32), wide.astype(np.uint32)


def _newest(places: Places, slots: Slots, n_keys: int, most: int) -> tuple[Places, Slots]:
    """Leave the newest carriers of each key."""
    if not len(places) or np.bincount(places, minlength=n_keys).max() <= most:
        return places, slots
    order = np.lexsort((slots, places))
    places, slots = places[order], slots[order]
    ends = np.searchsorted(places, places, side="right")
    kept = ends - np.arange(len(places)) <= most
    return places[kept], slots[kept]
