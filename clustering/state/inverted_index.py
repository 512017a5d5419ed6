"""Inverted index in time slices: from keys to the articles that contain them.

New entries are in a dict. Once it has grown, it is frozen into a sorted run, and runs of similar
size are merged (a log-structured merge tree). A run does not extend over the end of a time slice,
so that a slice without live articles is dropped as a whole. Entries of articles that were removed
are left out when a run is written.

Hand-written because datasketch's `MinHashLSH` keeps its buckets in Python sets, while the index has
about a hundred keys an article: an entry takes 4 to 5 bytes here.

References
----------
O'Neil, P. et al. (1996). The log-structured merge-tree.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
"""Entries in the dict; bounds its memory and the time of freezing it."""
SLOTS_PER_SLICE: Final = 1 << 16
"""Slots of one time slice; at most 2**16, since an entry has 16 bits for them."""
MAX_MERGE_RATIO: Final = 3
"""An older run is merged with the newest if it is at most so many times as long."""

LiveMask = Callable[[Slots], NDArray[np.bool_]]
"""Tells which slots are those of live articles."""


def all_live(slots: Slots) -> NDArray[np.bool_]:
    """Mask all slots."""
    return np.ones(len(slots), dtype=np.bool_)


class InvertedIndex:
    """Postings of 32-bit keys: the slots of the articles that contain them.

    Parameters
    ----------
    max_buffered_entries : int
        Number of entries at which the dict is frozen into a run.
    slots_per_slice : int
        Slots of one time slice, at most 2**16.
    is_live : callable
        A slot that is not live is not found, and never becomes live again. By default all are.

    Attributes
    ----------
    run_set : RunSet
        The frozen entries.
    """

    def __init__(
        self,
        max_buffered_entries: int = MAX_BUFFERED_ENTRIES,
        slots_per_slice: int = SLOTS_PER_SLICE,
        is_live: LiveMask = all_live,
    ) -> None:
        self._is_live = is_live
        self._max_buffered_entries = max_buffered_entries
        self._slots_per_slice = slots_per_slice
        self._buffer: dict[int, list[int]] = {}
        self._n_buffered = 0
        self._current_slice = 0
        self._open_runs: list[SortedRun] = []
        self._closed_runs: list[SortedRun] = []
        self.run_set = RunSet([])

    def __len__(self) -> int:
        return self._n_buffered + sum(len(run.entries) for run in self.run_set.runs)

    @property
    def nbytes(self) -> int:
        """Bytes of the frozen runs."""
        return sum(run.entries.nbytes + run.bucket_starts.nbytes for run in self.run_set.runs)

    def add(self, keys: Keys, slot: int) -> None:
        """Add the keys of the article at `slot`; slots are added in ascending order."""
        if slot // self._slots_per_slice != self._current_slice:
            self._close_slice()
            self._current_slice = slot // self._slots_per_slice
        elif self._n_buffered >= self._max_buffered_entries:
            self._flush_buffer()  # without the new slot, which may not be live yet
        for key in keys.tolist():
            self._buffer.setdefault(key, []).append(slot)
        self._n_buffered += len(keys)

    def find(self, keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        """Look up the postings of some keys.

        Parameters
        ----------
        keys : ndarray of uint32, shape (n_keys,)
        max_per_key : int
            Maximum number of live postings of one key, the newest; bounds the cost of common keys.

        Returns
        -------
        positions : ndarray of int64, shape (n_found,)
            Positions in `keys`.
        slots : ndarray of uint32, shape (n_found,)
        """
        mixed, limit = fmix32(keys), max_per_key
        while True:
            positions, slots = self._find_newest(keys, mixed, limit)
            is_live = self._is_live(slots)
            n_found = np.bincount(positions, minlength=len(keys))
            n_live = np.bincount(positions[is_live], minlength=len(keys))
            if not ((n_found >= limit) & (n_live < max_per_key)).any():
                break
            limit *= 2  # what was removed must not crowd out what is there
        return _keep_newest(positions[is_live], slots[is_live], len(keys), max_per_key)

    def drop_before(self, slot: int) -> None:
        """Drop the closed time slices whose slots are all below `slot`."""
        live_runs = [
            run for run in self._closed_runs if run.first_slot + self._slots_per_slice > slot
        ]
        if len(live_runs) < len(self._closed_runs):
            self._closed_runs = live_runs
            self.run_set = RunSet([*self._closed_runs, *self._open_runs])

    def _find_newest(
        self, keys: Keys, mixed_keys: Keys, max_per_key: int
    ) -> tuple[Positions, Slots]:
        """Look up postings, whether they are live or not."""
        in_runs = [self.run_set.find(mixed_keys, max_per_key)] if self.run_set.runs else []
        positions, slots = zip(*in_runs, self._find_buffered(keys, max_per_key), strict=True)
        return _keep_newest(
            np.concatenate(positions), np.concatenate(slots), len(keys), max_per_key
        )

    def _find_buffered(self, keys: Keys, max_per_key: int) -> tuple[Positions, Slots]:
        postings = enumerate(map(self._buffer.get, keys.tolist()))
        newest = [(position, slots[-max_per_key:]) for position, slots in postings if slots]
        positions = [position for position, slots in newest for _ in slots]
        all_slots = list(chain.from_iterable(slots for _, slots in newest))
        return np.array(positions, dtype=np.int64), np.array(all_slots, dtype=np.uint32)

    def _flush_buffer(self) -> None:
        """Freeze the dict into a run, and merge it with runs of similar size."""
        merged = [self._drain_buffer()]
        size = len(merged[0].entries)
        while self._open_runs and len(self._open_runs[-1].entries) <= MAX_MERGE_RATIO * size:
            merged.append(self._open_runs.pop())
            size += len(merged[-1].entries)
        self._open_runs.append(merge_runs(merged, self._is_live) if len(merged) > 1 else merged[0])
        self.run_set = RunSet([*self._closed_runs, *self._open_runs])

    def _close_slice(self) -> None:
        """Merge all runs of the current slice into one."""
        runs = [*self._open_runs, self._drain_buffer()]
        if any(len(run.entries) for run in runs):
            self._closed_runs.append(merge_runs(runs, self._is_live))
        self._open_runs = []
        self.run_set = RunSet(self._closed_runs)

    def _drain_buffer(self) -> SortedRun:
        keys = np.fromiter(self._buffer.keys(), dtype=np.uint32, count=len(self._buffer))
        counts = [len(slots) for slots in self._buffer.values()]
        slots = np.fromiter(chain.from_iterable(self._buffer.values()), np.uint32, sum(counts))
        self._buffer, self._n_buffered = {}, 0
        first_slot = self._current_slice * self._slots_per_slice
        is_live = self._is_live(slots)
        entries = pack_entries(np.repeat(fmix32(keys), counts)[is_live], slots[is_live])
        return build_run([entries], len(entries), first_slot)


def _keep_newest(
    positions: Positions, slots: Slots, n_keys: int, max_per_key: int
) -> tuple[Positions, Slots]:
    """Keep the newest postings of each key: the last ones, since slots ascend."""
    counts = np.bincount(positions, minlength=n_keys)
    over_limit = counts > max_per_key
    if not over_limit.any():
        return positions, slots
    affected = over_limit[positions].nonzero()[0]
    by_key = affected[positions[affected].argsort(kind="stable")]
    ends = counts[over_limit].cumsum().repeat(counts[over_limit])
    is_kept = np.ones(len(positions), dtype=np.bool_)
    is_kept[by_key[ends - np.arange(len(by_key)) > max_per_key]] = False
    return positions[is_kept], slots[is_kept]
