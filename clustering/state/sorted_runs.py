"""Sorted runs: the entries of a time slice, and look-ups in several runs at once.

Keys are mixed, so that they are spread evenly. The upper bits of a key need not be stored: they are
the number of its bucket (quotienting). The lower bits of the key and the slot, counted from the
first slot of the slice, share one word of 32 bits.

References
----------
Knuth, D. E. (1973). The art of computer programming, vol. 3, exercise 6.4-13 (quotienting).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ctypes import Structure, c_uint32, c_void_p
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.kernels.library import address, addresses, load_kernels

Keys = NDArray[np.uint32]
Slots = NDArray[np.uint32]
Positions = NDArray[np.int64]
PackedEntries = NDArray[np.uint64]

_MIN_BUCKET_BITS: Final = 16
"""Lower bound of `SortedRun.bucket_bits`: so many bits of an entry hold the slot in its slice."""
_ENTRIES_PER_BUCKET: Final = 8
"""Approximate number of entries in a bucket; a longer run has more buckets."""
_LARGE_BUCKET_ENTRIES: Final = 256
"""Entries from which a bucket is searched by bisection and not scanned."""
_BEGIN_END_OFFSETS: Final = np.array([[0], [1]])
_MIN_ROOM: Final = 1024
"""Least room for postings that are found."""
_MERGE_STEPS: Final = 16
"""Parts in which runs are merged; bounds the memory of a merge besides its result."""


@dataclass(frozen=True, slots=True)
class SortedRun:
    """Sorted entries of one time slice.

    Attributes
    ----------
    first_slot : int
        The first slot of the slice.
    bucket_bits : int
        Number of upper bits of a mixed key that select its bucket.
    bucket_starts : ndarray of uint32, shape (2**bucket_bits + 1,)
        Start of each bucket, and the end of the last.
    entries : ndarray of uint32, shape (n_entries,)
        The lower bits of the key in the upper bits; the slot, less `first_slot`, in the lower
        `bucket_bits`.
    """

    first_slot: int
    bucket_bits: int
    bucket_starts: NDArray[np.uint32]
    entries: NDArray[np.uint32]

    def unpack_step(self, step: int) -> PackedEntries:
        """Return the entries of one of `_MERGE_STEPS` equal parts of the buckets, sorted."""
        n_buckets = (1 << self.bucket_bits) // _MERGE_STEPS
        buckets = np.arange(step * n_buckets, (step + 1) * n_buckets, dtype=np.uint32)
        starts = self.bucket_starts[step * n_buckets : (step + 1) * n_buckets + 1]
        entries = self.entries[starts[0] : starts[-1]]
        lower_bits = entries >> np.uint32(self.bucket_bits)
        slots = entries & np.uint32((1 << self.bucket_bits) - 1)
        upper_bits = np.repeat(buckets << np.uint32(32 - self.bucket_bits), np.diff(starts))
        return pack_entries(upper_bits | lower_bits, slots + np.uint32(self.first_slot))


class _RunStructure(Structure):
    """A run as the kernel takes it; see `clustering/kernels/postings.c`."""

    _fields_ = (
        ("bucket_starts", c_void_p),
        ("entries", c_void_p),
        ("first_slot", c_uint32),
        ("bucket_bits", c_uint32),
    )


def _run_structure(run: SortedRun) -> _RunStructure:
    return _RunStructure(
        *addresses(run.bucket_starts, run.entries), run.first_slot, run.bucket_bits
    )


class RunSet:
    """Several runs that are searched at once.

    Parameters
    ----------
    runs : sequence of SortedRun
    """

    def __init__(self, runs: Sequence[SortedRun]) -> None:
        self.runs = list(runs)
        self._bucket_bits = np.array([[run.bucket_bits] for run in runs], dtype=np.uint32)
        self._slot_spans = np.array([1 << run.bucket_bits for run in runs], dtype=np.uint32)
        self._first_slots = np.array([run.first_slot for run in runs], dtype=np.uint32)
        self._structures = (_RunStructure * len(self.runs))(*map(_run_structure, self.runs))

    def __reduce__(self) -> tuple[type[RunSet], tuple[list[SortedRun]]]:
        """Pickle the runs only: structures hold addresses."""
        return RunSet, (self.runs,)

    def find(self, mixed_keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        """Look up the postings of some keys.

        Parameters
        ----------
        mixed_keys : ndarray of uint32, shape (n_keys,)
        max_per_key : int
            Bound of the postings of a key from one large bucket, the newest.

        Returns
        -------
        positions : ndarray of int64, shape (n_found,)
            Positions in `mixed_keys`.
        slots : ndarray of uint32, shape (n_found,)
            Ascending for each key within a run; the runs in their order.
        """
        kernels = load_kernels()
        if kernels is None:
            return self.find_by_numpy(mixed_keys, max_per_key)
        keys = (address(mixed_keys), len(mixed_keys), max_per_key)
        room = 4 * len(mixed_keys) + _MIN_ROOM
        while True:
            positions, slots = np.empty(room, np.int64), np.empty(room, np.uint32)
            results = addresses(positions, slots)
            n_found = kernels.find_postings(self._structures, len(self.runs), *keys, room, *results)
            if n_found <= room:
                return positions[:n_found], slots[:n_found]
            room = n_found

    def find_by_numpy(self, mixed_keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        """Return what `find` returns: the reference of the kernel."""
        n_keys = len(mixed_keys)
        buckets = (mixed_keys >> (np.uint32(32) - self._bucket_bits)).astype(np.int64)
        # The smallest possible entry of each key in each run: that of the first slot.
        min_entries = (mixed_keys << self._bucket_bits).ravel()
        first, last = self._find_bucket_bounds(buckets)
        self._narrow_large_buckets(first, last, min_entries, max_per_key)
        counts = last - first
        owners = np.arange(len(counts)).repeat(counts)
        entry_positions = np.arange(len(owners)) + (last - counts.cumsum())[owners]
        slots = self._gather_entries(entry_positions, counts) - min_entries[owners]
        hits = (slots < self._slot_spans.repeat(n_keys)[owners]).nonzero()[0]
        owners = owners[hits]
        positions = (np.arange(len(counts)) % n_keys)[owners]
        return positions, slots[hits] + self._first_slots.repeat(n_keys)[owners]

    def _find_bucket_bounds(self, buckets: Positions) -> tuple[Positions, Positions]:
        """Return the begin and end of each key's bucket in each run."""
        bounds = buckets[:, None] + _BEGIN_END_OFFSETS
        starts = [run.bucket_starts[rows] for run, rows in zip(self.runs, bounds, strict=True)]
        first, last = np.concatenate(starts, axis=1).astype(np.int64)
        return first, last

    def _gather_entries(self, positions: Positions, counts: Positions) -> NDArray[np.uint32]:
        """Return the entries at positions that are given run by run."""
        ends = np.cumsum(counts.reshape(len(self.runs), -1).sum(axis=1)).tolist()
        parts = zip(self.runs, pairwise([0, *ends]), strict=True)
        return np.concatenate([run.entries[positions[begin:end]] for run, (begin, end) in parts])

    def _narrow_large_buckets(
        self, first: Positions, last: Positions, min_entries: Keys, max_per_key: int
    ) -> None:
        """Narrow the bounds of large buckets to the newest entries of the key, in place."""
        n_keys = len(min_entries) // len(self.runs)
        for index in np.flatnonzero(last - first > _LARGE_BUCKET_ENTRIES).tolist():
            run, start = self.runs[index // n_keys], int(first[index])
            bucket, min_entry = run.entries[start : last[index]], int(min_entries[index])
            begin = start + int(bucket.searchsorted(np.uint32(min_entry)))
            max_entry = np.uint32(min_entry | ((1 << run.bucket_bits) - 1))
            last[index] = start + int(bucket.searchsorted(max_entry, side="right"))
            first[index] = max(begin, int(last[index]) - max_per_key)


def merge_runs(
    runs: Sequence[SortedRun], is_live: Callable[[Slots], NDArray[np.bool_]]
) -> SortedRun:
    """Merge the live entries of runs of one slice.

    One part of the buckets comes after another, to save memory.
    """
    steps = (
        np.concatenate([run.unpack_step(step) for run in runs]) for step in range(_MERGE_STEPS)
    )
    live_steps = (step[is_live(step.astype(np.uint32))] for step in steps)
    return build_run(live_steps, sum(len(run.entries) for run in runs), runs[0].first_slot)


def build_run(parts: Iterable[PackedEntries], n_entries: int, first_slot: int) -> SortedRun:
    """Pack entries into a run.

    Parameters
    ----------
    parts : iterable of ndarray of uint64
        Packed entries; no key of a part is lower than a key of the part before.
    n_entries : int
        Entries of all parts together, at most.
    first_slot : int
        The first slot of the slice.
    """
    bits = max(_MIN_BUCKET_BITS, (n_entries // _ENTRIES_PER_BUCKET).bit_length() - 1)
    entries = np.empty(n_entries, dtype=np.uint32)
    counts = np.zeros(1 << bits, dtype=np.uint32)
    start = 0
    for part in parts:
        part.sort(kind="stable")  # merges sections that are sorted already
        mixed, slots = _unpack_entries(part)
        # The shift drops the upper bits of the key.
        packed = (mixed << np.uint32(bits)) | (slots - np.uint32(first_slot))
        entries[start : start + len(part)] = packed
        buckets, lengths = np.unique(mixed >> np.uint32(32 - bits), return_counts=True)
        counts[buckets] = lengths
        start += len(part)
    starts = np.concatenate([np.zeros(1, np.uint32), np.cumsum(counts, dtype=np.uint32)])
    # A copy, so that what was not used is freed.
    used = entries if start == n_entries else entries[:start].copy()
    return SortedRun(first_slot, bits, starts, used)


def pack_entries(mixed_keys: Keys, slots: Slots) -> PackedEntries:
    """Pack keys and slots into entries that sort by key, then by slot."""
    entries: PackedEntries = (mixed_keys.astype(np.uint64) << np.uint64(32)) | slots
    return entries


def _unpack_entries(entries: PackedEntries) -> tuple[Keys, Slots]:
    return (entries >> np.uint64(32)).astype(np.uint32), entries.astype(np.uint32)
