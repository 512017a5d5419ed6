"""Runs: the sorted entries of a time slice, and looking through several of them at once.

Keys are mixed, so that they are spread evenly. The upper bits of a key then need not be written
down: they are the number of the bucket it lies in (quotienting). What is left of the key and the
slot, counted from the slice's first, share one word of 32 bits.

References
----------
Knuth, D. E. (1973). The art of computer programming, vol. 3, exercise 6.4-13 (quotienting).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint32]
Slots = NDArray[np.uint32]
Places = NDArray[np.int64]
Wide = NDArray[np.uint64]

_FEWEST_BITS: Final = 16
_BUCKET: Final = 8
"""Entries of one bucket, about; more bits of the key are left out the longer a run is."""
_LARGE_BUCKET: Final = 256
_BEGIN_AND_END: Final = np.array([[0], [1]])
_STEPS: Final = 16
"""Parts in which runs are merged; bounds the memory that a merge takes besides its result."""


@dataclass(frozen=True, slots=True)
class Run:
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

    def unpacked(self, step: int) -> Wide:
        """The entries of one of `_STEPS` equal parts of the buckets, sorted."""
        n_buckets = (1 << self.bits) // _STEPS
        buckets = np.arange(step * n_buckets, (step + 1) * n_buckets, dtype=np.uint32)
        starts = self.starts[step * n_buckets : (step + 1) * n_buckets + 1]
        entries = self.entries[starts[0] : starts[-1]]
        rests, slots = entries >> np.uint32(self.bits), entries & np.uint32((1 << self.bits) - 1)
        mixed = np.repeat(buckets << np.uint32(32 - self.bits), np.diff(starts)) | rests
        return wide(mixed, slots + np.uint32(self.base))


class Stack:
    """Runs that are looked through at once.

    Parameters
    ----------
    runs : sequence of Run
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = list(runs)
        self._bits = np.array([[run.bits] for run in runs], dtype=np.uint32)
        self._spans = np.array([1 << run.bits for run in runs], dtype=np.uint32)
        self._bases = np.array([run.base for run in runs], dtype=np.uint32)

    def find(self, mixed: Keys, most: int) -> tuple[Places, Slots]:
        """Positions in `mixed` and the slots that carry the key there, those of one in order."""
        buckets = (mixed >> (np.uint32(32) - self._bits)).astype(np.int64)
        lowest = (mixed << self._bits).ravel()  # what an entry of the key and the base would be
        first, last = self._ends(buckets)
        self._narrow(first, last, lowest, most)
        counts = last - first
        owners = np.arange(len(counts)).repeat(counts)
        at = np.arange(len(owners)) + (last - counts.cumsum())[owners]
        slots = self._entries(at, counts) - lowest[owners]
        hits = (slots < self._spans.repeat(len(mixed))[owners]).nonzero()[0]
        owners = owners[hits]
        places = (np.arange(len(counts)) % len(mixed))[owners]
        return places, slots[hits] + self._bases.repeat(len(mixed))[owners]

    def _ends(self, buckets: Places) -> tuple[Places, Places]:
        """Where each bucket of each run begins and ends."""
        both = buckets[:, None] + _BEGIN_AND_END
        ends = [run.starts[at] for run, at in zip(self.runs, both, strict=True)]
        first, last = np.concatenate(ends, axis=1).astype(np.int64)
        return first, last

    def _entries(self, at: Places, counts: Places) -> NDArray[np.uint32]:
        """The entries at some positions, those of one run after those of the other."""
        ends = np.cumsum(counts.reshape(len(self.runs), -1).sum(axis=1)).tolist()
        parts = zip(self.runs, pairwise([0, *ends]), strict=True)
        return np.concatenate([run.entries[at[begin:end]] for run, (begin, end) in parts])

    def _narrow(self, first: Places, last: Places, lowest: Keys, most: int) -> None:
        """Bring large buckets down to the newest entries of the wanted key, in place."""
        n_keys = len(lowest) // len(self.runs)
        for place in np.flatnonzero(last - first > _LARGE_BUCKET).tolist():
            run, start = self.runs[place // n_keys], int(first[place])
            bucket, least = run.entries[start : last[place]], int(lowest[place])
            begin = start + int(bucket.searchsorted(np.uint32(least)))
            above = np.uint32(least | ((1 << run.bits) - 1))
            last[place] = start + int(bucket.searchsorted(above, side="right"))
            first[place] = max(begin, int(last[place]) - most)


def merge(runs: Sequence[Run]) -> Run:
    """Merge runs of one slice, a part of the buckets after the other: what is copied is small."""
    steps = (np.concatenate([run.unpacked(step) for run in runs]) for step in range(_STEPS))
    return pack(steps, sum(len(run.entries) for run in runs), runs[0].base)


def pack(parts: Iterable[Wide], size: int, base: int) -> Run:
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
        mixed, slots = _split(part)
        # The upper bits of the key fall off.
        entries[at : at + len(part)] = (mixed << np.uint32(bits)) | (slots - np.uint32(base))
        buckets, lengths = np.unique(mixed >> np.uint32(32 - bits), return_counts=True)
        counts[buckets] = lengths
        at += len(part)
    starts = np.concatenate([np.zeros(1, np.uint32), np.cumsum(counts, dtype=np.uint32)])
    return Run(base, bits, starts, entries)


def wide(mixed: Keys, slots: Slots) -> Wide:
    """Entries that sort by key, then by slot."""
    entries: Wide = (mixed.astype(np.uint64) << np.uint64(32)) | slots
    return entries


def _split(entries: Wide) -> tuple[Keys, Slots]:
    return (entries >> np.uint64(32)).astype(np.uint32), entries.astype(np.uint32)
