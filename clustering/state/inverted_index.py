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

from clustering.features.minhash import fmix32
from clustering.state.sorted_runs import (
    Keys,
    Positions,
    RunSet,
    Slots,
    SortedRun,
    build_run,
    merge_runs,
    pack_entries,
)

MAX_BUFFERED_ENTRIES: Final = 1 << 14
"""Entries that stay in the dict: bounds both its memory and the time of one freezing."""
SLOTS_PER_SLICE: Final = 1 << 16
"""Slots of one time slice; at most 2**16, which 16 bits of an entry can tell apart."""
MAX_MERGE_RATIO: Final = 3
"""An older run so many times as long as the newest is merged with it."""


class InvertedIndex:
    """Keys to slots, in the order of arrival.

    Parameters
    ----------
    max_buffered_entries : int
        Entries after which the dict is frozen into a run.
    slots_per_slice : int
        At most 2**16.
    """

    def __init__(
        self,
        max_buffered_entries: int = MAX_BUFFERED_ENTRIES,
        slots_per_slice: int = SLOTS_PER_SLICE,
    ) -> None:
        self._max_buffered_entries = max_buffered_entries
        self._slots_per_slice = slots_per_slice
        self._buffer: dict[int, list[int]] = {}
        self._n_buffered = 0
        self._current_slice = 0
        self._open_runs: list[SortedRun] = []
        self._closed_runs: list[SortedRun] = []
        self._run_set = RunSet([])

    def __len__(self) -> int:
        return self._n_buffered + sum(len(run.entries) for run in self._run_set.runs)

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen runs."""
        return sum(run.entries.nbytes + run.bucket_starts.nbytes for run in self._run_set.runs)

    def add(self, keys: Keys, slot: int) -> None:
        """Note that the article at `slot` carries `keys`; slots come in ascending order."""
        if slot // self._slots_per_slice != self._current_slice:
            self._close_slice()
            self._current_slice = slot // self._slots_per_slice
        for key in keys.tolist():
            self._buffer.setdefault(key, []).append(slot)
        self._n_buffered += len(keys)
        if self._n_buffered >= self._max_buffered_entries:
            self._flush_buffer()

    def find(self, keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        """Return the carriers of each key.

        Parameters
        ----------
        keys : ndarray of uint32, shape (n_keys,)
        max_per_key : int
            Carriers of one key that are given, the newest: what thousands carry must not cost
            thousands.

        Returns
        -------
        places : ndarray of int64, shape (n_found,)
            Positions in `keys`.
        slots : ndarray of uint32, shape (n_found,)
        """
        mixed = fmix32(keys)
        found = [self._run_set.find(mixed, max_per_key)] if self._run_set.runs else []
        places, slots = zip(*found, self._find_buffered(keys, max_per_key), strict=True)
        return _keep_newest(np.concatenate(places), np.concatenate(slots), len(keys), max_per_key)

    def drop_before(self, slot: int) -> None:
        """Drop the time slices all of whose slots lie before `slot`."""
        kept = [run for run in self._closed_runs if run.first_slot + self._slots_per_slice > slot]
        if len(kept) < len(self._closed_runs):
            self._closed_runs = kept
            self._run_set = RunSet([*self._closed_runs, *self._open_runs])

    def _find_buffered(self, keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        carriers = enumerate(map(self._buffer.get, keys.tolist()))
        found = [(place, slots[-max_per_key:]) for place, slots in carriers if slots]
        places = [place for place, slots in found for _ in slots]
        newest = list(chain.from_iterable(slots for _, slots in found))
        return np.array(places, dtype=np.int64), np.array(newest, dtype=np.uint32)

    def _flush_buffer(self) -> None:
        """Make a run of what came last, and merge it with those of like size."""
        merged = [self._drain_buffer()]
        size = len(merged[0].entries)
        while self._open_runs and len(self._open_runs[-1].entries) <= MAX_MERGE_RATIO * size:
            merged.append(self._open_runs.pop())
            size += len(merged[-1].entries)
        self._open_runs.append(merge_runs(merged) if len(merged) > 1 else merged[0])
        self._run_set = RunSet([*self._closed_runs, *self._open_runs])

    def _close_slice(self) -> None:
        """Merge all runs of the slice that has ended."""
        runs = [*self._open_runs, self._drain_buffer()]
        if any(len(run.entries) for run in runs):
            self._closed_runs.append(merge_runs(runs))
        self._open_runs = []
        self._run_set = RunSet(self._closed_runs)

    def _drain_buffer(self) -> SortedRun:
        keys = np.fromiter(self._buffer.keys(), dtype=np.uint32, count=len(self._buffer))
        counts = [len(slots) for slots in self._buffer.values()]
        found = np.fromiter(chain.from_iterable(self._buffer.values()), np.uint32, sum(counts))
        self._buffer, self._n_buffered = {}, 0
        base = self._current_slice * self._slots_per_slice
        return build_run([pack_entries(np.repeat(fmix32(keys), counts), found)], len(found), base)


def _keep_newest(
    positions: Positions, slots: Slots, n_keys: int, max_per_key: int
) -> tuple[Positions, Slots]:
    """Leave the newest carriers of each key, which are the last: all come in ascending order."""
    counts = np.bincount(positions, minlength=n_keys)
    too_many = counts > max_per_key
    if not too_many.any():
        return positions, slots
    crowded = too_many[positions].nonzero()[0]
    of_key = crowded[positions[crowded].argsort(kind="stable")]
    ends = counts[too_many].cumsum().repeat(counts[too_many])
    left = np.ones(len(positions), dtype=np.bool_)
    left[of_key[ends - np.arange(len(of_key)) > max_per_key]] = False
    return positions[left], slots[left]
