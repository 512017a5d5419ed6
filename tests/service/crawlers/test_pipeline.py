"""The pipeline called plainly, against a service that runs."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import scrapy
from scrapy.exceptions import DropItem

from service.crawlers import StoryfoldPipeline
from service.crawlers.options import OptionError
from service.crawlers.spool import SpoolError
from tests.service.crawlers.storyfold_process import StoryfoldProcess

Story = Callable[..., dict[str, Any]]
Open = Callable[..., StoryfoldPipeline]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Open]:
    """Open pipelines over one spool, one after the other."""
    opened: list[StoryfoldPipeline] = []

    def open_one(url: str, **given: Any) -> StoryfoldPipeline:
        options = {"spool": str(tmp_path / "spool.db"), "close_wait": 0.0, **given}
        opened.append(StoryfoldPipeline(url=url, **options))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close_spider()


def waiting(tmp_path: Path) -> int:
    spool = sqlite3.connect(tmp_path / "spool.db")
    try:
        (count,) = spool.execute("SELECT count(*) FROM waiting").fetchone()
    finally:
        spool.close()
    return int(count)


class Headline(scrapy.Item):
    """Has no fields for an answer, as the items of existing crawlers."""

    title = scrapy.Field()
    text = scrapy.Field()
    spider_response = scrapy.Field()


@dataclasses.dataclass
class Report:
    title: str
    text: str
    published_at: datetime


class Clipping:
    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text


def test_an_item_comes_back_with_its_answer(
    storyfold: StoryfoldProcess, pipeline: Open, make_article: Story
) -> None:
    it = pipeline(storyfold.url)
    first = it.process_item(make_article(1))
    copy = it.process_item(make_article(1, id="copy"), spider=None)
    assert first["duplicate_of"] is None
    assert copy["duplicate_of"] == "story-1"
    assert copy["duplicate_group_id"] == first["duplicate_group_id"]
    assert copy["event_id"] == first["event_id"]


def test_items_of_every_kind_get_it(
    storyfold: StoryfoldProcess, pipeline: Open, make_article: Story
) -> None:
    it = pipeline(storyfold.url)
    title, text = make_article(11)["title"], make_article(11)["text"]
    there = it.process_item(make_article(11))["event_id"]
    item = it.process_item(Headline(title=title, text=text, spider_response=object()))
    report = it.process_item(Report(title, text, datetime(2025, 5, 4, tzinfo=UTC)))
    clipping = it.process_item(Clipping(title, text))
    assert item["event_id"] == report.event_id == clipping.event_id == there


def test_the_fields_to_send_can_be_named(
    storyfold: StoryfoldProcess, pipeline: Open, make_article: Story
) -> None:
    given = make_article(21)
    item = {"key": "k-1", "head": given["title"], "said": given["text"], "text": "not this"}
    it = pipeline(storyfold.url, fields={"key": "id", "head": "title", "said": "text"})
    it.process_item(item)
    assert storyfold.get("/v1/articles/k-1")["text"] == given["text"]


def test_copies_can_be_dropped_and_are_known_all_the_same(
    storyfold: StoryfoldProcess, pipeline: Open, make_article: Story
) -> None:
    it = pipeline(storyfold.url, drop_duplicates=True)
    it.process_item(make_article(31))
    with pytest.raises(DropItem, match="a copy of story-31"):
        it.process_item(make_article(31, id="copy-31"))
    assert storyfold.get("/v1/articles/copy-31")["assignment"]["duplicate_of"] == "story-31"


def test_while_the_service_is_away_items_wait_on_disk_and_arrive_in_order_once(
    make_storyfold: Callable[..., StoryfoldProcess],
    pipeline: Open,
    make_article: Story,
    tmp_path: Path,
) -> None:
    service = make_storyfold()
    it = pipeline(service.url)
    started = time.monotonic()
    for number in range(40):
        assert "event_id" not in it.process_item(make_article(number))
    assert time.monotonic() - started < 5, "nobody waits for a service that is away"
    it.close_spider()
    assert waiting(tmp_path) == 40
    service.start()
    again = pipeline(service.url, close_wait=30.0)
    assert again.process_item(make_article(40))["event_id"]
    again.close_spider()
    assert waiting(tmp_path) == 0
    changes = service.changes()
    assert [it["article_id"] for it in changes] == [f"story-{number}" for number in range(41)]
    assert {it["kind"] for it in changes} == {"article.assigned"}


def test_it_delivers_by_itself_when_the_service_comes_back(
    make_storyfold: Callable[..., StoryfoldProcess], pipeline: Open, make_article: Story
) -> None:
    service = make_storyfold()
    it = pipeline(service.url)
    it.process_item(make_article(1))
    service.start()
    deadline = time.monotonic() + 30
    while not service.assignments():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    while "event_id" not in it.process_item(make_article(2)):
        assert time.monotonic() < deadline, "and answers again"
        time.sleep(0.1)


CRAWLER = textwrap.dedent("""
    import json, sys
    from service.crawlers import StoryfoldPipeline
    pipeline = StoryfoldPipeline(url=sys.argv[1], spool=sys.argv[2], answer_wait=0)
    for line in sys.stdin:
        pipeline.process_item(json.loads(line))
        print("taken", flush=True)
