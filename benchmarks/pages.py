"""How long pages and answers take with a hundred thousand articles in the store.

Each is asked for over and over, inside this process: all that the service does is in the figures,
the network is not. The ratio is that of processor time to the page of `/healthz` in the same run,
which asks nothing of the store.
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

from benchmarks.report import Row, options, show
from benchmarks.room import fill_store
from service import queries, settings
from service.queries import EventFilter, EventSummary
from service.store import Store
from service.store.schema import articles
from service.web import extensions
from service.web.app import close_app, create_app
from service.web.server import warm_up

ARTICLES = 100_000
TIMES = 20
"""Every page is asked for so often, and once before."""
DEPTH = 50
"""Pages of the list behind the first one."""
PARCELS = 500
"""Changes in one answer."""
WEBHOOKS = 3

Pages = dict[str, str]


def prepare(where: str, size: int, files: list[Path]) -> None:
    """Fill a store if it is empty; say what is in it."""
    with Store(where) as store:
        if not queries.get_stats(store).articles:
            started = perf_counter()
            fill_store(store, size, files)
            print(f"filled in {perf_counter() - started:.0f} s")
        there = queries.get_stats(store)
        print(f"{there.articles} articles, {there.duplicate_groups} groups, {there.events} events")


def pages(store: Store) -> Pages:
    """Addresses by what is behind them."""
    listed = list(islice(_listed(store), 50 * DEPTH + 1))
    usual = listed[len(listed) // 2]
    common = usual.headline.split()[-1]
    return {
        "healthz": "/healthz",
        **_lists(usual, queries.list_events(store, EventFilter(), limit=50 * DEPTH).next_cursor),
        **_events(store, usual),
        **_articles(store),
        "page: webhooks": "/admin/webhooks",
        "page: history": "/admin/history",
        "api: events": "/v1/events",
        "api: events, two filters": f"/v1/events?q={common}&source={usual.sources[0]}",
        "api: changes": f"/v1/changes?limit={PARCELS}",
        "api: newest changes": f"/v1/changes?since={queries.get_last_seq(store) - PARCELS}",
        "api: decisions": "/v1/decisions",
        "feed: rss": "/feeds/events.rss",
        "feed: json, one word": f"/feeds/events.json?q={common}",
        "metrics": "/metrics",
    }


def _listed(store: Store) -> Iterator[EventSummary]:
    cursor = None
    while True:
        page = queries.list_events(store, EventFilter(), cursor, 1000)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _lists(usual: EventSummary, deep: str | None) -> Pages:
    word, common = usual.headline.split()[0], usual.headline.split()[-1]
    since, until = (_day(at) for at in (usual.first_seen, usual.last_seen))
    filters = {
        "a common word": f"q={common}",
        "a rare word": f"q={word}",
        "no such word": "q=zyzzyva",
        "three words": f"q={word}+of+{common}",
        "source": f"source={usual.sources[0]}",
        "no such source": "source=Nobody",
        "language": "language=fr",
        "time": f"since={since}&until={until}",
        "at least 100 articles": "min_size=100",
        "all filters": f"q=of&source={usual.sources[0]}&language=en&min_size=3&since={since}",
        f"{DEPTH} pages on": f"cursor={deep}",
        f"{DEPTH} pages on, one word": f"q=of&cursor={deep}",
    }
    return {
        "list": "/admin",
        **{f"list: {name}": f"/admin/events?{asked}" for name, asked in filters.items()},
    }


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _events(store: Store, usual: EventSummary) -> Pages:
    found = list(_listed(store))
    largest = max(found, key=lambda event: event.size)
    copies = max(found, key=lambda event: event.size / event.group_count)
    return {
        f"event of {usual.size}": f"/admin/events/{usual.event_id}",
        f"event of {largest.size}": f"/admin/events/{largest.event_id}",
        f"event of {largest.size}, page 20": f"/admin/events/{largest.event_id}?page=20",
        f"event of {copies.size} copies": f"/admin/events/{copies.event_id}",
        f"merging the event of {largest.size}": f"/admin/merge-event/{largest.event_id}",
        f"api: event of {usual.size}": f"/v1/events/{usual.event_id}",
        f"api: event of {largest.size}": f"/v1/events/{largest.event_id}",
    }


def _articles(store: Store) -> Pages:
    with store.reading() as transaction:
        versions = transaction.execute(
            select(articles.c.id, articles.c.version).order_by(articles.c.version.desc()).limit(1)
        ).one()
        usual = transaction.scalar(select(articles.c.id).where(articles.c.version == 1).limit(1))
    return {
        "article": f"/admin/articles/{usual}",
        "moving an article": f"/admin/move-article/{usual}?q=of",
        f"article of {versions.version} versions": f"/admin/articles/{versions.id}",
        "api: article": f"/v1/articles/{usual}",
        "api: versions": f"/v1/articles/{versions.id}/versions",
    }


def measure(client: FlaskClient, addresses: Pages, times: int) -> Iterator[Row]:
    bare = 0.0
    for name, address in addresses.items():
        length = _get(client, address)  # the first time compiles templates and statements
        gc.collect()
        taken, worked = zip(*(_timed(client, address) for _ in range(times)), strict=True)
        bare = bare or median(worked)
        yield {
            "page": name,
            "KB": round(length / 1000),
            "median ms": 1000 * median(taken),
            "p95 ms": 1000 * quantiles(taken, n=20)[-1],
            "processor ms": 1000 * median(worked),
            "ratio": median(worked) / bare,
        }


def _timed(client: FlaskClient, address: str) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    started, before = perf_counter(), process_time()
    _get(client, address)
    return perf_counter() - started, process_time() - before


def _get(client: FlaskClient, address: str) -> int:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return len(answer.data)


def subscribe(client: FlaskClient) -> None:
    """Let some subscribers wait for all that has ever changed."""
    for number in range(WEBHOOKS):
        wanted = {"url": "http://127.0.0.1:9/", "since": 0, "active": False}
        assert client.put(f"/v1/webhooks/pages-{number}", json=wanted).status_code < 300


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("files", nargs="*", type=Path, help="texts for the store; else invented")
    parser.add_argument("--db", help="file or URL; filled if it is empty, and kept")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="to fill it with")
    parser.add_argument("--times", type=int, default=TIMES, help="that each page is asked for")
    parser.add_argument("--only", default="", help="a part of the names of pages")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        where = args.db or str(Path(folder, "room.db"))
        prepare(where, args.articles, args.files)
        app = create_app(settings.load(db=where))
        try:
            warm_up(app)
            client = app.test_client()
            subscribe(client)
            every = pages(app.extensions[extensions.STORE])
            chosen = {name: it for name, it in every.items() if args.only in name}
            show(measure(client, {"healthz": "/healthz"} | chosen, args.times), args.json)
        finally:
            close_app(app)


if __name__ == "__main__":
    main()
