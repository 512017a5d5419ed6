"""Take the screenshots of the documentation: admin pages with the starter corpus, in Chromium.

`make pictures` runs this script, which writes docs/pictures/*.png.
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest.starter_corpus import load_starter_corpus
from service.review import decisions, requests
from service.store import Store
from service.web import extensions
from service.web.app import close_app, create_app

FOLDER: Final = Path(__file__).parent / "pictures"
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
ARTICLE_OF_EVENT: Final = {"event": "s079", "fire": "s029", "market": "s001", "mixed": "s055"}
"""The events in the pictures, each by one of its articles in the starter corpus."""

DECISIONS: Final = (
    ("ben", {"kind": "lock_event", "event_id": "{fire}", "reason": "checked with the brigade"}),
    ("anna", {"kind": "set_canonical", "duplicate_group_id": "{copies}", "article_id": "s002"}),
    ("anna", {"kind": "split_event", "event_id": "{market}", "article_ids": ["s006"]}),
    ("ben", {"kind": "rename_event", "event_id": "{fire}", "headline": "The fire at Corrack Bay"}),
)
"""Actors and decisions made before the pictures are taken."""


class Picture(NamedTuple):
    """One picture: its page, the size of the window, and the keys that are pressed."""

    name: str
    page: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    keys: str = ""


PICTURES: Final = (
    Picture("events", "/admin?within=all", 1100, 860),
    Picture("event", "/admin/events/{event}", 1000, 640),
    Picture("event-whole", "/admin/events/{event}", 1000, 1900),
    Picture("event-phone", "/admin/events/{event}", 390, 844),
    Picture("event-dark", "/admin/events/{event}", 1000, 640, "dark"),
    Picture("compared", "/admin/articles/s079#comparisons", 1000, 900),
    Picture("nearest", "/admin/merge-event/{event}", 1000, 560),
    Picture("choosing", "/admin/events/{mixed}#articles", 1000, 760, keys="xx"),
    Picture("refused", "/admin/events/{fire}", 1000, 560, keys="js"),
    Picture("decided", "/admin/events/{mixed}", 1000, 560, keys="xxs"),
    Picture("history", "/admin/history", 1000, 760),
    Picture("review-queue", "/admin/review-queue", 1000, 900),
    Picture("threshold", "/admin/threshold", 1000, 760),
)


def main() -> None:
    """Take every picture."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed; try: apt-get install chromium-headless-shell")
    FOLDER.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no log line for each request
    with serve_starter_corpus() as (address, ids), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for picture in PICTURES:
            take(browser, address + picture.page.format_map(ids), picture)
        browser.close()


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Take one picture."""
    size = {"width": picture.width, "height": picture.height}
    with browser.new_page(viewport=size, color_scheme=picture.scheme) as page:
        page.goto(address)
        for key in picture.keys:
            page.keyboard.press(key)
        page.wait_for_load_state("networkidle")
        path = FOLDER / f"{picture.name}.png"
        page.screenshot(path=path)
    print(f"{path}: {path.stat().st_size // 1024} KiB")


@contextmanager
def serve_starter_corpus() -> Iterator[tuple[str, dict[str, str]]]:
    """Serve the starter corpus; yield the address, and the ids of the events and groups shown."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings.load(db=f"{folder}/store.db", host="127.0.0.1"))
        try:
            writer: IndexWriter = app.extensions[extensions.INDEX_WRITER]
            load_starter_corpus(writer)
            ids = find_ids(writer.store)
            for actor, template in DECISIONS:
                fields = {name: _fill_in(value, ids) for name, value in template.items()}
                decisions.decide(writer, requests.parse_decision(fields), actor)
            server = make_server("127.0.0.1", 0, app, threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}", ids
            server.shutdown()
            server.server_close()
        finally:
            close_app(app)


def find_ids(store: Store) -> dict[str, str]:
    """Return the ids of the events and groups in the pictures, by their names in this script."""
    assignments = {
        name: _get_assignment(store, article) for name, article in ARTICLE_OF_EVENT.items()
    }
    return {
        "copies": assignments["market"].duplicate_group_id,
        **{name: assignment.event_id for name, assignment in assignments.items()},
    }


def _get_assignment(store: Store, article_id: str) -> queries.AssignmentView:
    article = queries.get_article(store, article_id)
    if article is None:
        sys.exit(f"The starter corpus has no article {article_id}")
    return article.assignment


def _fill_in(value: str | list[str], ids: dict[str, str]) -> str | list[str]:
    return value.format_map(ids) if isinstance(value, str) else value


if __name__ == "__main__":
    main()
