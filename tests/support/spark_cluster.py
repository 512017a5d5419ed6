"""A standalone Spark master with workers, on the loopback address."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_START_SECONDS = 60.0


@contextmanager
def running_cluster(folder: Path, n_workers: int) -> Iterator[str]:
    """Yield the address of a master with workers of one core each."""
    port = _free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as processes:
        options = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
        processes.enter_context(_running("master.Master", options, folder / "master.log"))
        _wait_for(folder / "master.log", "I have been elected leader", 1)
        for number in range(n_workers):
            options = ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g"]
            options += ["--webui-port", "0", "--work-dir", str(folder / f"work{number}"), address]
            log = folder / f"worker{number}.log"
            processes.enter_context(_running("worker.Worker", options, log))
            _wait_for(log, "Successfully registered with master", 1)
        yield address


@contextmanager
def _running(name: str, options: list[str], log: Path) -> Iterator[None]:
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *options]
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(log: Path, words: str, times: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while log.read_text(encoding="utf-8", errors="replace").count(words) < times:
        if time.monotonic() > deadline:
            raise TimeoutError(log.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
