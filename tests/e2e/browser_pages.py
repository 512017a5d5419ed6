"""What tests in a real browser share."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OpenPage = Callable[..., Page]


def buffered(app: Flask) -> WSGIApplication:
    """Answer from memory: a file asked for by a visitor who left at once would stay open here."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with closing(app(environ, start_response)) as parts:
            return [b"".join(parts)]

    return answer


@contextmanager
def serve_app(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, buffered(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def page_opener(browser: Browser, site: str) -> Iterator[OpenPage]:
    """Open pages, each as another visitor; what they complain about or ask of others fails."""
    contexts, complaints = [], []

    def visit(address: str = "/admin", width: int = 1280, **more: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: check(request.url))
        page.goto(site + address)
        return page

    def check(url: str) -> None:
        if not url.startswith((site, "data:")):
            complaints.append(f"asked for {url}")

    yield visit
    for context in contexts:
        context.close()
    # Browsers report a page that answers 404 or 400 on the console, as they should.
    assert [text for text in complaints if "the server responded with a status" not in text] == []


def axe_violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [json.dumps(violation, indent=1) for violation in found]


def fits_viewport(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
