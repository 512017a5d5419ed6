"""Take the pictures of the documentation: the pages with the starter corpus, in Debian's chromium.

Run by `make pictures`; writes docs/pictures/*.png.
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
SHOWN: Final = {"event": "s079", "fire": "s029", "market": "s001", "mixed": "s034"}
"""Articles of the starter corpus; their events are those in the pictures."""


DECIDED: Final = (
    ("ben", {"kind": "lock_event", "event_id": "{fire}", "reason": "checked with the brigade"}),
    ("anna", {"kind": "set_canonical", "duplicate_group_id": "{reprints}", "article_id": "s002"}),
    ("anna", {"kind": "split_event", "event_id": "{market}", "article_ids": ["s006"]}),
    ("ben", {"kind": "rename_event", "event_id": "{fire}", "headline": "The fire at Corrack Bay"}),
)
"""What was decided before the pictures are taken, and by whom."""


class Picture(NamedTuple):
    """One picture: which page, how it is looked at, and what is pressed there."""

    name: str
    page: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    keys: str = ""


PICTURES: Final = (
    Picture("events", "/admin?q=kelvale", 1100, 860),
    Picture("event", "/admin/events/{event}", 1000, 640),
    Picture("event-whole", "/admin/events/{event}", 1000, 2920),
    Picture("event-phone", "/admin/events/{event}", 390, 844),
    Picture("event-dark", "/admin/events/{event}", 1000, 640, "dark"),
    Picture("compared", "/admin/articles/s079#comparisons", 1000, 900),
    Picture("nearest", "/admin/merge-event/{event}", 1000, 560),
    Picture("choosing", "/admin/events/{mixed}#articles", 1000, 760, keys="xx"),
    Picture("refused", "/admin/events/{fire}", 1000, 560, keys="js"),
    Picture("decided", "/admin/events/{mixed}", 1000, 560, keys="xxs"),
    Picture("decisions", "/admin/history", 1000, 760),
    Picture("doubts", "/admin/review-queue", 1000, 900),
    Picture("line", "/admin/threshold", 1000, 760),
)


def main() -> None:
    """Take every picture."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium; try: apt-get install chromium-headless-shell")
    FOLDER.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for every request
    with newsroom() as (address, places), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for picture in PICTURES:
            take(browser, address + picture.page.format_map(places), picture)
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
def newsroom() -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a store with the starter corpus; yield its address, and ids of what is shown."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings.load(db=f"{folder}/store.db", host="127.0.0.1"))
        try:
            desk: IndexWriter = app.extensions[extensions.INDEX_WRITER]
            load_starter_corpus(desk)
            places = shown(desk.store)
            for actor, said in DECIDED:
                filled = {name: _filled(value, places) for name, value in said.items()}
                decisions.decide(desk, requests.parse_decision(filled), actor)
            server = make_server("127.0.0.1", 0, app, threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}", places
            server.shutdown()
            server.server_close()
        finally:
            close_app(app)


def shown(store: Store) -> dict[str, str]:
    """Return the ids of events and groups in the pictures, by the names they go by here."""
    places = {name: _place(store, article) for name, article in SHOWN.items()}
    return {
        "reprints": places["market"].duplicate_group_id,
        **{name: place.event_id for name, place in places.items()},
    }


def _place(store: Store, article_id: str) -> queries.AssignmentView:
    article = queries.get_article(store, article_id)
    if article is None:
        sys.exit(f"The starter corpus has no article {article_id}")
    return article.assignment


def _filled(value: str | list[str], places: dict[str, str]) -> str | list[str]:
    return value.format_map(places) if isinstance(value, str) else value


if __name__ == "__main__":
    main()
