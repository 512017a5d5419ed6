"""Clients that post, update and delete articles, decide and undo, and note every answer."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Sequence

import httpx

from tests.crash.decision_ledger import RequestedDecision
from tests.crash.ledger import ABSENT, Ledger
from tests.support.story_factory import StoryFactory, truncate

N_EVENTS = 30
_PAUSE_SECONDS = 0.05


class Stories:
    """Texts about a few events that all clients report."""

    def __init__(self, seed: int) -> None:
        factory = StoryFactory(seed)
        self._names = [factory.names(5) for _ in range(N_EVENTS)]
        self._reports = [[factory.text(6, names) for _ in range(3)] for names in self._names]

    def draw(self, generator: random.Random, number: int) -> tuple[str, str]:
        """Return the title and text of a report or reprint; `number` makes it unlike all others."""
        event = generator.randrange(N_EVENTS)
        text = generator.choice(self._reports[event])
        if generator.random() < 0.4:
            text = truncate(text, generator.uniform(0.6, 0.95))
        title = " ".join(generator.sample(self._names[event], 3))
        return title, f"{text} Report number {number}."


class Client(threading.Thread):
    """One client with articles of its own; it goes on when the service is back.

    Parameters
    ----------
    number : int
    choose_url : callable
        Returns the address of a running service.
    ledger : Ledger
    stories : Stories
    seed : int
    changes_articles : bool
        Whether it also updates, deletes and decides.
    """

    def __init__(
        self,
        number: int,
        choose_url: Callable[[], str],
        ledger: Ledger,
        stories: Stories,
        seed: int,
        *,
        changes_articles: bool = True,
    ) -> None:
        super().__init__(daemon=True)
        self._prefix = f"c{number}-"
        self._choose_url = choose_url
        self._ledger = ledger
        self._stories = stories
        self._random = random.Random(f"{seed}-{number}")
        self._count = 0
        self._running = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._closing = False
        self._kinds: Sequence[tuple[Callable[[], None], int]] = [
            (self._post_new, 50),
            (self._post_batch, 12),
        ]
        if changes_articles:
            self._kinds = [
                *self._kinds,
                (self._update, 16),
                (self._remove_one, 8),
                (self._decide, 8),
                (self._undo, 3),
            ]
        self.longest_seconds = 0.0
        self.error: BaseException | None = None

    def resume(self) -> None:
        """Send requests, unless an answer was a mistake of the service."""
        if not self._closing:
            self._idle.clear()
            self._running.set()

    def pause(self) -> None:
        """Send no more requests, and wait for the last answer."""
        self._running.clear()
        self._idle.wait(90)

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._running.set()
        self.join(90)

    def run(self) -> None:
        """Send requests of all kinds, while it is not paused."""
        actions, weights = zip(*self._kinds, strict=True)
        with httpx.Client(timeout=60) as self._http:
            while not self._closing:
                if not self._running.is_set():
                    self._idle.set()
                    self._running.wait()
                    continue
                self._act(self._random.choices(actions, weights)[0])
        self._idle.set()

    def _act(self, action: Callable[[], None]) -> None:
        started = time.monotonic()
        try:
            action()
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - started)
        except (httpx.TransportError, httpx.StreamError):
            time.sleep(_PAUSE_SECONDS)  # the service is down
        except BaseException as error:
            self.error = error
            self._closing = True

    def _url(self, path: str) -> str:
        return self._choose_url() + path

    def _next(self) -> tuple[str, dict[str, str]]:
        self._count += 1
        article_id = f"{self._prefix}{self._count}"
        return article_id, self._article(article_id)

    def _article(self, article_id: str) -> dict[str, str]:
        number = self._random.randrange(10**9)
        title, text = self._stories.draw(self._random, number)
        return {"id": article_id, "title": title, "text": text, "source": self._prefix}

    def _post_new(self) -> None:
        self._post(self._next()[1])

    def _update(self) -> None:
        known = self._ledger.known_articles(self._prefix)
        if known:
            self._post(self._article(self._random.choice(known)))

    def _post(self, article: dict[str, str]) -> None:
        with self._ledger.attempt({article["id"]: article["text"]}) as acknowledgement:
            answer = self._http.post(self._url("/v1/articles"), json=article)
            if self._is_refused(answer):
                return
            acknowledgement.confirm(article["id"])
            self._note_places(answer.json())

    def _post_batch(self) -> None:
        articles = [self._next()[1] for _ in range(self._random.randint(2, 8))]
        body = "".join(json.dumps(article) + "\n" for article in articles)
        texts = {article["id"]: article["text"] for article in articles}
        with (
            self._ledger.attempt(texts) as acknowledgement,
            self._http.stream(
                "POST",
                self._url("/v1/articles/batch"),
                content=body,
                headers={"Content-Type": "application/x-ndjson"},
            ) as answer,
        ):
            if self._is_refused(answer):
                return
            for line in answer.iter_lines():
                result = json.loads(line)
                if "article_id" in result:
                    acknowledgement.confirm(result["article_id"])
                    self._note_places(result)
                elif result.get("status") != 503:
                    raise AssertionError(result)

    def _remove_one(self) -> None:
        known = self._ledger.known_articles(self._prefix)
        if not known:
            return
        article_id = self._random.choice(known)
        with self._ledger.attempt({article_id: ABSENT}) as acknowledgement:
            answer = self._http.delete(self._url(f"/v1/articles/{article_id}"))
            if not self._is_refused(answer):
                acknowledgement.confirm(article_id)

    def _decide(self) -> None:
        known = self._ledger.known_articles(self._prefix)
        if len(known) < 2:
            return
        kind = self._random.choice(["same_event", "keep_apart", "duplicate", "not_duplicate"])
        pair = self._random.sample(known, 2)
        self._request_decision(
            "/v1/decisions",
            {"kind": kind, "article_ids": pair},
            RequestedDecision(kind, tuple(pair)),
        )

    def _undo(self) -> None:
        known = self._ledger.decisions.known_decisions()
        if not known:
            return
        decision_id = self._random.choice(known)
        self._request_decision(
            f"/v1/decisions/{decision_id}/undo", {}, RequestedDecision("undo", (decision_id,))
        )

    def _request_decision(
        self, path: str, request: dict[str, object], requested: RequestedDecision
    ) -> None:
        self._count += 1
        reason = f"{self._prefix}{self._count}"
        self._ledger.decisions.attempt(reason, requested)
        answer = self._http.post(self._url(path), json={**request, "reason": reason})
        if answer.status_code in (404, 409, 422):
            self._ledger.decisions.refuse(reason)
        elif not self._is_refused(answer):
            self._ledger.settle_decision(reason, answer.json()["decision_id"])

    def _is_refused(self, answer: httpx.Response) -> bool:
        """Whether it is to be tried again; any other refusal is a mistake of the service."""
        if answer.status_code == 503:
            assert "Retry-After" in answer.headers
            time.sleep(_PAUSE_SECONDS)
            return True
        if answer.is_success:
            return False
        answer.read()
        raise AssertionError(f"{answer.request.url}: {answer.status_code} {answer.text}")

    def _note_places(self, result: dict[str, str]) -> None:
        self._ledger.note_places((result["event_id"], result["duplicate_group_id"]))
