"""A `storyfold serve` of its own, with a store in a folder, that can be stopped and started."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self
from urllib.error import HTTPError
from urllib.request import urlopen

PROGRAM: Final = str(Path(sys.executable).with_name("storyfold"))
_ADDRESS: Final = re.compile(r"listens on (http://\S+)")
_POLL_SECONDS: Final = 0.02
_TIMEOUT_SECONDS: Final = 600.0


class ServiceProcess:
    """Starts the service when the block is entered, and stops it at the end.

    Parameters
    ----------
    folder : Path
        Holds the store and what the service prints. With a store of an earlier process, this is a
        restart.
    environment : mapping of str to str, optional
        Variables of the program; by default those of this process.

    Attributes
    ----------
    store : Path
        The store, in a folder of its own.
    address : str
        Where it listens.
    start_seconds : float
        From the start of the program until articles could be stored.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder, self._environment = folder, environment
        self.store = folder / "store" / "news.db"
        self.address, self.start_seconds = "", 0.0

    def __enter__(self) -> Self:
        output = self.folder / "output.txt"
        self.store.parent.mkdir(exist_ok=True)
        command = [PROGRAM, "serve", "--port", "0", "--db", str(self.store)]
        started = time.perf_counter()
        with output.open("w") as written:
            self._process = subprocess.Popen(
                command, stdout=written, stderr=written, env=self._environment
            )
        try:
            self.address = self._wait_ready(output)
        except BaseException:
            self._process.kill()
            raise
        self.start_seconds = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(_TIMEOUT_SECONDS)

    def _wait_ready(self, output: Path) -> str:
        while self._process.poll() is None:
            match = _ADDRESS.search(output.read_text())
            if match and _is_ok(f"{match[1]}/readyz"):
                return match[1]
            time.sleep(_POLL_SECONDS)
        raise SystemExit(f"storyfold serve ended:\n{output.read_text()}")

    def resident_bytes(self) -> int:
        """Return the resident memory of all its processes in bytes, as Linux counts it."""
        return sum(_resident_bytes(process) for process in _process_tree(self._process.pid))

    def disk_bytes(self) -> int:
        """Return the size of the files of the store in bytes."""
        return sum(file.stat().st_size for file in self.store.parent.iterdir())


def _is_ok(url: str) -> bool:
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS):
            return True
    except HTTPError:
        return False


def _process_tree(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [process, *(member for child in children for member in _process_tree(child))]


def _resident_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return 1024 * int(match[1]) if match else 0
