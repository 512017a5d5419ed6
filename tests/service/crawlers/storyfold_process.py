"""A storyfold service in its own process, which can be killed and restarted at its address."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("storyfold"))
TIMEOUT_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class StoryfoldProcess:
    """`storyfold serve` on one port and one store, running or stopped."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "storyfold.log"
        self._settings = {"STORYFOLD_DB": str(folder / "store.db"), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "serve", "--port", str(self.port)],
                env={**os.environ, **self._settings},
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._is_ready():
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def stop(self, signal_: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(signal_)
            self._process.wait(TIMEOUT_SECONDS)
            self._process = None

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=TIMEOUT_SECONDS) as response:
            body: str = response.read().decode()
            return body

    def get(self, path: str) -> Any:
        return json.loads(self.text(path))

    def articles(self) -> dict[str, dict[str, Any]]:
        """Every article with its assignment, by its address."""
        articles: dict[str, dict[str, Any]] = {}
        for row in self.assignments():
            article = self.get(f"/v1/articles/{row['article_id']}")
            assert article["url"] not in articles, "stored twice"
            articles[article["url"]] = article
        return articles

    def assignments(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text("/v1/assignments").splitlines()]

    def changes(self) -> list[dict[str, Any]]:
        changes: list[dict[str, Any]] = []
        cursor = "0"
        while page := self.get(f"/v1/changes?since={cursor}&limit=500")["items"]:
            changes += page
            cursor = str(page[-1]["seq"])
        return changes

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        return False
