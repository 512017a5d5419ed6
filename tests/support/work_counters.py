"""Counters of work that do not depend on the speed of a machine: calls, statements, bytes."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np
from sqlalchemy import event
from sqlalchemy.pool import Pool

_IO_COUNTERS = Path("/proc/self/io")
CAN_COUNT_BYTES = _IO_COUNTERS.exists()


@dataclass
class Count:
    """What was counted inside of a block."""

    value: int = 0


class CallCounter:
    """Counts calls of functions, of Python and of C, in this thread and in those started later."""

    def __init__(self) -> None:
        self._is_counting = False
        self._packages: dict[CodeType, str] = {}
        self.calls: Counter[str] = Counter()
        """By package: that of a Python function, and that of the caller of a C function."""
        self.array_calls = 0
        """Functions of NumPy and methods of arrays; each makes an array or reads one."""

    @contextmanager
    def watching_new_threads(self) -> Iterator[None]:
        """Watch the threads that are started inside of the block."""
        threading.setprofile(self._profile)
        try:
            yield
        finally:
            threading.setprofile(None)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count from zero, in this thread and in those that are watched."""
        self.calls.clear()
        self.array_calls = 0
        self._is_counting = True
        previous = sys.getprofile()
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(previous)
            self._is_counting = False

    def _profile(self, frame: FrameType, kind: str, function: Any) -> None:
        if not self._is_counting or kind not in ("call", "c_call"):
            return
        package = self._packages.get(frame.f_code)
        if package is None:
            package = self._packages[frame.f_code] = _package_of(frame)
        self.calls[package] += 1
        if kind == "c_call":
            self.array_calls += _is_of_numpy(function)


def _package_of(frame: FrameType) -> str:
    """Return "service", or the first two names of another package: "clustering.features"."""
    first, *rest = str(frame.f_globals.get("__name__")).split(".")
    return first if first == "service" else ".".join([first, *rest[:1]])


def _is_of_numpy(function: Any) -> bool:
    owner = getattr(function, "__self__", None)
    return isinstance(owner, np.ndarray) or str(function.__module__).startswith("numpy")


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """List the statements that SQLite executes, one for each row that is written.

    Only connections opened inside of the block are watched. Statements of triggers and of the text
    index, which SQLite reports as comments, are left out.
    """
    executed: list[str] = []

    def trace(statement: str) -> None:
        if not statement.startswith("--"):
            executed.append(statement)

    def watch(connection: Any, _: object) -> None:
        connection.set_trace_callback(trace)

    event.listen(Pool, "connect", watch)
    try:
        yield executed
    finally:
        event.remove(Pool, "connect", watch)


@contextmanager
def counted_bytes() -> Iterator[Count]:
    """Count the bytes that this process writes into files, as Linux counts them."""
    count, before = Count(), _written_bytes()
    yield count
    count.value = _written_bytes() - before


def _written_bytes() -> int:
    counters = dict(line.split(": ") for line in _IO_COUNTERS.read_text().splitlines())
    return int(counters["wchar"])


@contextmanager
def counted_peak() -> Iterator[Count]:
    """Measure how much more memory was allocated at once than at the beginning, in bytes."""
    count = Count()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield count
        count.value = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
