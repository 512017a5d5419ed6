"""The processes of `signing`, from the side of the benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self, cast

from benchmarks.comparison.environment import LIBRARIES_PYTHON, ROOT


class SigningProcess:
    """Signs texts by one library when told to; ends with the block.

    Parameters
    ----------
    library : str
    texts : Path
        As `write_texts` writes them.
    """

    def __init__(self, library: str, texts: Path) -> None:
        python = sys.executable if library == "storyfold" else LIBRARIES_PYTHON
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.comparison.signing", library, str(texts)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._input = cast(IO[str], self._process.stdin)
        self._output = cast(IO[str], self._process.stdout)

    def __enter__(self) -> Self:
        if self._output.readline().strip() != "ready":
            raise SystemExit("a library to compare with cannot be loaded; see above")
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
        self._process.wait()
        self._output.close()

    def texts_per_second(self, start: int, stop: int) -> float:
        """Sign some of the texts, and return the rate."""
        self._input.write(f"{start} {stop}\n")
        self._input.flush()
        return (stop - start) / float(self._output.readline())


def write_texts(texts: Sequence[str], file: Path) -> Path:
    """Write one JSON string per line."""
    file.write_text("".join(f"{json.dumps(text)}\n" for text in texts), encoding="utf-8")
    return file
