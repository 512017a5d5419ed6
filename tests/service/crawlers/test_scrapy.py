"""The pipeline inside Scrapy: real crawls of a local site with the spider of the example."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.crawlers.news_site import NewsSiteFactory, Site, serve_site
from tests.service.crawlers.storyfold_process import TIMEOUT_SECONDS, StoryfoldProcess

SPIDER = Path(__file__).parents[3] / "examples" / "crawler" / "spider.py"


def crawl(
    folder: Path, site: Site, url: str, *, has_httpx: bool = True, **settings: Any
) -> list[dict[str, Any]]:
    """Run the spider of the example as its docstring says; return its items."""
    environment = dict(os.environ)
    if not has_httpx:
        (folder / "sitecustomize.py").write_text("import sys\nsys.modules['httpx'] = None\n")
        environment["PYTHONPATH"] = str(folder)
    all_settings = {"STORYFOLD_URL": url, "AUTOTHROTTLE_ENABLED": False, **settings}
    command = [sys.executable, "-m", "scrapy", "runspider", str(SPIDER), "-a", f"site={site.url}/"]
    for name, value in all_settings.items():
        command += ["-s", f"{name}={value}"]
    command += ["-O", "items.jsonl"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    (folder / "crawl.log").write_text(done.stderr)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


TWISTED = {"TWISTED_REACTOR": "twisted.internet.selectreactor.SelectReactor"}
PIPELINE = {"ADDONS": "{}", "ITEM_PIPELINES": '{"service.crawlers.StoryfoldPipeline": 300}'}
ADDON_AND_PIPELINE = {"ITEM_PIPELINES": '{"service.crawlers.StoryfoldPipeline": 800}'}


@pytest.mark.parametrize(
    ("settings", "has_httpx"),
    [({}, True), (TWISTED, True), (PIPELINE, False), (ADDON_AND_PIPELINE, True)],
    ids=["add-on", "twisted", "pipeline-without-httpx", "add-on-and-pipeline"],
)
def test_items_receive_their_results_and_are_posted_in_batches(
    storyfold: StoryfoldProcess, tmp_path: Path, settings: dict[str, str], has_httpx: bool
) -> None:
    before = batches(storyfold)
    seed = len(str(settings))
    with serve_site(NewsSiteFactory(seed).pages(events=4)) as site:
        items = crawl(tmp_path, site, storyfold.url, has_httpx=has_httpx, **settings)
    assert len(items) == len(site.pages)
    events: dict[str, set[str]] = {}
    for item in items:
        page = site.pages[item["url"].removeprefix(site.url)]
        events.setdefault(page.event, set()).add(item["event_id"])
        assert item["duplicate_group_id"]
    assert [len(ids) for ids in events.values()] == [1] * 4
    assert {item["outcome"] for item in items} == {"new", "near_duplicate"}
    urls = {item["url"] for item in items}
    for item in items:
        others = urls - {item["url"]} if item["duplicate_of"] else {None}
        assert item["duplicate_of_url"] in others
        if item["outcome"] == "near_duplicate":
            assert item["duplicate_score"] > 0.3
    assert "'storyfold/left_in_spool': 0" in (tmp_path / "crawl.log").read_text()
    assert 0 < batches(storyfold) - before < len(items) / 2


def test_dropped_duplicates_count_as_dropped_items_of_scrapy(
    storyfold: StoryfoldProcess, tmp_path: Path
) -> None:
    with serve_site(NewsSiteFactory(seed=3).pages(events=2)) as site:
        items = crawl(tmp_path, site, storyfold.url, STORYFOLD_DROP_DUPLICATES=True)
        assert 4 <= len(items) < len(site.pages)
        assert all(item["duplicate_of"] is None for item in items)
        log = (tmp_path / "crawl.log").read_text()
        assert f"'item_dropped_count': {len(site.pages) - len(items)}" in log
        stored_paths = {
            article["url"].removeprefix(site.url) for article in posted(storyfold, site)
        }
    assert stored_paths == site.pages.keys(), "dropped items must be stored too"


def test_invalid_setting_stops_the_crawl(tmp_path: Path) -> None:
    with serve_site([]) as site, pytest.raises(AssertionError, match="STORYFOLD_URL"):
        crawl(tmp_path, site, "storyfold:8080")


def batches(storyfold: StoryfoldProcess) -> float:
    """Number of batches posted so far."""
    return sum(
        float(line.rpartition(" ")[2])
        for line in storyfold.text("/metrics").splitlines()
        if line.startswith("storyfold_requests_total") and "/v1/articles/batch" in line
    )


def posted(storyfold: StoryfoldProcess, site: Site) -> Iterator[dict[str, Any]]:
    for row in storyfold.assignments():
        article = storyfold.get(f"/v1/articles/{row['article_id']}")
        if str(article["url"]).startswith(site.url):
            yield article