""")


def test_a_crawler_killed_before_the_answer_delivers_nothing_twice(
    make_storyfold: Callable[..., StoryfoldProcess],
    response_dropping_proxy: Callable[[StoryfoldProcess], str],
    pipeline: Open,
    make_article: Story,
    tmp_path: Path,
) -> None:
    """The service has the articles, the answers are lost, and the crawler dies."""
    service = make_storyfold()
    service.start()
    versions = [
        make_article(1),
        make_article(2),
        {**make_article(1), "text": make_article(3)["text"]},
        make_article(4),
    ]
    crawl(
        response_dropping_proxy(service),
        tmp_path / "spool.db",
        versions,
        lambda: len(service.assignments()) == 2,
    )
    it = pipeline(service.url, close_wait=30.0)
    it.open_spider()
    it.close_spider()
    assert waiting(tmp_path) == 0
    happened = [(it["kind"], it["article_id"]) for it in service.changes() if it["article_id"]]
    assert happened == [
        ("article.assigned", "story-1"),
        ("article.assigned", "story-2"),
        ("article.updated", "story-1"),
        ("article.assigned", "story-1"),
        ("article.assigned", "story-4"),
    ], "the older version did not go over the newer one again"
    assert service.get("/v1/articles/story-1")["text"] == make_article(3)["text"]


def crawl(url: str, spool: Path, articles: list[dict[str, Any]], until: Callable[[], bool]) -> None:
    """Hand in articles in a process that is killed when something has come about."""
    import json

    command = [sys.executable, "-c", CRAWLER, url, str(spool)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crawler:
        assert crawler.stdin is not None
        assert crawler.stdout is not None
        crawler.stdin.write(b"".join(json.dumps(it).encode() + b"\n" for it in articles))
        crawler.stdin.flush()
        for _ in articles:
            assert crawler.stdout.readline() == b"taken\n"
        deadline = time.monotonic() + 30
        while not until():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        crawler.kill()


def test_what_is_refused_is_set_aside_with_the_reason_and_holds_nobody_up(
    storyfold: StoryfoldProcess, pipeline: Open, make_article: Story, tmp_path: Path, caplog: Any
) -> None:
    it = pipeline(storyfold.url)
    bad = it.process_item({"id": "bad", "text": 8})
    assert "event_id" not in bad
    assert it.process_item(make_article(41))["event_id"]
    it.close_spider()
    spool = sqlite3.connect(tmp_path / "spool.db")
    ((line, reason),) = spool.execute("SELECT line, reason FROM refused").fetchall()
    spool.close()
    assert line == b'{"id":"bad","text":8}'
    assert "/text: must be a string" in reason
    assert "/text: must be a string" in caplog.text


def test_what_is_too_large_together_goes_in_parts(
    make_storyfold: Callable[..., StoryfoldProcess],
    pipeline: Open,
    make_article: Story,
    tmp_path: Path,
) -> None:
    service = make_storyfold(STORYFOLD_MAX_BODY_BYTES="3000")
    it = pipeline(service.url)
    for number in range(5):
        it.process_item(make_article(number))
    it.process_item(make_article(5, text="long " * 1000))
    it.process_item(make_article(6))
    it.close_spider()
    service.start()
    again = pipeline(service.url, close_wait=30.0)
    again.open_spider()
    again.close_spider()
    known = [row["article_id"] for row in service.assignments()]
    assert sorted(known) == [f"story-{number}" for number in (0, 1, 2, 3, 4, 6)]
    assert waiting(tmp_path) == 0


def test_a_token_is_shown_and_a_wrong_one_loses_nothing(
    make_storyfold: Callable[..., StoryfoldProcess],
    pipeline: Open,
    make_article: Story,
    tmp_path: Path,
    caplog: Any,
) -> None:
    service = make_storyfold(STORYFOLD_TOKENS="open-sesame")
    service.start()
    shut_out = pipeline(service.url, token="wrong")
    assert "event_id" not in shut_out.process_item(make_article(1))
    shut_out.close_spider()
    assert "401" in caplog.text
    assert waiting(tmp_path) == 1
    let_in = pipeline(service.url, token="open-sesame")
    assert let_in.process_item(make_article(2))["event_id"]
    let_in.close_spider()
    assert waiting(tmp_path) == 0


def test_crawlers_side_by_side_have_a_spool_each_and_none_is_left_behind(
    make_storyfold: Callable[..., StoryfoldProcess],
    pipeline: Open,
    make_article: Story,
    tmp_path: Path,
) -> None:
    service = make_storyfold()
    side_by_side = [pipeline(service.url) for _ in range(3)]
    for number, it in enumerate(side_by_side):
        it.process_item(make_article(number))
    assert len([*tmp_path.glob("spool*.db")]) == 3
    for it in side_by_side:
        it.close_spider()
    service.start()
    for _ in range(3):  # each start takes up one
        later = pipeline(service.url, close_wait=30.0)
        later.open_spider()
        later.close_spider()
    assert len(service.assignments()) == 3
    assert len([*tmp_path.glob("spool*.db")]) == 3, "no more files than crawlers"


def test_a_spool_that_is_something_else_is_left_alone(pipeline: Open, tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_text("my diary, page one, and a good deal more of the same")
    with pytest.raises(SpoolError, match="not a database"):
        pipeline("http://127.0.0.1:1").open_spider()
    assert (tmp_path / "spool.db").read_text().startswith("my diary")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"url": "storyfold:8080"}, "STORYFOLD_URL"),
        ({"url": "http://x:eighty"}, "STORYFOLD_URL"),
        ({"batch_size": 0}, "STORYFOLD_BATCH_SIZE"),
        ({"batch_wait": -1}, "STORYFOLD_BATCH_WAIT"),
        ({"answer_wait": float("nan")}, "STORYFOLD_ANSWER_WAIT"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(OptionError, match=named):
        StoryfoldPipeline(**given)


def test_it_loads_nothing_of_the_service() -> None:
    program = textwrap.dedent("""
        import sys
        import service.crawlers
        ours = [name.split(".")[:2] for name in sys.modules if name.split(".")[0] == "service"]
        print(*sorted({".".join(parts) for parts in ours}))
        print(*sorted({"numpy", "sqlalchemy", "flask", "pydantic", "sklearn"} & {*sys.modules}))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "service service.crawlers service.ingest",
        "",
    ]
