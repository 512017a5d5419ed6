"""The item pipeline of Scrapy, news-please and crawlers that call it directly."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as ResultTimeoutError
from pathlib import Path
from typing import Any, TypeVar

from service.crawlers import client, options, spool
from service.crawlers.items import RESULT_FIELDS, DropItem, item_to_json, write_result
from service.crawlers.options import Options
from service.crawlers.sender import BatchSender

_T = TypeVar("_T")


class StoryfoldPipeline:
    """Posts items to storyfold, and writes duplicate group and event into each item.

    In Scrapy, and in news-please, which uses Scrapy, add it to ``ITEM_PIPELINES``; its settings
    are ``STORYFOLD_URL`` and so on. Elsewhere create one, call `process_item` for each item, and
    `close_spider` at the end.

    Parameters
    ----------
    **option_values
        The fields of `Options`.

    Raises
    ------
    OptionError
        If a value is invalid.
    """

    def __init__(self, **option_values: Any) -> None:
        self.options = Options(**option_values)
        self._crawler: Any = None
        self._sender: BatchSender | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> StoryfoldPipeline:
        """Create the pipeline of a crawl; called by Scrapy."""
        pipeline = cls(**vars(options.from_settings(crawler.settings)))
        pipeline._crawler = crawler
        return pipeline

    def open_spider(self, spider: Any = None) -> None:
        """Open the spool; items that an earlier crawl left there are delivered first.

        Raises
        ------
        SpoolError
            If the spool cannot be used.
        """
        self._get_sender(spider)

    def process_item(self, item: Any, spider: Any = None) -> Any:
        """Post an item, and return it with the result.

        Parameters
        ----------
        item : object
            A dict, an item of Scrapy, or an object with attributes.
        spider : Spider, optional

        Returns
        -------
        object
            The item with `outcome`, `duplicate_of` and `duplicate_of_url`, `duplicate_group_id`,
            `event_id` and the scores. If the service does not answer in time, the item is returned
            without them; it is in the spool, and delivered later. In Scrapy, an awaitable of the
            item, so that other items share the batch.

        Raises
        ------
        DropItem
            If the item is a duplicate and `drop_duplicates` is set. It is Scrapy's class if Scrapy
            is installed.
        """
        future = self._get_sender(spider).enqueue(item_to_json(item, self.options.fields))
        if self._crawler is not None:
            return self._await_result(item, future)
        try:
            return self._apply_result(item, future.result(self.options.answer_wait))
        except ResultTimeoutError:
            return item

    def close_spider(self, spider: Any = None) -> Awaitable[None] | None:  # noqa: ARG002  Scrapy's
        """Deliver the items left in the spool, for at most ``close_wait`` seconds."""
        sender, self._sender = self._sender, None
        if sender is None:
            return None
        closed = sender.close(self.options.close_wait)
        if self._crawler is not None:
            return self._await_close(sender, closed)
        closed.result()
        return None

    def _get_sender(self, spider: Any) -> BatchSender:
        if self._sender is None:
            batch_wait = self.options.batch_wait if self._crawler is not None else 0.0
            self._sender = BatchSender(
                spool.open_spool(self._spool_path(spider)),
                client.open_client(self.options.url, self.options.token),
                self.options.batch_size,
                batch_wait,
            )
        return self._sender

    def _spool_path(self, spider: Any) -> Path:
        spider = spider or getattr(self._crawler, "spider", None)
        name = str(getattr(spider, "name", "crawler")).replace(os.sep, "_")
        return Path(self.options.spool.replace("%(name)s", name))

    async def _await_result(self, item: Any, future: Future[Any]) -> Any:
        return self._apply_result(item, await _wait_for(future, self.options.answer_wait))

    async def _await_close(self, sender: BatchSender, closed: Future[int]) -> None:
        left_in_spool = await _wait_for(closed, None)
        for name, count in sender.counts.items():
            self._crawler.stats.set_value(f"storyfold/{name}", count)
        self._crawler.stats.set_value("storyfold/left_in_spool", left_in_spool)

    def _apply_result(self, item: _T, result: Mapping[str, Any] | None) -> _T:
        if result is None:
            return item
        write_result(item, _result_fields(result))
        if self.options.drop_duplicates and result["duplicate_of"] is not None:
            raise DropItem(f"duplicate of {result['duplicate_of']}")
        return item


def _result_fields(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is written into an item; a service may be older than the pipeline."""
    values = {**result.get("evidence", {}), **result}
    return {name: values.get(name) for name in RESULT_FIELDS}


async def _wait_for(future: Future[_T], timeout: float | None) -> _T | None:
    """Wait for a thread without blocking the crawl; return None at the timeout."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # a Twisted reactor that is not asyncio's
        result: _T | None = await _wait_in_twisted(future, timeout)
        return result
    wrapped = asyncio.wrap_future(future)
    await asyncio.wait([wrapped], timeout=timeout)
    return wrapped.result() if wrapped.done() else None


def _wait_in_twisted(future: Future[_T], timeout: float | None) -> Any:
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    deferred: Any = Deferred()
    untyped_reactor: Any = reactor
    timer: Any = None
    if timeout is not None:
        timer = untyped_reactor.callLater(timeout, deferred.callback, None)

    def resolve(value: _T) -> None:
        if not deferred.called:
            if timer is not None:
                timer.cancel()
            deferred.callback(value)

    future.add_done_callback(lambda done: untyped_reactor.callFromThread(resolve, done.result()))
    return deferred
