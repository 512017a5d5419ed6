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

from service import browse, current, settings
from service.app import close, create_app
from service.starter import load_into
from service.store import Store

FOLDER: Final = Path(__file__).parent / "pictures"
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
SHOWN: Final = "s079"
"""An article of the starter corpus; its event is the one in the pictures."""


class Picture(NamedTuple):
    """One picture: which page, and how it is looked at."""

    name: str
    page: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


PICTURES: Final = (
    Picture("events", "/admin?q=kelvale", 1100, 860),
    Picture("event", "/admin/events/{event}", 1000, 590),
    Picture("event-whole", "/admin/events/{event}", 1000, 1940),
    Picture("event-phone", "/admin/events/{event}", 390, 844),
    Picture("event-dark", "/admin/events/{event}", 1000, 590, "dark"),
)


def main() -> None:
    """Take every picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium; try: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for every request
    with newsroom() as (address, event), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for picture in PICTURES:
            take(browser, address + picture.page.format(event=event), picture)
        browser.close()


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Take one picture."""
    size = {"width": picture.width, "height": picture.height}
    with browser.new_page(viewport=size, color_scheme=picture.scheme) as page:
        page.goto(address)
        path = FOLDER / f"{picture.name}.png"
        page.screenshot(path=path)
    print(f"{path}: {path.stat().st_size // 1024} KiB")


@contextmanager
def newsroom() -> Iterator[tuple[str, str]]:
    """Serve a store with the starter corpus; yield its address and the event that is shown."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings.load(db=f"{folder}/store.db", host="127.0.0.1"))
        try:
            load_into(app.extensions[current.DESK])
            server = make_server("127.0.0.1", 0, app, threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}", shown(app.extensions[current.STORE])
            server.shutdown()
            server.server_close()
        finally:
            close(app)


def shown(store: Store) -> str:
    """Return the id of the event to show."""
    article = browse.article(store, SHOWN)
    if article is None:
        sys.exit(f"The starter corpus has no article {SHOWN}")
    return article.assignment.event_id


if __name__ == "__main__":
    main()
