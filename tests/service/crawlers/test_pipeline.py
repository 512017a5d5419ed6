"""The pipeline called directly, against a running service."""

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

from service import crawlers
from service.crawlers import StoryfoldPipeline
from service.crawlers.options import OptionError
from service.crawlers.spool import SpoolError
from tests.service.crawlers.storyfold_process import StoryfoldProcess

MakeArticle = Callable[..., dict[str, Any]]
OpenPipeline = Callable[..., StoryfoldPipeline]


@pytest.fixture(autouse=True, params=[True, False], ids=["httpx", "without-httpx"])
def _http_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawler's environment has httpx or not."""
    monkeypatch.setattr("service.crawlers.client._HAS_HTTPX", request.param)


@pytest.fixture
def open_pipeline(tmp_path: Path) -> Iterator[OpenPipeline]:
    """Open pipelines that share one spool file; they are closed at the end."""
    opened: list[StoryfoldPipeline] = []

    def open_next(url: str, **option_values: Any) -> StoryfoldPipeline:
        options = {"spool": str(tmp_path / "spool.db"), "close_wait": 0.0, **option_values}
        opened.append(StoryfoldPipeline(url=url, **options))
        return opened[-1]

    yield open_next
    for pipeline in opened:
        pipeline.close_spider()


def count_spooled(tmp_path: Path) -> int:
    spool = sqlite3.connect(tmp_path / "spool.db")
    try:
        (count,) = spool.execute("SELECT count(*) FROM waiting").fetchone()
    finally:
        spool.close()
    return int(count)


class ScrapyItem(scrapy.Item):
    """Has no fields for the result, as the items of existing crawlers."""

    title = scrapy.Field()
    text = scrapy.Field()
    spider_response = scrapy.Field()


@dataclasses.dataclass
class DataclassItem:
    title: str
    text: str
    published_at: datetime


class PlainItem:
    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text


def test_item_is_returned_with_its_result(
    storyfold: StoryfoldProcess, open_pipeline: OpenPipeline, make_article: MakeArticle
) -> None:
    pipeline = open_pipeline(storyfold.url)
    first = pipeline.process_item(make_article(1))
    copy = pipeline.process_item(make_article(1, id="copy"), spider=None)
    assert first["duplicate_of"] is None
    assert copy["duplicate_of"] == "story-1"
    assert copy["duplicate_group_id"] == first["duplicate_group_id"]
    assert copy["event_id"] == first["event_id"]


def test_item_is_returned_with_outcome_and_scores(
    storyfold: StoryfoldProcess, open_pipeline: OpenPipeline, make_article: MakeArticle
) -> None:
    pipeline = open_pipeline(storyfold.url)
    number = 41 + crawlers.client._HAS_HTTPX
    url = f"https://agency.example/{number}"
    first = pipeline.process_item(make_article(number, url=url))
    copy = pipeline.process_item(make_article(number, id=f"copy-{number}", outcome="mine"))
    assert (first["outcome"], first["duplicate_of_url"]) == ("new", None)
    assert (copy["outcome"], copy["duplicate_of_url"]) == ("exact_duplicate", url)
    assert copy["jaccard"] == copy["containment"] == copy["duplicate_score"] == 1.0
    assert "event_probability" in copy


def test_items_of_all_kinds_receive_the_result(
    storyfold: StoryfoldProcess, open_pipeline: OpenPipeline, make_article: MakeArticle
) -> None:
    pipeline = open_pipeline(storyfold.url)
    title, text = make_article(11)["title"], make_article(11)["text"]
    event_id = pipeline.process_item(make_article(11))["event_id"]
    scrapy_item = pipeline.process_item(
        ScrapyItem(title=title, text=text, spider_response=object())
    )
    dataclass_item = pipeline.process_item(
        DataclassItem(title, text, datetime(2025, 5, 4, tzinfo=UTC))
    )
    plain_item = pipeline.process_item(PlainItem(title, text))
    assert scrapy_item["event_id"] == event_id
    assert dataclass_item.event_id == event_id
    assert plain_item.event_id == event_id


def test_option_fields_selects_and_renames_fields(
    storyfold: StoryfoldProcess, open_pipeline: OpenPipeline, make_article: MakeArticle
) -> None:
    article = make_article(21)
    item = {"key": "k-1", "head": article["title"], "said": article["text"], "text": "not this"}
    pipeline = open_pipeline(storyfold.url, fields={"key": "id", "head": "title", "said": "text"})
    pipeline.process_item(item)
    assert storyfold.get("/v1/articles/k-1")["text"] == article["text"]


