from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from service.client import AsyncStoryfoldClient, StoryfoldClient
from tests.service.client.scripted_server import ScriptedServer
from tests.service.crawlers.storyfold_process import StoryfoldProcess

OpenClient = Callable[..., Any]


class Blocking:
    """An asynchronous client with the methods of the other, so that tests try both.

    Its loop runs in a thread of its own: that of the tests may already run Playwright's.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._client = AsyncStoryfoldClient(*arguments, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def _wait_for(self, awaitable: Any) -> Any:
        async def run() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            returned = getattr(self._client, name)(*arguments, **options)
            if inspect.isawaitable(returned):
                return self._wait_for(returned)
            return self._iterate(returned)

        return call

    def _iterate(self, values: Any) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self._wait_for(anext(values))
                except StopAsyncIteration:
                    return
        finally:
            self._wait_for(values.aclose())

    def close(self) -> None:
        self._wait_for(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(params=[StoryfoldClient, Blocking], ids=["sync", "async"])
def open_client(request: pytest.FixtureRequest) -> Iterator[OpenClient]:
    """Open clients of both kinds; they are closed at the end."""
    with ExitStack() as stack:

        def open_one(url: str, *arguments: Any, **options: Any) -> Any:
            client = request.param(url, *arguments, **options)
            stack.callback(client.close)
            return client

        yield open_one


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server that answers as a test says."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def storyfold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryfoldProcess]:
    """A running service shared by tests that do not depend on its other articles."""
    service = StoryfoldProcess(tmp_path_factory.mktemp("service"))
    service.start()
    yield service
    service.stop()
