"""Test the images as compose.yaml runs them.

    python3 scripts/try_image.py IMAGE CRAWLER_IMAGE docker|podman [OPTION]...

Needs only Python and Docker or podman.
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
TIMEOUT_SECONDS: Final = 120.0
MAX_STOP_SECONDS: Final = 2.0
N_SYNTHETIC_ARTICLES: Final = 1500
"""Enough articles that loading them at the start can be observed."""
SANDBOX_OPTIONS: Final = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
# Without these limits, podman requests more than some machines allow.
LIMITS: Final = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


class ContainerEngine:
    """The docker or podman command."""

    def __init__(self, *command: str) -> None:
        self._command = command

    def __call__(self, *arguments: str, check: bool = True) -> str:
        completed = subprocess.run(
            [*self._command, *arguments], capture_output=True, text=True, check=False
        )
        if check and completed.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {completed.stdout}{completed.stderr}")
        return completed.stdout.strip()

    def succeeds(self, *arguments: str) -> bool:
        command = [*self._command, *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def inspect(self, kind: str, name: str) -> dict[str, Any]:
        (details,) = json.loads(self(kind, "inspect", name))
        return dict(details)


class Service:
    """A sandboxed container of the image, with a volume that outlives it."""

    def __init__(self, engine: ContainerEngine, image: str, name: str) -> None:
        self._engine, self._image, self.name = engine, image, name
        details = engine.inspect("image", image)
        # Docker and podman have it in different places.
        check = details["Config"].get("Healthcheck") or details["Healthcheck"]
        self._health_check: list[str] = check["Test"][1:]

    def start(self) -> None:
        self._engine(
            *("run", "--detach", "--name", self.name, *SANDBOX_OPTIONS, *LIMITS, "--tmpfs", "/tmp"),
            *("--volume", f"{self.name}:/data", "--publish", "127.0.0.1::8080"),
            # Events that change meanwhile would hide what a restart loses.
            *("--env", "STORYFOLD_RECLUSTER_IDLE_SECONDS=0"),
            *("--env", "STORYFOLD_PUBLISHED_ON=127.0.0.1", self._image),
        )
        self.address = self._engine("port", self.name, "8080/tcp").splitlines()[0]

    def stop(self) -> tuple[int, float]:
        """Return the exit code and the seconds from the signal to the end."""
        started = time.time()
        self._engine("kill", "--signal", "TERM", self.name)
        self._engine("wait", self.name)
        state = self._engine.inspect("container", self.name)["State"]
        self._engine("rm", self.name)
        return state["ExitCode"], datetime.fromisoformat(state["FinishedAt"]).timestamp() - started

    def status(self, path: str) -> int:
        """Return the status of the response; 0 if there is none."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as response:
                return int(response.status)
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
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return [json.loads(line) for line in response]

    def assignments(self) -> set[str]:
        with urllib.request.urlopen(
            f"http://{self.address}/v1/assignments", timeout=60
        ) as response:
            return {line.decode().strip() for line in response}

    def is_healthy(self) -> bool:
        """Whether the health check of the image succeeds."""
        return self._engine.succeeds("exec", self.name, *self._health_check)

    def run_python(self, script: str) -> str:
        return self._engine("exec", self.name, "python3", "-c", script)

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.status("/readyz") == 200)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("timed out")
        time.sleep(0.01)


def report(result: str) -> None:
    print(f"  ok  {result}", flush=True)


def check_function(service: Service) -> None:
    """Post texts in six languages and a page of HTML, and open the admin pages."""
    starter = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    gold = {article["id"]: article.pop("duplicate_group") for article in starter}
    for article in starter:
        del article["event"]
    results = service.post(starter)
    assert [result["article_id"] for result in results] == [article["id"] for article in starter]
    canonical_of = {result["article_id"]: result["duplicate_of"] for result in results}
    wrong = [
        article
        for article, canonical in canonical_of.items()
        if canonical and gold[article] != gold[canonical]
    ]
    assert sum(map(bool, canonical_of.values())) >= 20, canonical_of
    assert not wrong, wrong
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in starter[0]["text"].split("\n\n"))
    page = f"<html><title>x</title><article><h1>x</h1>{paragraphs}</article></html>"
    (result,) = service.post([{"id": "html", "html": page}])
    assert gold[result["duplicate_of"]] == gold["s001"], result
    for path in ("/admin", "/docs", "/openapi.json", "/metrics"):
        assert service.status(path) == 200, path
    report("stores texts in six languages and HTML, and shows its pages")


