"""The pipeline inside Scrapy, as its users put it there: real crawls of a real site."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import PATIENCE, Service
from site_of_news import Newsroom, Site, open_to_the_public

SPIDER = Path(__file__).parents[2] / "examples" / "crawler" / "spider.py"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_to_the_public(Newsroom(seed=7).pages(events=4)) as site:
        yield site


def crawl(folder: Path, site: Site, url: str, **settings: Any) -> list[dict[str, Any]]:
    """Run the example's spider as its text says; return the items that came out."""
    given = {"STORYFOLD_URL": url, "AUTOTHROTTLE_ENABLED": False, **settings}
    command = [sys.executable, "-m", "scrapy", "runspider", str(SPIDER), "-a", f"site={site.url}/"]
    for name, value in given.items():
        command += ["-s", f"{name}={value}"]
    command += ["-O", "items.jsonl"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    (folder / "crawl.log").write_text(done.stderr)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "reactor",
    ["", "twisted.internet.selectreactor.SelectReactor"],
    ids=["asyncio", "twisted"],
)
def test_items_come_out_with_their_answers_and_posts_go_in_batches(
    make_service: Callable[..., Service], site: Site, tmp_path: Path, reactor: str
) -> None:
    service = make_service()
    service.start()
    given = {"TWISTED_REACTOR": reactor} if reactor else {}
    items = crawl(tmp_path, site, service.url, **given)
    assert len(items) == len(site.pages)
    events: dict[str, set[str]] = {}
    for item in items:
        page = site.pages[item["url"].removeprefix(site.url)]
        events.setdefault(page.event, set()).add(item["event_id"])
        assert item["duplicate_group_id"]
    assert [len(ids) for ids in events.values()] == [1] * 4
    copies = [item for item in items if item["duplicate_of"]]
    assert len(copies) >= len(site.pages) * 3 // 5 - 4
    said = (tmp_path / "crawl.log").read_text()
    assert "'storyfold/left_in_spool': 0" in said
    assert 0 < requests(service) < len(items) / 2


def requests(service: Service) -> int:
    """How many batches were posted."""
    lines = service.text("/metrics").splitlines()
    return sum(int(line.rpartition(" ")[2]) for line in lines if "/v1/articles/batch" in line)
