"""Latency of pages and API responses with a hundred thousand articles in the store.

Each address is requested many times inside this process: the time includes everything the service
does, but no network. The ratio is that of processor time to `/healthz` in the same run, which does
not use the store.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from flask.testing import FlaskClient
from sqlalchemy import select

from benchmarks.output import Row, options, show
from benchmarks.synthetic_store import fill_store
from service import queries, settings
from service.queries import EventFilter, EventSummary
from service.store import Store
from service.store.schema import articles
from service.web import extensions
from service.web.app import close_app, create_app
from service.web.server import warm_up

ARTICLES = 100_000
N_REQUESTS = 20
"""Timed requests of each page, after one that is not timed."""
LIST_DEPTH = 50
"""Pages of the list before the deep one."""
CHANGES_PER_RESPONSE = 500
N_WEBHOOKS = 3

Addresses = dict[str, str]
"""Addresses of pages, by name."""


def prepare(location: str, size: int, files: list[Path]) -> None:
    """Fill a store if it is empty, and print what is in it."""
    with Store(location) as store:
        if not queries.get_stats(store).articles:
            started = perf_counter()
            fill_store(store, size, files)
            print(f"filled in {perf_counter() - started:.0f} s")
        stats = queries.get_stats(store)
        print(f"{stats.articles} articles, {stats.duplicate_groups} groups, {stats.events} events")


def pages(store: Store) -> Addresses:
    """Return the addresses of all pages that are measured."""
    newest_events = list(islice(_iter_events(store), 50 * LIST_DEPTH + 1))
    typical = newest_events[len(newest_events) // 2]
    common_word = typical.headline.split()[-1]
    deep_page = queries.list_events(store, EventFilter(), limit=50 * LIST_DEPTH)
    newest_seq = queries.get_last_seq(store) - CHANGES_PER_RESPONSE
    return {
        "healthz": "/healthz",
        **_lists(typical, deep_page.next_cursor),
        **_events(store, typical),
        **_articles(store),
        "page: webhooks": "/admin/webhooks",
        "page: history": "/admin/history",
        "api: events": "/v1/events",
        "api: events, two filters": f"/v1/events?q={common_word}&source={typical.sources[0]}",
        "api: changes": f"/v1/changes?limit={CHANGES_PER_RESPONSE}",
        "api: newest changes": f"/v1/changes?since={newest_seq}",
        "api: decisions": "/v1/decisions",
        "api: search, a common word": f"/v1/search?q={common_word}",
        "api: search, one letter and more": "/v1/search?q=s*",
        "api: search, two such letters": "/v1/search?q=a*+OR+s*",
        "list: one letter and more": "/admin/events?q=s*",
        "sources": "/admin/sources",
        "api: article by address": "/v1/articles?url=https://news.example/500",
        "storyline": f"/admin/events/{typical.event_id}/storyline",
        "feed: rss": "/feeds/events.rss",
        "feed: json, one word": f"/feeds/events.json?q={common_word}",
        "metrics": "/metrics",
    }


def _iter_events(store: Store) -> Iterator[EventSummary]:
    cursor = None
    while True:
        page = queries.list_events(store, EventFilter(), cursor, 1000)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _lists(typical: EventSummary, deep_cursor: str | None) -> Addresses:
    headline_words = typical.headline.split()
    rare_word, common_word = headline_words[0], headline_words[-1]
    since, until = (_day(moment) for moment in (typical.first_seen, typical.last_seen))
    filters = {
        "a common word": f"q={common_word}",
        "a rare word": f"q={rare_word}",
        "no such word": "q=zyzzyva",
        "three words": f"q={rare_word}+of+{common_word}",
        "source": f"source={typical.sources[0]}",
        "no such source": "source=Nobody",
        "language": "language=fr",
        "time": f"since={since}&until={until}",
        "at least 100 articles": "min_size=100",
        "all filters": f"q=of&source={typical.sources[0]}&language=en&min_size=3&since={since}",
        f"{LIST_DEPTH} pages on": f"cursor={deep_cursor}",
        f"{LIST_DEPTH} pages on, one word": f"q=of&cursor={deep_cursor}",
    }
    return {
        "list": "/admin",
        **{f"list: {name}": f"/admin/events?{query}" for name, query in filters.items()},
    }


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _events(store: Store, typical: EventSummary) -> Addresses:
    events = list(_iter_events(store))
    largest = max(events, key=lambda event: event.size)
    copies = max(events, key=lambda event: event.size / event.group_count)
    return {
        f"event of {typical.size}": f"/admin/events/{typical.event_id}",
        f"event of {largest.size}": f"/admin/events/{largest.event_id}",
        f"event of {largest.size}, page 20": f"/admin/events/{largest.event_id}?page=20",
        f"event of {copies.size} copies": f"/admin/events/{copies.event_id}",
        f"merging the event of {largest.size}": f"/admin/merge-event/{largest.event_id}",
        f"api: event of {typical.size}": f"/v1/events/{typical.event_id}",
        f"api: event of {largest.size}": f"/v1/events/{largest.event_id}",
    }


def _articles(store: Store) -> Addresses:
    with store.reading() as connection:
        many_versions = connection.execute(
            select(articles.c.id, articles.c.version).order_by(articles.c.version.desc()).limit(1)
        ).one()
        typical = connection.scalar(select(articles.c.id).where(articles.c.version == 1).limit(1))
    return {
        "article": f"/admin/articles/{typical}",
        "moving an article": f"/admin/move-article/{typical}?q=of",
        f"article of {many_versions.version} versions": f"/admin/articles/{many_versions.id}",
        "api: article": f"/v1/articles/{typical}",
        "api: versions": f"/v1/articles/{many_versions.id}/versions",
    }


def measure(client: FlaskClient, addresses: Addresses, n_requests: int) -> Iterator[Row]:
    healthz_seconds = 0.0
    for name, address in addresses.items():
        length = _get(client, address)  # the first time compiles templates and statements
        gc.collect()
        elapsed, processor = zip(*(_timed(client, address) for _ in range(n_requests)), strict=True)
        healthz_seconds = healthz_seconds or median(processor)
        yield {
            "page": name,
            "KB": round(length / 1000),
            "median ms": 1000 * median(elapsed),
            "p95 ms": 1000 * quantiles(elapsed, n=20)[-1],
            "processor ms": 1000 * median(processor),
            "ratio": median(processor) / healthz_seconds,
        }


def _timed(client: FlaskClient, address: str) -> tuple[float, float]:
    """Return the elapsed seconds and the processor seconds of a request."""
    elapsed, processor = perf_counter(), process_time()
    _get(client, address)
    return perf_counter() - elapsed, process_time() - processor


def _get(client: FlaskClient, address: str) -> int:
    response = client.get(address)
    assert response.status_code == 200, (address, response.text)
    return len(response.data)


def subscribe(client: FlaskClient) -> None:
    """Create webhooks that are still to receive every change."""
    for number in range(N_WEBHOOKS):
        body = {"url": "http://127.0.0.1:9/", "since": 0, "active": False}
        assert client.put(f"/v1/webhooks/pages-{number}", json=body).status_code < 300


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        help="articles whose texts to use",
    )
    parser.add_argument("--db", help="store to fill if it is empty, and to keep: a file or URL")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="articles in a new store")
    parser.add_argument("--requests", type=int, default=N_REQUESTS, help="timed requests per page")
    parser.add_argument("--only", default="", help="measure only pages whose name has this text")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        location = args.db or str(Path(folder, "store.db"))
        prepare(location, args.articles, args.files)
        app = create_app(settings.load(db=location))
        try:
            warm_up(app)
            client = app.test_client()
            subscribe(client)
            addresses = pages(app.extensions[extensions.STORE])
            chosen = {name: path for name, path in addresses.items() if args.only in name}
            show(measure(client, {"healthz": "/healthz"} | chosen, args.requests), args.json)
        finally:
            close_app(app)


if __name__ == "__main__":
    main()
