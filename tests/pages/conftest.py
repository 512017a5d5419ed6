from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from browsing import Visit, visits
from newsroom import Newsroom
from playwright.sync_api import Browser, sync_playwright

from service.store import Store

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The shell is the same engine without the rest of a browser: pages open in a third of the time."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        missing = "NO CHROMIUM: the pages were NOT tested in a browser"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def newsroom(store: Store) -> Newsroom:
    return Newsroom(store)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Open pages of the `site` that a file of tests serves."""
    with visits(browser, site) as opened:
        yield opened
