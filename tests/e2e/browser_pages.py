"""Helpers of the tests in a real browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OpenPage = Callable[..., Page]


def buffered(app: Flask) -> WSGIApplication:
    """Send responses from memory: a static file would stay open if a browser left at once."""

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with closing(app(environ, start_response)) as chunks:
            return [b"".join(chunks)]

    return respond


@contextmanager
def serve_app(app: Flask) -> Iterator[str]:
    """Serve an application on a free port; yield its URL."""
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
    """Open pages, each in a session of its own; fail on errors and on requests to other sites."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/admin", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", check_message)
        page.on("request", lambda request: check_request(request.url))
        page.goto(site + path)
        return page

    def check_message(message: ConsoleMessage) -> None:
        # The browser informs of its own doings as well, such as an autofocus that a test outran.
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text}")

    def check_request(url: str) -> None:
        if not url.startswith((site, "data:")):
            complaints.append(f"requested {url}")

    yield open_page
    for context in contexts:
        context.close()
    # The browser reports error responses such as 404 on the console, which tests provoke.
    unexpected = [text for text in complaints if "the server responded with a status" not in text]
    assert not unexpected, "\n".join(unexpected)


def axe_violations(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [json.dumps(violation, indent=1) for violation in violations]


def fits_viewport(page: Page) -> bool:
    """Return whether the page needs no horizontal scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