def test_dropped_duplicates_are_stored_nevertheless(
    storyfold: StoryfoldProcess, open_pipeline: OpenPipeline, make_article: MakeArticle
) -> None:
    pipeline = open_pipeline(storyfold.url, drop_duplicates=True)
    pipeline.process_item(make_article(31))
    with pytest.raises(DropItem, match="duplicate of story-31"):
        pipeline.process_item(make_article(31, id="copy-31"))
    assert storyfold.get("/v1/articles/copy-31")["assignment"]["duplicate_of"] == "story-31"


def test_items_wait_on_disk_for_the_service_and_arrive_once_and_in_order(
    make_storyfold: Callable[..., StoryfoldProcess],
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
    tmp_path: Path,
) -> None:
    service = make_storyfold()
    pipeline = open_pipeline(service.url)
    started = time.monotonic()
    for number in range(40):
        assert "event_id" not in pipeline.process_item(make_article(number))
    assert time.monotonic() - started < 5, "items do not wait for an unavailable service"
    pipeline.close_spider()
    assert count_spooled(tmp_path) == 40
    service.start()
    restarted = open_pipeline(service.url, close_wait=30.0)
    assert restarted.process_item(make_article(40))["event_id"]
    restarted.close_spider()
    assert count_spooled(tmp_path) == 0
    changes = service.changes()
    assert [change["article_id"] for change in changes] == [
        f"story-{number}" for number in range(41)
    ]
    assert {change["kind"] for change in changes} == {"article.assigned"}


def test_delivery_resumes_when_the_service_is_available_again(
    make_storyfold: Callable[..., StoryfoldProcess],
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
) -> None:
    service = make_storyfold()
    pipeline = open_pipeline(service.url)
    pipeline.process_item(make_article(1))
    service.start()
    deadline = time.monotonic() + 30
    while not service.assignments():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    while "event_id" not in pipeline.process_item(make_article(2)):
        assert time.monotonic() < deadline, "results must arrive again"
        time.sleep(0.1)


CRAWLER = textwrap.dedent("""
    import json, sys
    from service.crawlers import StoryfoldPipeline
    pipeline = StoryfoldPipeline(url=sys.argv[1], spool=sys.argv[2], answer_wait=0)
    for line in sys.stdin:
        pipeline.process_item(json.loads(line))
        print("accepted", flush=True)
""")


def test_crawler_killed_before_the_results_delivers_nothing_twice(
    make_storyfold: Callable[..., StoryfoldProcess],
    response_dropping_proxy: Callable[[StoryfoldProcess], str],
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
    tmp_path: Path,
) -> None:
    """The service stores the articles, the results are lost, and the crawler is killed."""
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
    pipeline = open_pipeline(service.url, close_wait=30.0)
    pipeline.open_spider()
    pipeline.close_spider()
    assert count_spooled(tmp_path) == 0
    changes = [
        (change["kind"], change["article_id"])
        for change in service.changes()
        if change["article_id"]
    ]
    assert changes == [
        ("article.assigned", "story-1"),
        ("article.assigned", "story-2"),
        ("article.updated", "story-1"),
        ("article.assigned", "story-1"),
        ("article.assigned", "story-4"),
    ], "the older version must not overwrite the newer one"
    assert service.get("/v1/articles/story-1")["text"] == make_article(3)["text"]