def check_sandbox(service: Service) -> None:
    script = "print(open('/proc/1/status').read())"
    status = dict(line.split(":\t", 1) for line in service.run_python(script).splitlines())
    assert set(status["Uid"].split()) == {"10001"}, status["Uid"]
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    assert status["NoNewPrivs"] == "1"
    script = "import errno, os\ntry: open('/opt/x', 'w')\nexcept OSError as e: print(e.errno)"
    assert service.run_python(script) == "30", "EROFS: read-only file system"
    written = service.run_python("import os; print(*sorted(os.listdir('/data')))").split()
    assert all(name.startswith("storyfold.db") for name in written), written
    sbom = json.loads(service.run_python("print(open('/opt/storyfold/sbom.cdx.json').read())"))
    names = {part["name"] for part in sbom["components"]}
    assert {"flask", "numpy", "python3", "libc6"} <= names, names
    report(f"brings its bill of materials, of {len(names)} packages")
    report("runs without root, capabilities or a writable file system; its state is in /data")


def check_stop(service: Service) -> None:
    idle = HTTPConnection(service.address, timeout=10)  # stays open without another request
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    code, seconds = service.stop()
    idle.close()
    assert code == 0, code
    assert seconds < MAX_STOP_SECONDS, seconds
    report(f"stops cleanly in {seconds:.1f} s")


def check_health(service: Service) -> None:
    """While the service starts, compare the health check with /readyz before and after it."""
    n_not_ready = 0
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        before = service.status("/readyz")
        healthy = service.is_healthy()
        after = service.status("/readyz")
        assert healthy or before != 200, "ready and not healthy"
        if after != 200:
            assert not healthy, "healthy and not ready"
            n_not_ready += service.status("/healthz") == 200 or after == 503
        elif healthy:
            break
    assert n_not_ready, "loading was not observed"
    report(f"is healthy only when the index is loaded ({n_not_ready} times alive and not ready)")


def check_crawler(engine: ContainerEngine, service: Service, image: str) -> None:
    """Run the example crawler and site in the network of the service."""
    n_before = len(service.assignments())
    options = [
        "--network",
        f"container:{service.name}",
        *SANDBOX_OPTIONS,
        *LIMITS,
        "--tmpfs",
        "/tmp",
    ]
    site, crawler = f"{service.name}-site", f"{service.name}-crawler"
    with remove_after(engine, site), remove_after(engine, crawler):
        serve = ["python3", "-m", "http.server", "8000", "--directory", "/crawler/site"]
        engine("run", "--detach", "--name", site, *options, image, *serve)
        engine("run", "--name", crawler, *options, "--volume", f"{crawler}:/data", image)
        logs = engine("logs", crawler)
        n_new = len(service.assignments()) - n_before
        assert n_new == 5, (n_new, logs)
    report("a crawler delivers its five pages")


@contextmanager
def remove_after(engine: ContainerEngine, name: str) -> Iterator[None]:
    try:
        yield
    finally:
        engine("rm", "--force", "--volumes", name, check=False)
        engine("volume", "rm", "--force", name, check=False)


def synthetic_articles(count: int) -> list[dict[str, Any]]:
    rng = random.Random(5)
    words = ["".join(rng.choices("aeiou kmnrst", k=6)).replace(" ", "o") for _ in range(4000)]
    return [
        {"id": f"m{number}", "text": " ".join(rng.choices(words, k=60))} for number in range(count)
    ]


def main(image: str, crawler_image: str, *command: str) -> None:
    """Run all checks, and remove all containers and volumes."""
    engine = ContainerEngine(*command)
    service = Service(engine, image, f"storyfold-test-{random.SystemRandom().randrange(10**9)}")
    with remove_after(engine, service.name):
        service.start()
        service.wait_until_ready()
        check_function(service)
        check_sandbox(service)
        check_crawler(engine, service, crawler_image)
        service.post(synthetic_articles(N_SYNTHETIC_ARTICLES))
        assignments = service.assignments()
        check_stop(service)
        service.start()
        check_health(service)
        assert service.assignments() == assignments
        report("has all assignments after a restart")
        check_stop(service)


if __name__ == "__main__":
    main(*sys.argv[1:])
