"""The client for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from itertools import count
from typing import Any, Literal, Self

import httpx

from service.client import exchange
from service.client.batches import Line, LineSplitter, split_batch
from service.client.errors import BrokenAnswerError, StoryfoldError
from service.client.operations import AsyncOperations, EventSummary, IngestResult, LineProblem
from service.client.retries import Retries
from service.client.synchronous import DEFAULT_WAIT_SECONDS, Change, pause_before_poll


class AsyncStoryfoldClient(AsyncOperations):
    """Client of one service for asyncio. Close it, or use it in an ``async with`` statement.

    Besides the methods of the API it has `post_batch` for any number of articles, and iterators
    over `events` and `changes`. A call that fails is repeated where that is safe; what remains is
    raised as `StoryfoldError`.

    Parameters
    ----------
    url : str
        Address of the service.
    token : str, optional
        Bearer token.
    retries : Retries, optional
    **http_options
        Other arguments of `httpx.AsyncClient`, such as ``timeout`` or ``verify``.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        retries: Retries | None = None,
        **http_options: Any,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx.AsyncClient(**exchange.client_arguments(url, token, **http_options))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post_batch(
        self, articles: Iterable[Mapping[str, Any]], *, dry_run: bool | None = None
    ) -> AsyncIterator[IngestResult | LineProblem]:
        """Take in any number of articles; yield a result or a problem for each, in order.

        Articles are sent in requests of bounded size, as the iterator is consumed: nothing is sent
        before, and the rest is not if it is left. ``line`` of a problem counts from 1.

        Parameters
        ----------
        articles : iterable of mapping
        dry_run : bool, optional
            Return the results, and store nothing.

        Raises
        ------
        StoryfoldError
            Articles that have a result are stored; the others may be stored or not.
        """
        for lines in split_batch(articles):
            async for result in self._deliver(lines, dry_run):
                yield result

    async def post_lines(
        self, lines: Sequence[bytes], *, dry_run: bool | None = None
    ) -> AsyncGenerator[bytes]:
        """Post lines of JSON in one request; yield the lines of the answer.

        Nothing is repeated: for programs that queue their articles themselves.

        Raises
        ------
        StoryfoldError
            If the service refuses the request, or the answer breaks off.
        """
        request = self._http.build_request(**exchange.batch_arguments(lines, dry_run))
        async with self._opened(request, Retries(attempts=1)) as response:
            async for line in _lines(response):
                yield line

    async def events(
        self,
        *,
        since: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        q: str | None = None,
        source: str | None = None,
        language: str | None = None,
        min_size: int | None = None,
        state: Literal["open", "merged", "empty"] | None = None,
    ) -> AsyncIterator[EventSummary]:
        """Iterate over the events of all pages, newest first; the filters are `get_events`'."""
        cursor: str | None = None
        while True:
            page = await self.get_events(
                since=since, until=until, q=q, source=source, language=language,
                min_size=min_size, state=state, cursor=cursor,
            )  # fmt: skip
            for event in page.items:
                yield event
            cursor = page.next_cursor
            if cursor is None:
                return

    async def changes(
        self, since: int | str = 0, *, wait: float = DEFAULT_WAIT_SECONDS
    ) -> AsyncIterator[Change]:
        """Iterate over the changes after a cursor, and wait for more.

        Parameters
        ----------
        since : int or str
            Cursor of the last change that was dealt with; 0 is the beginning of the log.
        wait : float
            Seconds that one request waits for changes, at most 60. With 0 the iterator ends at the
            present.

        Yields
        ------
        Change
            The change and its cursor, to be stored once the change is dealt with.
        """
        cursor = str(since)
        while True:
            asked_at = time.monotonic()
            page = await self.get_changes(since=int(cursor), wait=wait or None)
            for change in page.items:
                yield Change(change, str(change.seq))
            cursor = page.next_cursor
            if not page.items:
                if not wait:
                    return
                await asyncio.sleep(pause_before_poll(wait, time.monotonic() - asked_at))

    async def _send(
        self,
        method: str,
        path: str,
        answer: Any,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = True,
    ) -> Any:
        arguments = exchange.request_arguments(method, path, query, body, headers)
        request = self._http.build_request(**arguments)
        response = await self._exchange(exchange.Call(request, self._retries, is_repeatable))
        return exchange.read_answer(answer, response)

    async def _stream(self, method: str, path: str, answer: Any) -> AsyncIterator[Any]:
        request = self._http.build_request(**exchange.request_arguments(method, path))
        async with self._opened(request, self._retries) as response:
            async for line in _lines(response):
                yield exchange.decode_json(answer, line)

    async def _deliver(
        self, lines: Sequence[Line], dry_run: bool | None
    ) -> AsyncIterator[IngestResult | LineProblem]:
        delivery = exchange.BatchDelivery(lines, self._retries.attempts)
        while delivery:
            arguments = exchange.batch_arguments(delivery.next_lines(), dry_run)
            request = self._http.build_request(**arguments)
            try:
                async with self._opened(request, self._retries) as response:
                    async for line in _lines(response):
                        if (result := delivery.accept(line)) is None:
                            break
                        yield result
                if delivery.is_answered:
                    continue
                failure = StoryfoldError("the service is busy, or left out results")
            except BrokenAnswerError as error:
                failure = error
            except StoryfoldError as error:
                if refused := delivery.shrink(error):
                    yield refused
                continue
            await self._wait_to_resume(delivery, failure)

    async def _wait_to_resume(
        self, delivery: exchange.BatchDelivery, failure: StoryfoldError
    ) -> None:
        wait = self._retries.wait_after_failure(delivery.attempt, is_repeatable=True, was_sent=True)
        if wait is None:
            raise failure
        delivery.attempt += 1
        await asyncio.sleep(wait)

    @asynccontextmanager
    async def _opened(
        self, request: httpx.Request, retries: Retries
    ) -> AsyncIterator[httpx.Response]:
        """Send a request, again where it may be; give the response, whose body is not read yet."""
        response = await self._exchange(exchange.Call(request, retries, is_streamed=True))
        try:
            yield response
        except httpx.RequestError as error:
            raise BrokenAnswerError(f"the answer broke off: {error}") from error
        finally:
            await response.aclose()

    async def _exchange(self, call: exchange.Call) -> httpx.Response:
        for attempt in count(1):
            response_or_wait = await self._attempt(call, attempt)
            if isinstance(response_or_wait, httpx.Response):
                return response_or_wait
            await asyncio.sleep(response_or_wait)
        raise AssertionError("unreachable")

    async def _attempt(self, call: exchange.Call, attempt: int) -> httpx.Response | float:
        """Return the response of one request, or the seconds to wait before the next."""
        try:
            response = await self._http.send(call.request, **call.http_options)
            if exchange.is_done(response, attempt):
                return response
            await response.aread()
        except httpx.RequestError as error:
            return call.wait_after_failure(error, attempt)
        wait = call.wait_after_response(response, attempt)
        if wait is None:
            raise exchange.error_from_response(response)
        return wait


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the lines of a body as they arrive.

    Raises
    ------
    StoryfoldError
        If the last line has no end.
    """
    splitter = LineSplitter()
    async for part in response.aiter_bytes():
        for line in splitter.feed(part):
            yield line
    if not splitter.is_complete:
        raise BrokenAnswerError("the answer ended in the middle of a line")