def crawl(url: str, spool: Path, articles: list[dict[str, Any]], until: Callable[[], bool]) -> None:
    """Send articles from a process that is killed once `until` is true."""
    import json

    command = [sys.executable, "-c", CRAWLER, url, str(spool)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crawler:
        assert crawler.stdin is not None
        assert crawler.stdout is not None
        crawler.stdin.write(b"".join(json.dumps(article).encode() + b"\n" for article in articles))
        crawler.stdin.flush()
        for _ in articles:
            assert crawler.stdout.readline() == b"accepted\n"
        deadline = time.monotonic() + 30
        while not until():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        crawler.kill()


def test_refused_item_is_set_aside_with_the_reason_and_blocks_no_other(
    storyfold: StoryfoldProcess,
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
    tmp_path: Path,
    caplog: Any,
) -> None:
    pipeline = open_pipeline(storyfold.url)
    refused = pipeline.process_item({"id": "bad", "text": 8})
    assert "event_id" not in refused
    assert pipeline.process_item(make_article(41))["event_id"]
    pipeline.close_spider()
    spool = sqlite3.connect(tmp_path / "spool.db")
    ((line, reason),) = spool.execute("SELECT line, reason FROM refused").fetchall()
    spool.close()
    assert line == b'{"id":"bad","text":8}'
    assert "/text: must be a string" in reason
    assert "/text: must be a string" in caplog.text


def test_batch_that_is_too_large_is_split(
    make_storyfold: Callable[..., StoryfoldProcess],
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
    tmp_path: Path,
) -> None:
    service = make_storyfold(STORYFOLD_MAX_BODY_BYTES="3000")
    pipeline = open_pipeline(service.url)
    for number in range(5):
        pipeline.process_item(make_article(number))
    pipeline.process_item(make_article(5, text="long " * 1000))
    pipeline.process_item(make_article(6))
    pipeline.close_spider()
    service.start()
    restarted = open_pipeline(service.url, close_wait=30.0)
    restarted.open_spider()
    restarted.close_spider()
    article_ids = [row["article_id"] for row in service.assignments()]
    assert sorted(article_ids) == [f"story-{number}" for number in (0, 1, 2, 3, 4, 6)]
    assert count_spooled(tmp_path) == 0


def test_wrong_token_loses_no_item(
    make_storyfold: Callable[..., StoryfoldProcess],
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
    tmp_path: Path,
    caplog: Any,
) -> None:
    service = make_storyfold(STORYFOLD_TOKENS="open-sesame")
    service.start()
    rejected = open_pipeline(service.url, token="wrong")
    assert "event_id" not in rejected.process_item(make_article(1))
    rejected.close_spider()
    assert "401" in caplog.text
    assert count_spooled(tmp_path) == 1
    accepted = open_pipeline(service.url, token="open-sesame")
    assert accepted.process_item(make_article(2))["event_id"]
    accepted.close_spider()
    assert count_spooled(tmp_path) == 0


def test_concurrent_crawlers_have_a_spool_each_and_all_are_delivered_later(
    make_storyfold: Callable[..., StoryfoldProcess],
    open_pipeline: OpenPipeline,
    make_article: MakeArticle,
    tmp_path: Path,
) -> None:
    service = make_storyfold()
    concurrent = [open_pipeline(service.url) for _ in range(3)]
    for number, pipeline in enumerate(concurrent):
        pipeline.process_item(make_article(number))
    assert len([*tmp_path.glob("spool*.db")]) == 3
    for pipeline in concurrent:
        pipeline.close_spider()
    service.start()
    for _ in range(3):  # each start delivers one of the files
        restarted = open_pipeline(service.url, close_wait=30.0)
        restarted.open_spider()
        restarted.close_spider()
    assert len(service.assignments()) == 3
    assert len([*tmp_path.glob("spool*.db")]) == 3, "no new files are created"


def test_file_that_is_not_a_spool_is_not_changed(
    open_pipeline: OpenPipeline, tmp_path: Path
) -> None:
    (tmp_path / "spool.db").write_text("my diary, page one, and a good deal more of the same")
    with pytest.raises(SpoolError, match="not a database"):
        open_pipeline("http://127.0.0.1:1").open_spider()
    assert (tmp_path / "spool.db").read_text().startswith("my diary")


@pytest.mark.parametrize(
    ("option_values", "setting"),
    [
        ({"url": "storyfold:8080"}, "STORYFOLD_URL"),
        ({"url": "http://x:eighty"}, "STORYFOLD_URL"),
        ({"batch_size": 0}, "STORYFOLD_BATCH_SIZE"),
        ({"batch_wait": -1}, "STORYFOLD_BATCH_WAIT"),
        ({"answer_wait": float("nan")}, "STORYFOLD_ANSWER_WAIT"),
    ],
)
def test_error_names_the_invalid_setting(option_values: dict[str, Any], setting: str) -> None:
    with pytest.raises(OptionError, match=setting):
        StoryfoldPipeline(**option_values)


def test_import_loads_nothing_else_of_the_service() -> None:
    program = textwrap.dedent("""
        import sys
        import service.crawlers
        modules = [name.split(".")[:2] for name in sys.modules if name.split(".")[0] == "service"]
        print(*sorted({".".join(parts) for parts in modules}))
        print(*sorted({"numpy", "sqlalchemy", "flask", "pydantic", "sklearn"} & {*sys.modules}))
    """)
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == [
        "service service.client service.crawlers service.ingest",
        "",
    ]
