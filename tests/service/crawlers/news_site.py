"""A local site to crawl: invented articles, near-duplicates, updates, and their gold labels.

Each event has two reports in different words, the second 20 hours later. Other outlets publish
near-duplicates of either, shortened or slightly changed. Some pages are rewritten before the second
crawl.
"""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final

OUTLETS: Final = ("Dunmere Courier", "Tarn Valley Echo", "Ostrey Post", "Kelby Observer")
_SYLLABLE_PARTS: Final = (
    "b br d dr f g gr h k kl l m n p r s st t tr v w",
    "a e i o u ae oa ou",
    "ck ld lm nd ng rn sk ss th",
)
_WORDS: Final = """
about above after again against along already among answer around asked autumn became before began
behind below between board broken building called came careful carried centre chance change clear
close coast cold common corner country crossing danger decision deep delay door early empty enough
evening evidence family field final first follow found friend ground half heavy help high house
hundred known large last later leave letter level light line little local long lower market meeting
middle minute money month morning moved music near need never night nobody north notice nothing
offer office old open order outside paper part passed people perhaps place plan point price public
quick quiet reached ready repair report rest rich room round rule safe said second seen seven
several short show side silent simple small snow soft soon south square still storm street strong
student summer table term third thought time told turn under until used visit voice waited walk wall
warm watch water week whole wide wind window winter without witness wood word work year young
"""
_ONSETS, _VOWELS, _CODAS = (parts.split() for parts in _SYLLABLE_PARTS)
_COMMON: Final = _WORDS.split()


@dataclass(frozen=True)
class Page:
    path: str
    title: str
    text: str
    source: str
    published: datetime
    group: str
    event: str

    def html(self) -> bytes:
        paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in self.text.split("\n\n"))
        return (
            f"<!doctype html><html lang=en><title>{html.escape(self.title)}</title>"
            f"<article data-source='{self.source}'><h1>{html.escape(self.title)}</h1>"
            f"<time datetime='{self.published.isoformat()}'></time>{paragraphs}</article></html>"
        ).encode()


class NewsSiteFactory:
    """Generates the pages of a site from a seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def pages(self, events: int) -> list[Page]:
        """Return five pages per event: two reports, and three near-duplicates of them."""
        return [page for number in range(events) for page in self._event_pages(number)]

    def rewritten(self, page: Page) -> Page:
        """Return an update of a page: some words changed, and a paragraph added."""
        added = " ".join(self._sentence([page.title.split()[0]]) for _ in range(3))
        return replace(page, text=f"{self._edited(page.text, 0.03)}\n\n{added}")

    def _event_pages(self, number: int) -> Iterator[Page]:
        names = [self._name() for _ in range(6)]
        published = datetime(2025, 5, 1, tzinfo=UTC) + timedelta(hours=7 * number)
        first = self._report(f"e{number}-a", names, published)
        second = self._report(f"e{number}-b", names, published + timedelta(hours=20))
        yield first
        yield self._near_duplicate(first, 1, self._edited(first.text, 0.04))
        yield self._near_duplicate(first, 2, first.text.rpartition("\n\n")[0].rpartition("\n\n")[0])
        yield second
        yield self._near_duplicate(second, 3, f"By {OUTLETS[3]} staff\n\n{second.text}")

    def _report(self, group: str, names: list[str], published: datetime) -> Page:
        title = " ".join([*self._draw.sample(names, 3), *self._draw.sample(_COMMON, 4)])
        paragraphs = [" ".join(self._sentence(names) for _ in range(3)) for _ in range(6)]
        event = group.partition("-")[0]
        text = "\n\n".join(paragraphs)
        return Page(f"/news/{group}.html", title, text, OUTLETS[0], published, group, event)

    def _near_duplicate(self, page: Page, outlet: int, text: str) -> Page:
        path = page.path.replace(".html", f"-{outlet}.html")
        published = page.published + timedelta(hours=outlet)
        return replace(page, path=path, text=text, source=OUTLETS[outlet], published=published)

    def _sentence(self, names: list[str]) -> str:
        draw = self._draw
        words = [
            draw.choice(names if draw.random() < 0.25 else _COMMON)
            for _ in range(draw.randint(9, 17))
        ]
        words[0] = words[0].capitalize()
        return " ".join(words) + "."

    def _edited(self, text: str, share: float) -> str:
        words = text.split(" ")
        return " ".join(
            self._draw.choice(_COMMON) if self._draw.random() < share else word for word in words
        )

    def _name(self) -> str:
        draw = self._draw
        syllables = "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(2))
        return (syllables + draw.choice(_CODAS)).capitalize()


class Site:
    """Pages by path, which can be rewritten, and a front page that links to them."""

    def __init__(self, pages: list[Page]) -> None:
        self._lock = Lock()
        self.pages = {page.path: page for page in pages}
        self.served: list[str] = []
        self.url = ""

    def rewrite(self, page: Page) -> None:
        with self._lock:
            self.pages[page.path] = page

    def answer(self, path: str) -> bytes | None:
        with self._lock:
            if path == "/":
                links = (f"<a href='{page_path}'>read</a>" for page_path in self.pages)
                return f"<!doctype html>{''.join(links)}".encode()
            page = self.pages.get(path)
            if page is None:
                return None
            self.served.append(path)
            return page.html()


@contextmanager
def serve_site(pages: list[Page]) -> Iterator[Site]:
    """Serve pages on a free local port."""
    site = Site(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = site.answer(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
