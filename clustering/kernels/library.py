"""Load the compiled kernels, and check once whether they are there.

They are plain C, called by `ctypes`: building them needs no headers of Python. A call of a long
kernel lets go of the interpreter lock, so that other threads run meanwhile. A short one keeps it: a
thread that lets go may have to wait for milliseconds until it has the lock again, and an article is
judged by dozens of short calls, under a lock that others wait for.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    c_double,
    c_int,
    c_int64,
    c_size_t,
    c_uint64,
    c_void_p,
)
from functools import cache
from importlib.resources import files
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final

from numpy.typing import NDArray

LIBRARY: Final = str(files("clustering.kernels") / "kernels.so")
"""What `scripts/build-kernels.sh` makes."""

_POINTER, _SIZE = c_void_p, c_size_t
_SIGNATURES: Final = MappingProxyType(
    {
        "hash_words": (_SIZE, [_POINTER, _SIZE, *[_POINTER] * 5]),
        "hash_shingles": (None, [_POINTER, _SIZE, _POINTER, _SIZE, _POINTER]),
        "sum_words": (c_uint64, [_POINTER, _SIZE]),
        "sort_unique": (_SIZE, [_POINTER, _SIZE, _POINTER]),
        "hash_stems": (None, [*[_POINTER] * 5, _SIZE, c_int64, c_int, _POINTER]),
        "compute_signature": (None, [_POINTER, _SIZE, _POINTER, _POINTER, _POINTER]),
        "score_languages": (c_int64, [_POINTER, _SIZE, *[_POINTER] * 4, _SIZE, _POINTER]),
        "find_postings": (_SIZE, [_POINTER, _SIZE, _POINTER, *[_SIZE] * 3, _POINTER, _POINTER]),
        "share_triple": (c_int, [_POINTER, _SIZE, _POINTER, _SIZE, c_int]),
        "vectorise": (None, [*[_POINTER] * 4, _SIZE, _POINTER, c_int, c_double, *[_POINTER] * 5]),
        "weigh_packed": (
            c_int,
            [_POINTER, _POINTER, _SIZE, _POINTER, c_int, c_double, *[_POINTER] * 3],
        ),
        "compute_pair_features": (None, [_POINTER, _POINTER, _POINTER, _POINTER, _SIZE]),
        "extract_terms": (
            c_int64,
            [_POINTER, *[_SIZE] * 3, *[_POINTER] * 3, _SIZE, *[_POINTER] * 10],
        ),
        "sign_texts": (
            c_int,
            [_POINTER, _POINTER, _SIZE, _SIZE, *[_POINTER] * 4, _SIZE, *[_POINTER] * 4],
        ),
    }
)
"""The result and the arguments of each kernel; all pointers are addresses of arrays or bytes."""
_LONG: Final = frozenset({"score_languages", "extract_terms", "sign_texts"})
"""Kernels that read whole texts."""


@cache
def load_kernels() -> Any | None:
    """Return the kernels, or None if they were not compiled for this machine.

    Returns
    -------
    SimpleNamespace or None
        A function for each kernel.
    """
    try:
        letting_go, keeping = ctypes.CDLL(LIBRARY), ctypes.PyDLL(LIBRARY)
        kernels = SimpleNamespace()
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(letting_go if name in _LONG else keeping, name)
            function.restype, function.argtypes = result, arguments
            setattr(kernels, name, function)
    except (OSError, AttributeError):  # not compiled, or from older sources
        return None
    return kernels


def address(array: NDArray[Any]) -> int:
    """Return the address of the first element of a contiguous array."""
    return array.ctypes.data


def addresses(*arrays: NDArray[Any]) -> tuple[int, ...]:
    """Return the addresses of several arrays."""
    return tuple(map(address, arrays))
