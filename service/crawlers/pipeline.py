"""The pipeline as crawlers see it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from pathlib import Path
from typing import Any, TypeVar

from service.crawlers import options as reading
from service.crawlers import spool
from service.crawlers.client import StoryfoldClient
from service.crawlers.items import DropItem, item_to_json, write_answer
from service.crawlers.options import Options
from service.crawlers.sender import BatchSender

_T = TypeVar("_T")


class StoryfoldPipeline:
    """Posts items to storyfold and writes into each which article it repeats and its event.

    In Scrapy, and in news-please, which is made of it, put it into ``ITEM_PIPELINES``; settings
    are ``STORYFOLD_URL`` and so on. Elsewhere make one, call `process_item` for each item, and
    `close_spider` at the end.

    Parameters
    ----------
    **given
        The fields of `Options`.

    Raises
    ------
    OptionError
        If a value can't be used.
    """

    def __init__(self, **given: Any) -> None:
        self.options = Options(**given)
        self._crawler: Any = None
        self._sender: BatchSender | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> StoryfoldPipeline:
        """Make the pipeline of a crawl; Scrapy calls this."""
        pipeline = cls(**vars(reading.from_settings(crawler.settings)))
        pipeline._crawler = crawler
        return pipeline

    def open_spider(self, spider: Any = None) -> None:
        """Open the spool; what an earlier crawl left there is delivered first.

        Raises
        ------
        SpoolError
            If the spool can't be used.
        """
        self._get_sender(spider)

    def process_item(self, item: Any, spider: Any = None) -> Any:
        """Post an item, and return it with the answer.

        Parameters
        ----------
        item : object
            A dict, an item of Scrapy, or an object with attributes.
        spider : Spider, optional

        Returns
        -------
        object
            The item, with `duplicate_of`, `duplicate_group_id` and `event_id`. Without them if the
            service did not answer in time: the item is in the spool then, and delivered later. In
            Scrapy, an awaitable of it, so that other items share the batch.

        Raises
        ------
        DropItem
            Scrapy's, where there is Scrapy: the item is a copy, and duplicates are dropped.
        """
        answer = self._get_sender(spider).enqueue(item_to_json(item, self.options.fields))
        if self._crawler is not None:
            return self._await_answer(item, answer)
        try:
            return self._apply_answer(item, answer.result(self.options.answer_wait))
        except NotYetError:
            return item

    def close_spider(self, spider: Any = None) -> Awaitable[None] | None:  # noqa: ARG002  as called
        """Deliver what is left in the spool, for at most ``close_wait`` seconds."""
        courier, self._sender = self._sender, None
        if courier is None:
            return None
        closed = courier.close(self.options.close_wait)
        if self._crawler is not None:
            return self._await_close(courier, closed)
        closed.result()
        return None

    def _get_sender(self, spider: Any) -> BatchSender:
        if self._sender is None:
            waiting = spool.open_spool(self._spool_path(spider))
            wait = self.options.batch_wait if self._crawler is not None else 0.0
            post = StoryfoldClient(self.options.url, self.options.token)
            self._sender = BatchSender(waiting, post, self.options.batch_size, wait)
        return self._sender

    def _spool_path(self, spider: Any) -> Path:
        spider = spider or getattr(self._crawler, "spider", None)
        name = str(getattr(spider, "name", "crawler")).replace(os.sep, "_")
        return Path(self.options.spool.replace("%(name)s", name))

    async def _await_answer(self, item: Any, answer: Future[Any]) -> Any:
        return self._apply_answer(item, await _wait_for(answer, self.options.answer_wait))

    async def _await_close(self, sender: BatchSender, closed: Future[int]) -> None:
        left = await _wait_for(closed, None)
        for name, count in sender.counts.items():
            self._crawler.stats.set_value(f"storyfold/{name}", count)
        self._crawler.stats.set_value("storyfold/left_in_spool", left)

    def _apply_answer(self, item: _T, answer: Mapping[str, Any] | None) -> _T:
        if answer is None:
            return item
        write_answer(item, answer)
        if self.options.drop_duplicates and answer["duplicate_of"] is not None:
            raise DropItem(f"a copy of {answer['duplicate_of']}")
        return item


async def _wait_for(future: Future[_T], timeout: float | None) -> _T | None:
    """Wait for a thread without holding up the crawl; None if it takes too long."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # a reactor of Twisted that is not asyncio's
        deferred: _T | None = await _wait_in_twisted(future, timeout)
        return deferred
    arrival = asyncio.wrap_future(future)
    await asyncio.wait([arrival], timeout=timeout)
    return arrival.result() if arrival.done() else None


def _wait_in_twisted(future: Future[_T], timeout: float | None) -> Any:
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    arrival: Any = Deferred()
    running: Any = reactor
    pending = running.callLater(timeout, arrival.callback, None) if timeout is not None else None

    def fire(value: _T) -> None:
        if not arrival.called:
            if pending is not None:
                pending.cancel()
            arrival.callback(value)

    future.add_done_callback(lambda done: running.callFromThread(fire, done.result()))
    return arrival
