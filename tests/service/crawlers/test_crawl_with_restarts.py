"""A crawl of three hundred pages during which service and crawler are killed and restarted."""

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
TIMEOUT_SECONDS = 240.0


class Crawl:
    """The spider of the example, running in its own process."""

    def __init__(self, folder: Path, site: Site, storyfold: StoryfoldProcess) -> None:
        self._log = folder / "crawl.log"
        command = [sys.executable, "-m", "scrapy", "runspider", str(SPIDER)]
        command += ["-a", f"site={site.url}/", "-s", "AUTOTHROTTLE_ENABLED=False"]
        command += ["-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "-s", "DOWNLOAD_DELAY=0.02"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "STORYFOLD_URL": storyfold.url},
                stdout=log,
                stderr=log,
            )

    def finish(self) -> str:
        assert self._process.wait(TIMEOUT_SECONDS) == 0, self._log.read_text()
        log = self._log.read_text()
        assert "Traceback" not in log, log
        return log

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(TIMEOUT_SECONDS)


def wait_until(is_reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def groups(labels: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    """The partition that labels define, whatever the labels."""
    paths_by_label: defaultdict[str, set[str]] = defaultdict(set)
    for path, label in labels:
        paths_by_label[label].add(path)
    return {frozenset(paths) for paths in paths_by_label.values()}


@pytest.mark.slow
def test_every_page_is_stored_once_although_service_and_crawler_are_killed(
    make_storyfold: Callable[..., StoryfoldProcess], tmp_path: Path
) -> None:
    site_factory = NewsSiteFactory(seed=11)
    pages = site_factory.pages(events=60)
    assert len(pages) == 300
    service = make_storyfold()
    service.start()
    with serve_site(pages) as site:
        crawl = Crawl(tmp_path, site, service)
        wait_until(lambda: len(site.served) >= 80 and len(service.assignments()) >= 20)
        service.stop()
        served = len(site.served)
        wait_until(lambda: len(site.served) >= served + 60)
        service.start()
        log = crawl.finish()
        assert "storyfold is unavailable" in log
        assert "'storyfold/left_in_spool': 0" in log
        check(site, service, rewritten=[])

        rewritten = [
            site_factory.rewritten(page) for page in pages if page.path.endswith("5-a.html")
        ]
        for page in rewritten:
            site.rewrite(page)
        served = len(site.served)
        crawl = Crawl(tmp_path, site, service)
        wait_until(lambda: len(site.served) >= served + 100)
        crawl.kill()
        Crawl(tmp_path, site, service).finish()
        check(site, service, rewritten)


def check(site: Site, storyfold: StoryfoldProcess, rewritten: list[Page]) -> None:
    articles = {
        url.removeprefix(site.url): article for url, article in storyfold.articles().items()
    }
    assert articles.keys() == site.pages.keys(), "every page must be stored once"
    for path, page in site.pages.items():
        assert articles[path]["title"] == page.title
        assert articles[path]["text"] == page.text
        assert articles[path]["version"] == (2 if page in rewritten else 1), path
    for level, gold in (("duplicate_group_id", "group"), ("event_id", "event")):
        assigned = ((path, article["assignment"][level]) for path, article in articles.items())
        expected = ((path, getattr(page, gold)) for path, page in site.pages.items())
        assert groups(assigned) == groups(expected)
