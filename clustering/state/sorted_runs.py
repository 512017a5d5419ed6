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
Positions = NDArray[np.int64]
PackedEntries = NDArray[np.uint64]

_MIN_BUCKET_BITS: Final = 16
_ENTRIES_PER_BUCKET: Final = 8
"""Entries of one bucket, about; more bits of the key are left out the longer a run is."""
_LARGE_BUCKET_ENTRIES: Final = 256
_BEGIN_END_OFFSETS: Final = np.array([[0], [1]])
_MERGE_STEPS: Final = 16
"""Parts in which runs are merged; bounds the memory that a merge takes besides its result."""


@dataclass(frozen=True, slots=True)
class SortedRun:
    """Sorted entries of one time slice.

    Attributes
    ----------
    first_slot : int
        The first slot of the slice.
    bucket_bits : int
        Upper bits of a mixed key that are the number of its bucket.
    bucket_starts : ndarray of uint32, shape (2**bits + 1,)
        Where each bucket begins.
    entries : ndarray of uint32, shape (n_entries,)
        The rest of the key in the upper bits, the slot less `first_slot` in the lower `bucket_bits`.
    """

    first_slot: int
    bucket_bits: int
    bucket_starts: NDArray[np.uint32]
    entries: NDArray[np.uint32]

    def unpack_step(self, step: int) -> PackedEntries:
        """The entries of one of `_STEPS` equal parts of the buckets, sorted."""
        n_buckets = (1 << self.bucket_bits) // _MERGE_STEPS
        buckets = np.arange(step * n_buckets, (step + 1) * n_buckets, dtype=np.uint32)
        starts = self.bucket_starts[step * n_buckets : (step + 1) * n_buckets + 1]
        entries = self.entries[starts[0] : starts[-1]]
        rests, slots = (
            entries >> np.uint32(self.bucket_bits),
            entries & np.uint32((1 << self.bucket_bits) - 1),
        )
        mixed = np.repeat(buckets << np.uint32(32 - self.bucket_bits), np.diff(starts)) | rests
        return pack_entries(mixed, slots + np.uint32(self.first_slot))


class RunSet:
    """Runs that are looked through at once.

    Parameters
    ----------
    runs : sequence of SortedRun
    """

    def __init__(self, runs: Sequence[SortedRun]) -> None:
        self.runs = list(runs)
        self._bucket_bits = np.array([[run.bucket_bits] for run in runs], dtype=np.uint32)
        self._slot_spans = np.array([1 << run.bucket_bits for run in runs], dtype=np.uint32)
        self._first_slots = np.array([run.first_slot for run in runs], dtype=np.uint32)

    def find(self, mixed_keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        """Positions in `mixed_keys` and the slots that carry the key there, those of one in order."""
        buckets = (mixed_keys >> (np.uint32(32) - self._bucket_bits)).astype(np.int64)
        lowest = (
            mixed_keys << self._bucket_bits
        ).ravel()  # what an entry of the key and the base would be
        first, last = self._find_bucket_bounds(buckets)
        self._narrow_large_buckets(first, last, lowest, max_per_key)
        counts = last - first
        owners = np.arange(len(counts)).repeat(counts)
        at = np.arange(len(owners)) + (last - counts.cumsum())[owners]
        slots = self._gather_entries(at, counts) - lowest[owners]
        hits = (slots < self._slot_spans.repeat(len(mixed_keys))[owners]).nonzero()[0]
        owners = owners[hits]
        places = (np.arange(len(counts)) % len(mixed_keys))[owners]
        return places, slots[hits] + self._first_slots.repeat(len(mixed_keys))[owners]

    def _find_bucket_bounds(self, buckets: Positions) -> tuple[Positions, Positions]:
        """Where each bucket of each run begins and ends."""
        both = buckets[:, None] + _BEGIN_END_OFFSETS
        ends = [run.bucket_starts[at] for run, at in zip(self.runs, both, strict=True)]
        first, last = np.concatenate(ends, axis=1).astype(np.int64)
        return first, last

    def _gather_entries(self, positions: Positions, counts: Positions) -> NDArray[np.uint32]:
        """The entries at some positions, those of one run after those of the other."""
        ends = np.cumsum(counts.reshape(len(self.runs), -1).sum(axis=1)).tolist()
        parts = zip(self.runs, pairwise([0, *ends]), strict=True)
        return np.concatenate([run.entries[positions[begin:end]] for run, (begin, end) in parts])

    def _narrow_large_buckets(
        self, first: Positions, last: Positions, min_entries: Keys, max_per_key: int
    ) -> None:
        """Bring large buckets down to the newest entries of the wanted key, in place."""
        n_keys = len(min_entries) // len(self.runs)
        for place in np.flatnonzero(last - first > _LARGE_BUCKET_ENTRIES).tolist():
            run, start = self.runs[place // n_keys], int(first[place])
            bucket, least = run.entries[start : last[place]], int(min_entries[place])
            begin = start + int(bucket.searchsorted(np.uint32(least)))
            above = np.uint32(least | ((1 << run.bucket_bits) - 1))
            last[place] = start + int(bucket.searchsorted(above, side="right"))
            first[place] = max(begin, int(last[place]) - max_per_key)


def merge_runs(runs: Sequence[SortedRun]) -> SortedRun:
    """Merge runs of one slice, a part of the buckets after the other: what is copied is small."""
    steps = (
        np.concatenate([run.unpack_step(step) for run in runs]) for step in range(_MERGE_STEPS)
    )
    return build_run(steps, sum(len(run.entries) for run in runs), runs[0].first_slot)


def build_run(parts: Iterable[PackedEntries], n_entries: int, first_slot: int) -> SortedRun:
    """Pack entries into a run.

    Parameters
    ----------
    parts : iterable of ndarray of uint64
        No key of one is lower than any of the one before.
    n_entries : int
        Entries of all parts together.
    first_slot : int
    """
    bits = max(_MIN_BUCKET_BITS, (n_entries // _ENTRIES_PER_BUCKET).bit_length() - 1)
    entries = np.empty(n_entries, dtype=np.uint32)
    counts = np.zeros(1 << bits, dtype=np.uint32)
    at = 0
    for part in parts:
        part.sort(kind="stable")  # finds the stretches that are sorted already
        mixed, slots = _unpack_entries(part)
        # The upper bits of the key fall off.
        entries[at : at + len(part)] = (mixed << np.uint32(bits)) | (slots - np.uint32(first_slot))
        buckets, lengths = np.unique(mixed >> np.uint32(32 - bits), return_counts=True)
        counts[buckets] = lengths
        at += len(part)
    starts = np.concatenate([np.zeros(1, np.uint32), np.cumsum(counts, dtype=np.uint32)])
    return SortedRun(first_slot, bits, starts, entries)


def pack_entries(mixed_keys: Keys, slots: Slots) -> PackedEntries:
    """Entries that sort by key, then by slot."""
    entries: PackedEntries = (mixed_keys.astype(np.uint64) << np.uint64(32)) | slots
    return entries


def _unpack_entries(entries: PackedEntries) -> tuple[Keys, Slots]:
    return (entries >> np.uint64(32)).astype(np.uint32), entries.astype(np.uint32)
