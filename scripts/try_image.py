"""Try the image out as compose.yaml runs it.

    python3 scripts/try_image.py IMAGE CRAWLER_IMAGE docker|podman [OPTION]...

Needs nothing but Python and the program that runs containers.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

SEEDS: Final = Path(__file__).parents[1] / "seeds" / "starter.jsonl"
PATIENCE: Final = 120.0
SECONDS_TO_STOP: Final = 2.0
LOADED_FOR_A_WHILE: Final = 1500
"""So many articles are loaded long enough to be seen loading."""
LOCKED_UP: Final = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
# Without it, podman wants more than a machine may give.
LIMITS: Final = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


class Program:
    """Docker or podman."""

    def __init__(self, *command: str) -> None:
        self._command = command

    def __call__(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [*self._command, *arguments], capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def succeeds(self, *arguments: str) -> bool:
        command = [*self._command, *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def inspected(self, what: str, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self(what, "inspect", name))
        return found[0]


class Service:
    """A container of the image, locked up, over a volume that outlives it."""

    def __init__(self, program: Program, image: str, name: str) -> None:
        self._program, self._image, self.name = program, image, name
        found = program.inspected("image", image)
        # Docker keeps it in one place, podman in another.
        check = found["Config"].get("Healthcheck") or found["Healthcheck"]
        self._health_check: list[str] = check["Test"][1:]

    def start(self) -> None:
        self._program(
            *("run", "--detach", "--name", self.name, *LOCKED_UP, *LIMITS, "--tmpfs", "/tmp"),
            *("--volume", f"{self.name}:/data", "--publish", "127.0.0.1::8080"),
            *("--env", "STORYFOLD_PUBLISHED_ON=127.0.0.1", self._image),
        )
        self.address = self._program("port", self.name, "8080/tcp").splitlines()[0]

    def stop(self) -> tuple[int, float]:
        """Return the exit code and the seconds from the signal to the end."""
        started = time.time()
        self._program("kill", "--signal", "TERM", self.name)
        self._program("wait", self.name)
        state = self._program.inspected("container", self.name)["State"]
        self._program("rm", self.name)
        return state["ExitCode"], datetime.fromisoformat(state["FinishedAt"]).timestamp() - started

    def status(self, path: str) -> int:
        """The status of an answer; 0 where there is none."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def post(self, articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
        body = b"".join(json.dumps(article).encode() + b"\n" for article in articles)
        request = urllib.request.Request(
            f"http://{self.address}/v1/articles/batch",
            body,
            {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return [json.loads(line) for line in answer]

    def assignments(self) -> set[str]:
        with urllib.request.urlopen(f"http://{self.address}/v1/assignments", timeout=60) as answer:
            return {line.decode().strip() for line in answer}

    def is_healthy(self) -> bool:
        """Whether the image's own check says so."""
        return self._program.succeeds("exec", self.name, *self._health_check)

    def inside(self, script: str) -> str:
        return self._program("exec", self.name, "python3", "-c", script)

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.status("/readyz") == 200)


def wait_until(come_about: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not come_about():
        if time.monotonic() > deadline:
            raise SystemExit("gave up waiting")
        time.sleep(0.01)


def say(done: str) -> None:
    print(f"  ok  {done}", flush=True)


def works(service: Service) -> None:
    """Texts of six languages, a page of HTML, and the pages for people."""
    starter = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    gold = {article["id"]: article.pop("duplicate_group") for article in starter}
    for article in starter:
        del article["event"]
    answers = service.post(starter)
    assert [answer["article_id"] for answer in answers] == [article["id"] for article in starter]
    pairs = {answer["article_id"]: answer["duplicate_of"] for answer in answers}
    wrong = [one for one, other in pairs.items() if other and gold[one] != gold[other]]
    assert sum(map(bool, pairs.values())) >= 20, pairs
    assert not wrong, wrong
    paragraphs = "".join(f"<p>{part}</p>" for part in starter[0]["text"].split("\n\n"))
    page = f"<html><title>x</title><article><h1>x</h1>{paragraphs}</article></html>"
    (answer,) = service.post([{"id": "html", "html": page}])
    assert gold[answer["duplicate_of"]] == gold["s001"], answer
    for path in ("/admin", "/docs", "/openapi.json", "/metrics"):
        assert service.status(path) == 200, path
    say("takes in texts of six languages and HTML, and shows its pages")


def is_locked_up(service: Service) -> None:
    script = "print(open('/proc/1/status').read())"
    status = dict(line.split(":\t", 1) for line in service.inside(script).splitlines())
    assert set(status["Uid"].split()) == {"10001"}, status["Uid"]
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    assert status["NoNewPrivs"] == "1"
    script = "import errno, os\ntry: open('/opt/x', 'w')\nexcept OSError as e: print(e.errno)"
    assert service.inside(script) == "30", "EROFS: read-only file system"
    written = service.inside("import os; print(*sorted(os.listdir('/data')))").split()
    assert all(name.startswith("storyfold.db") for name in written), written
    say("runs without root, capabilities or a file system to write on; its state is in /data")


def stops_in_time(service: Service) -> None:
    idle = HTTPConnection(service.address, timeout=10)  # kept alive, asks nothing more
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    code, seconds = service.stop()
    idle.close()
    assert code == 0, code
    assert seconds < SECONDS_TO_STOP, seconds
    say(f"stops cleanly in {seconds:.1f} s")


def is_healthy_only_when_ready(service: Service) -> None:
    """From the start on, ask the image's check, and the service before and after it."""
    refuted = 0
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        before = service.status("/readyz")
        healthy = service.is_healthy()
        after = service.status("/readyz")
        assert healthy or before != 200, "ready and not healthy"
        if after != 200:
            assert not healthy, "healthy and not ready"
            refuted += service.status("/healthz") == 200 or after == 503
        elif healthy:
            break
    assert refuted, "it was never seen loading"
    say(f"is healthy only when the index has caught up ({refuted} times alive and not ready)")


def crawls(program: Program, service: Service, image: str) -> None:
    """The example beside it, sharing its network."""
    before = len(service.assignments())
    shared = ["--network", f"container:{service.name}", *LOCKED_UP, *LIMITS, "--tmpfs", "/tmp"]
    site, crawler = f"{service.name}-site", f"{service.name}-crawler"
    with removed(program, site), removed(program, crawler):
        serve = ["python3", "-m", "http.server", "8000", "--directory", "/crawler/site"]
        program("run", "--detach", "--name", site, *shared, image, *serve)
        program("run", "--name", crawler, *shared, "--volume", f"{crawler}:/data", image)
        said = program("logs", crawler)
        known = len(service.assignments()) - before
        assert known == 5, (known, said)
    say("a crawler beside it delivers its five pages")


@contextmanager
def removed(program: Program, name: str) -> Iterator[None]:
    try:
        yield
    finally:
        program("rm", "--force", "--volumes", name, check=False)
        program("volume", "rm", "--force", name, check=False)


def many(count: int) -> list[dict[str, Any]]:
    draw = random.Random(5)
    words = ["".join(draw.choices("aeiou kmnrst", k=6)).replace(" ", "o") for _ in range(4000)]
    return [{"id": f"m{at}", "text": " ".join(draw.choices(words, k=60))} for at in range(count)]


def main(image: str, crawler_image: str, *command: str) -> None:
    """Try everything, and leave nothing behind."""
    program = Program(*command)
    service = Service(program, image, f"storyfold-test-{random.SystemRandom().randrange(10**9)}")
    with removed(program, service.name):
        service.start()
        service.wait_until_ready()
        works(service)
        is_locked_up(service)
        crawls(program, service, crawler_image)
        service.post(many(LOADED_FOR_A_WHILE))
        known = service.assignments()
        stops_in_time(service)
        service.start()
        is_healthy_only_when_ready(service)
        assert service.assignments() == known
        say("comes back with all it knew")
        stops_in_time(service)


if __name__ == "__main__":
    main(*sys.argv[1:])
