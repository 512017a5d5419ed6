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
PATIENCE = 60.0

Start = Callable[..., "Service"]


class Service:
    """A running `storyfold serve`."""

    def __init__(self, *arguments: str) -> None:
        self.output = Path("serve.out")
        with self.output.open("wb") as out, Path("serve.err").open("wb") as err:
            command = [PROGRAM, "serve", "--port", "0", *arguments]
            self.process = subprocess.Popen(command, stdout=out, stderr=err)

    def said(self) -> str:
        """Wait until it has said all it says at the start."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            text = self.output.read_text()
            if text.endswith("}'\n\n"):
                return text
            time.sleep(0.05)
        raise AssertionError(self.output.read_text() + Path("serve.err").read_text())

    def get(self, path: str) -> Any:
        address = ADDRESS.findall(self.said())[0]
        with urllib.request.urlopen(address + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        command, input=stdin, stdout=stdout, stderr=stderr, timeout=PATIENCE, check=False
    )


def assignments(service: Service) -> list[str]:
    return sorted(service.get("/v1/assignments").splitlines())


def test_the_first_start_takes_in_the_starter_corpus_and_a_second_keeps_it(start: Start) -> None:
    service = start("--starter")
    assert "Took in the starter corpus of" in service.said()
    before = assignments(service)
    assert len(before) >= 80
    assert service.stop() == 0
    again = start("--starter")
    assert "starter corpus" not in again.said()
    assert assignments(again) == before


def test_what_is_printed_works_as_it_is_pasted(start: Start) -> None:
    service = start("--starter")
    said = service.said()
    addresses = re.findall(r"/(?:admin|docs)$", said, re.MULTILINE)
    assert len(addresses) == 2
    for address in addresses:
        assert "<html" in service.get(address)
    pasted = said[said.index("  curl") :]
    done = subprocess.run(["sh", "-c", pasted], capture_output=True, timeout=PATIENCE, check=True)
    answer = json.loads(done.stdout)
    assert answer["event_size"] > 1, "the example belongs to an event of the starter corpus"
    assert answer["duplicate_of"] is None


def test_with_tokens_the_printed_command_has_a_place_for_one(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFOLD_TOKENS", "secret-1")
    said = start().said()
    assert "secret-1" not in said
    pasted = said[said.index("  curl") :].replace("YOUR_TOKEN", "secret-1")
    done = subprocess.run(["sh", "-c", pasted], capture_output=True, timeout=PATIENCE, check=True)
    assert json.loads(done.stdout)["outcome"] == "new"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Start, how: signal.Signals) -> None:
    service = start()
    service.said()
    assert service.stop(how) == 0
    assert "Traceback" not in Path("serve.err").read_text()
    assert not Path("news.db-wal").exists(), "the store was closed"


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == b""
    assert f"Error: can't listen on 127.0.0.1:{port}: ".encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_bad_port_is_named() -> None:
    done = run("serve", "--port", "70000")
    assert done.returncode == 1
    assert b"STORYFOLD_PORT" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_ingest_beside_a_running_service_is_seen_by_it(start: Start) -> None:
    service = start()
    service.said()
    line = json.dumps({"id": "piped", "text": "Fog closed the airport at Kelvale until noon."})
    assert run("ingest", "-", stdin=line.encode()).returncode == 0
    (assignment,) = assignments(service)
    assert json.loads(assignment)["article_id"] == "piped"


def test_a_reader_that_leaves_early_is_no_error_to_speak_of() -> None:
    lines = "".join(json.dumps({"id": f"{n}", "title": f"Notice {n}"}) + "\n" for n in range(300))
    run("ingest", "-", stdin=lines.encode())
    read, write = os.pipe()
    os.close(read)
    done = run("export", stdout=write)
    os.close(write)
    assert done.stderr == b""


def test_an_interrupted_ingest_keeps_what_it_took_in_and_can_be_repeated() -> None:
    lines = [json.dumps({"id": f"{n}", "text": f"One{n} two{n} three{n}"}) for n in range(2000)]
    Path("many.jsonl").write_text("\n".join(lines))
    with subprocess.Popen([PROGRAM, "ingest", "many.jsonl"], stderr=PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"1,000 articles\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 1
    with sqlite3.connect("news.db") as store:
        (kept,) = store.execute("SELECT count(*) FROM articles").fetchone()
    store.close()
    assert 1000 <= kept < 2000
    assert f"{2000 - kept:,} new" in run("ingest", "many.jsonl").stdout.decode()


def test_progress_is_a_bar_where_somebody_watches() -> None:
    lines = [json.dumps({"id": f"{n}", "title": f"Notice {n}"}) for n in range(300)]
    Path("some.jsonl").write_text("\n".join([*lines, "nonsense"]))
    screen, terminal = pty.openpty()
    run("ingest", "some.jsonl", stderr=terminal)
    os.close(terminal)
    shown = os.read(screen, 100_000).decode()
    os.close(screen)
    assert "100%" in shown
    assert "\r\x1b[Ksome.jsonl:301: broken JSON" in shown


def test_the_installed_program_knows_its_version() -> None:
    assert re.fullmatch(rb"storyfold \d+\.\d+\.\d+\n", run("--version").stdout)
