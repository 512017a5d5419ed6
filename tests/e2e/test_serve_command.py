"""The installed program as a process: `storyfold serve` from start to stop, and pipes."""

import json
import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

PROGRAM = str(Path(sys.executable).with_name("storyfold"))
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
TIMEOUT_SECONDS = 60.0

Start = Callable[..., "Service"]


class Service:
    """A running `storyfold serve`."""

    def __init__(self, *arguments: str) -> None:
        self.output = Path("serve.out")
        with self.output.open("wb") as out, Path("serve.err").open("wb") as err:
            command = [PROGRAM, "serve", "--port", "0", *arguments]
            self.process = subprocess.Popen(command, stdout=out, stderr=err)

    def read_greeting(self) -> str:
        """Wait for the whole greeting and return it."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            text = self.output.read_text()
            if text.endswith("}'\n\n"):
                return text
            time.sleep(0.05)
        raise AssertionError(self.output.read_text() + Path("serve.err").read_text())

    def get(self, path: str) -> Any:
        address = ADDRESS.findall(self.read_greeting())[0]
        with urllib.request.urlopen(address + path, timeout=TIMEOUT_SECONDS) as response:
            return response.read().decode()

    def stop(self, signal_number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(TIMEOUT_SECONDS)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFOLD_DB", "news.db")


@pytest.fixture
def start() -> Iterator[Start]:
    services: list[Service] = []

    def start(*arguments: str) -> Service:
        services.append(Service(*arguments))
        return services[-1]

    yield start
    for service in services:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()


def run(
    *arguments: str,
    stdin: bytes = b"",
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[bytes]:
    command = [PROGRAM, *arguments]
    return subprocess.run(
        command, input=stdin, stdout=stdout, stderr=stderr, timeout=TIMEOUT_SECONDS, check=False
    )


def assignments(service: Service) -> list[str]:
    return sorted(service.get("/v1/assignments").splitlines())


def test_only_the_first_start_loads_the_starter_corpus(start: Start) -> None:
    service = start("--starter")
    assert "Loaded the starter corpus (" in service.read_greeting()
    before = assignments(service)
    assert len(before) >= 80
    assert service.stop() == 0
    restarted = start("--starter")
    assert "starter corpus" not in restarted.read_greeting()
    assert assignments(restarted) == before


def test_printed_request_works_when_pasted(start: Start) -> None:
    service = start("--starter")
    greeting = service.read_greeting()
    addresses = re.findall(r"/(?:admin|docs)$", greeting, re.MULTILINE)
    assert len(addresses) == 2
    for address in addresses:
        assert "<html" in service.get(address)
    command = greeting[greeting.index("  curl") :]
    completed = subprocess.run(
        ["sh", "-c", command], capture_output=True, timeout=TIMEOUT_SECONDS, check=True
    )
    answer = json.loads(completed.stdout)
    assert answer["event_size"] > 1, "the example belongs to an event of the starter corpus"
    assert answer["duplicate_of"] is None


def test_printed_request_has_a_placeholder_for_the_token(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFOLD_TOKENS", "secret-1")
    greeting = start().read_greeting()
    assert "secret-1" not in greeting
    command = greeting[greeting.index("  curl") :].replace("YOUR_TOKEN", "secret-1")
    completed = subprocess.run(
        ["sh", "-c", command], capture_output=True, timeout=TIMEOUT_SECONDS, check=True
    )
    assert json.loads(completed.stdout)["outcome"] == "new"


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_the_service_cleanly(start: Start, signal_number: signal.Signals) -> None:
    service = start()
    service.read_greeting()
    assert service.stop(signal_number) == 0
    assert "Traceback" not in Path("serve.err").read_text()
    assert not Path("news.db-wal").exists(), "the store was closed"


def test_port_in_use_is_a_one_line_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        completed = run("serve", "--port", str(port))
    assert completed.returncode == 1
    assert completed.stdout == b""
    assert f"Error: can't listen on 127.0.0.1:{port}: ".encode() in completed.stderr
    assert b"Traceback" not in completed.stderr


def test_invalid_port_is_named() -> None:
    completed = run("serve", "--port", "70000")
    assert completed.returncode == 1
    assert b"STORYFOLD_PORT" in completed.stderr
    assert completed.stderr.count(b"\n") == 1


def test_running_service_sees_what_another_process_ingests(start: Start) -> None:
    service = start()
    service.read_greeting()
    line = json.dumps({"id": "piped", "text": "Fog closed the airport at Kelvale until noon."})
    assert run("ingest", "-", stdin=line.encode()).returncode == 0
    (assignment,) = assignments(service)
    assert json.loads(assignment)["article_id"] == "piped"


def test_closed_output_pipe_prints_no_error() -> None:
    lines = "".join(json.dumps({"id": f"{n}", "title": f"Notice {n}"}) + "\n" for n in range(300))
    run("ingest", "-", stdin=lines.encode())
    read, write = os.pipe()
    os.close(read)
    completed = run("export", stdout=write)
    os.close(write)
    assert completed.stderr == b""


def test_interrupted_ingest_keeps_stored_articles_and_can_be_repeated() -> None:
    lines = [json.dumps({"id": f"{n}", "text": f"One{n} two{n} three{n}"}) for n in range(3000)]
    Path("many.jsonl").write_text("\n".join(lines))
    # A shell starts background jobs with interrupts ignored, and the tests may be one of them.
    command = ["env", "--default-signal=INT", PROGRAM, "ingest", "many.jsonl"]
    with subprocess.Popen(command, stderr=PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"1,000 articles\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_SECONDS) == 1
    with sqlite3.connect("news.db") as store:
        (n_stored,) = store.execute("SELECT count(*) FROM articles").fetchone()
    store.close()
    assert 1000 <= n_stored < 3000
    assert f"{3000 - n_stored:,} new" in run("ingest", "many.jsonl").stdout.decode()


def test_progress_is_a_bar_on_a_terminal() -> None:
    lines = [json.dumps({"id": f"{n}", "title": f"Notice {n}"}) for n in range(300)]
    Path("some.jsonl").write_text("\n".join([*lines, "nonsense"]))
    controller, terminal = pty.openpty()
    run("ingest", "some.jsonl", stderr=terminal)
    os.close(terminal)
    output = os.read(controller, 100_000).decode()
    os.close(controller)
    assert "100%" in output
    assert "\r\x1b[Ksome.jsonl:301: broken JSON" in output


def test_version_option_prints_the_version() -> None:
    assert re.fullmatch(rb"storyfold \d+\.\d+\.\d+\n", run("--version").stdout)
