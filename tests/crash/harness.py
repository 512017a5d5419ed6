"""Kill the service under load, again and again, and compare it with what clients were told.

    python -m tests.crash.harness --kills 200
    scripts/with-postgres.sh python -m tests.crash.harness --kills 200 --postgres

Four clients post single articles and batches, update, delete, decide and undo. At the same time,
commands delete articles by retention and cluster all of them again. Sometimes the store is set back
to an older version before the restart, and the service is killed while it upgrades it, or while it
computes features anew.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import text

from service.store import Store
from tests.crash.clients import Client, Stories
from tests.crash.ledger import ABSENT, Ledger
from tests.crash.verification import Verifier
from tests.service.crawlers.storyfold_process import PROGRAM, StoryfoldProcess
from tests.support.old_stores import OLD_VERSIONS, downgrade
from tests.support.postgres import drop_databases, empty_database

N_CLIENTS = 4
N_PROBES = 12
_COMPARED = ("outcome", "duplicate_group_id", "duplicate_of")


class Maintenance(threading.Thread):
    """Runs the commands that change many articles, next to the service; they are killed with it."""

    def __init__(self, url: str, place: str, ledger: Ledger, stories: Stories, seed: int) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._environment = {**os.environ, "STORYFOLD_DB": place}
        self._ledger = ledger
        self._stories = stories
        self._random = random.Random(f"maintenance-{seed}")
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def run(self) -> None:
        """Alternate between retention and reclustering until stopped."""
        while not self._stopping.is_set():
            try:
                if self._random.random() < 0.5:
                    self._delete_old()
                else:
                    self._command("recluster")
            except httpx.TransportError:
                self._stopping.wait(0.05)

    def kill(self) -> None:
        """Kill the command that runs, and end."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()
        self.join(60)

    def _delete_old(self) -> None:
        for _ in range(5):
            number = self._random.randrange(10**9)
            title, body = self._stories.draw(self._random, number)
            article = {"id": f"old-{number}", "title": title, "text": body, "source": "old"}
            with self._ledger.attempt({article["id"]: body}) as acknowledgement:
                if httpx.post(f"{self._url}/v1/articles", json=article, timeout=60).is_success:
                    acknowledgement.confirm(article["id"])
        # The command also finds those that commands before it were killed over.
        remaining = self._ledger.possible_articles("old-")
        with self._ledger.attempt(dict.fromkeys(remaining, ABSENT)) as acknowledgement:
            if self._command("prune", "--older-than", "0", "--source", "old", "--articles") == 0:
                for article_id in remaining:
                    acknowledgement.confirm(article_id)

    def _command(self, *arguments: str) -> int:
        if self._stopping.is_set():
            return 1
        self._process = subprocess.Popen(
            [PROGRAM, *arguments],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self._process.wait()


class Harness:
    """One service, its clients, and the store that they share.

    Parameters
    ----------
    folder : Path
    place : str
        Path or URL of an empty store.
    seed : int
    """

    def __init__(self, folder: Path, place: str, seed: int) -> None:
        self.place = place
        self.counts: Counter[str] = Counter()
        self._seed = seed
        self._random = random.Random(f"harness-{seed}")
        self._service = StoryfoldProcess(
            folder,
            STORYFOLD_DB=place,
            STORYFOLD_RECLUSTER_IDLE_SECONDS="0",
            STORYFOLD_EMBEDDINGS="off",
        )
        self.ledger = Ledger()
        self._stories = Stories(seed)
        self._verifier = Verifier(place, self.ledger)
        self._clients = [
            Client(number, lambda: self._service.url, self.ledger, self._stories, seed)
            for number in range(N_CLIENTS)
        ]

    def run(self, n_kills: int) -> list[str]:
        """Kill and restart the service; return everything that was ever wrong."""
        wrong: list[str] = []
        self._service.start()
        for client in self._clients:
            client.start()
        try:
            for number in range(1, n_kills + 1):
                wrong += self._cycle(number, is_last=number == n_kills)
                if wrong:
                    break
        finally:
            for client in self._clients:
                client.close()
            self._service.stop()
        return wrong

    def describe(self) -> str:
        """Say in one line what has happened so far."""
        return (
            f"{self.counts['kills']} kills, {self.counts['kills in upgrades']} of them in upgrades;"
            f" {self.ledger.n_acknowledged} answers compared,"
            f" {self.ledger.n_unanswered} requests refused or without an answer"
        )

    def _cycle(self, number: int, *, is_last: bool) -> list[str]:
        """Load, kill, restart, compare."""
        maintenance = Maintenance(
            self._service.url, self.place, self.ledger, self._stories, self._seed + number
        )
        maintenance.start()
        for client in self._clients:
            client.resume()
        time.sleep(self._random.uniform(0.2, 2.0))
        answers = None
        if number % 4 == 0:
            maintenance.kill()
            self._pause_clients()
            answers = self._probe()
        self._service.stop(signal.SIGKILL)
        maintenance.kill()
        self._pause_clients()
        self._restart(number)
        wrong = self._verifier.verify(with_features=number % 20 == 0 or is_last)
        if answers is not None:
            wrong += _find_differences(answers, self._probe())
        wrong += [repr(client.error) for client in self._clients if client.error]
        self.counts["kills"] += 1
        if number % 10 == 0:
            print(self.describe(), flush=True)
        return [f"kill {number}: {what}" for what in wrong]

    def _pause_clients(self) -> None:
        for client in self._clients:
            client.pause()

    def _restart(self, number: int) -> None:
        if number % 5 == 0:
            self._set_back()
            for _ in range(self._random.randint(1, 2)):
                self._service.start(wait=False)
                time.sleep(self._random.uniform(0.3, 2.5))
                self._service.stop(signal.SIGKILL)
                self.counts["kills"] += 1
                self.counts["kills in upgrades"] += 1
        self._service.start()

    def _set_back(self) -> None:
        """Make the store one of an older version, with outdated features."""
        with Store(self.place) as store, store.writing() as connection:
            connection.execute(
                text(
                    "UPDATE features SET fingerprint_version = 0, terms = :none WHERE key % 3 = 0"
                ),
                {"none": b"?"},
            )
            version = self._random.choice(OLD_VERSIONS)
            if version >= "4":  # the upgrades before it read the features
                downgrade(connection, version)

    def _probe(self) -> list[object]:
        """Ask which groups some articles would join.

        Events are not compared: neighbours that were found before the term weights changed keep
        their probabilities until they are due, and are looked up by the newest after a start.
        """
        generator = random.Random(self._seed)
        answers: list[object] = []
        for number in range(N_PROBES):
            title, body = self._stories.draw(generator, number)
            article = {"id": f"probe-{number}", "title": title, "text": body}
            url = f"{self._service.url}/v1/articles?dry_run=true"
            answer = httpx.post(url, json=article, timeout=60)
            assert answer.is_success, answer.text
            answers.append({name: answer.json()[name] for name in _COMPARED})
        return answers


def _find_differences(killed: list[object], built_anew: list[object]) -> list[str]:
    return [
        f"the index that was killed answered {before}, one built anew {after}"
        for before, after in zip(killed, built_anew, strict=True)
        if before != after
    ]


def main() -> None:
    """Run the harness and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="use TEST_POSTGRES_URL")
    parser.add_argument("--folder", type=Path, help="empty, for a store and log that stay")
    arguments = parser.parse_args()
    started = time.monotonic()
    with ExitStack() as blocks:
        folder = arguments.folder or Path(blocks.enter_context(tempfile.TemporaryDirectory()))
        place = str(folder / "store.db")
        if arguments.postgres:
            blocks.callback(drop_databases)
            place = blocks.enter_context(empty_database())
        harness = Harness(folder, place, arguments.seed)
        wrong = harness.run(arguments.kills)
    for what in wrong:
        print(what)
    print(f"{harness.describe()}; {len(wrong)} problems; {time.monotonic() - started:.0f} s")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
