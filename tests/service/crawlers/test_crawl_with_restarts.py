"""A crawl of three hundred pages, in the middle of which the service dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.service.crawlers.news_site import NewsSiteFactory, Page, Site, serve_site
from tests.service.crawlers.storyfold_process import StoryfoldProcess

SPIDER = Path(__file__).parents[3] / "examples" / "crawler" / "spider.py"
PATIENCE = 240.0


class Crawl:
    """The example's spider, at work in a process of its own."""

    def __init__(self, folder: Path, site: Site, storyfold: StoryfoldProcess) -> None:
        self._said = folder / "crawl.log"
        command = [sys.executable, "-m", "scrapy", "runspider", str(SPIDER)]
        command += ["-a", f"site={site.url}/", "-s", "AUTOTHROTTLE_ENABLED=False"]
        command += ["-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "-s", "DOWNLOAD_DELAY=0.02"]
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "STORYFOLD_URL": storyfold.url},
                stdout=said,
                stderr=said,
            )

    def finish(self) -> str:
        assert self._process.wait(PATIENCE) == 0, self._said.read_text()
        said = self._said.read_text()
        assert "Traceback" not in said, said
        return said

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)


def wait_until(come_about: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not come_about():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def groups(labels: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    """What is together, whatever it is called."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path, label in labels:
        found[label].add(path)
    return {frozenset(paths) for paths in found.values()}


@pytest.mark.slow
def test_every_page_is_in_once_with_its_group_though_service_and_crawler_die(
    make_storyfold: Callable[..., StoryfoldProcess], tmp_path: Path
) -> None:
    newsroom = NewsSiteFactory(seed=11)
    pages = newsroom.pages(events=60)
    assert len(pages) == 300
    service = make_storyfold()
    service.start()
    with serve_site(pages) as site:
        crawl = Crawl(tmp_path, site, service)
        wait_until(lambda: len(site.served) >= 80 and len(service.assignments()) >= 20)
        service.stop()
        known = len(site.served)
        wait_until(lambda: len(site.served) >= known + 60)
        service.start()
        said = crawl.finish()
        assert "storyfold is away" in said
        assert "'storyfold/left_in_spool': 0" in said
        check(site, service, rewritten=[])

        rewritten = [newsroom.rewritten(page) for page in pages if page.path.endswith("5-a.html")]
        for page in rewritten:
            site.rewrite(page)
        served = len(site.served)
        crawl = Crawl(tmp_path, site, service)
        wait_until(lambda: len(site.served) >= served + 100)
        crawl.kill()
        Crawl(tmp_path, site, service).finish()
        check(site, service, rewritten)


def check(site: Site, storyfold: StoryfoldProcess, rewritten: list[Page]) -> None:
    articles = {url.removeprefix(site.url): it for url, it in storyfold.articles().items()}
    assert articles.keys() == site.pages.keys(), "every page is in, and once"
    for path, page in site.pages.items():
        assert articles[path]["title"] == page.title
        assert articles[path]["text"] == page.text
        assert articles[path]["version"] == (2 if page in rewritten else 1), path
    for level, gold in (("duplicate_group_id", "group"), ("event_id", "event")):
        told = ((path, it["assignment"][level]) for path, it in articles.items())
        true = ((path, getattr(page, gold)) for path, page in site.pages.items())
        assert groups(told) == groups(true)
