"""Signatures from raw texts on one core, by storyfold and by the other libraries in turns."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from benchmarks.comparison.figures import Figure
from benchmarks.comparison.signing_process import SigningProcess

_OTHERS = ("rensa", "datasketch")


def measure_signatures(texts: Path, n_texts: int, n_rounds: int) -> list[Figure]:
    """Sign all texts in each round; every library has a process of its own."""
    rates: dict[str, list[float]] = {name: [] for name in ("storyfold", *_OTHERS)}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(SigningProcess(name, texts)) for name in rates}
        for _ in range(n_rounds):
            for name, process in processes.items():
                rates[name].append(process.texts_per_second(0, n_texts))
    return [
        Figure(
            "signatures from raw text, texts/s",
            tuple(rates["storyfold"]),
            f"{other}, signatures",
            tuple(rates[other]),
        )
        for other in _OTHERS
    ]
