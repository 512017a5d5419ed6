"""Nonsense ends in a clear message, in bounded time and memory, and the others are read."""

from __future__ import annotations

import gzip
import json
import random
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli.main import main
from service.ingest import readers
from service.ingest.readers import UnreadableRecord, fetch
from tests.support.recording_server import CannedResponse, recording_server

MEGABYTE = 1_000_000
MAX_SECONDS = 30.0
MAX_BYTES = 200_000_000
GOOD_FEED = """<rss version="2.0"><channel><title>Quay Gazette</title><item><title>Ferry</title>
<link>https://quay.example/1</link><description>It sank.</description></item></channel></rss>"""


def laughs(root: str) -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20))
    doctype = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>'
    return f"{doctype}<{root}>&a19;</{root}>".encode()


NONSENSE: dict[str, bytes] = {
    "random.xml": random.Random(3).randbytes(MEGABYTE),
    "angles.xml": b"<" * MEGABYTE,
    "ampersands.rss": b"&" * MEGABYTE,
    "open-tags.xml": b"<a " * (MEGABYTE // 3),
    "open-comments.xml": b"<!--" * (MEGABYTE // 4),
    "instructions.xml": b"<?a?>" * (MEGABYTE // 5),
    "open-sitemap.xml": b"<urlset>" + b"<url>" * (MEGABYTE // 5),
    "open-items.xml": b"<rss version='2.0'><channel>" + b"<item>" * (MEGABYTE // 6),
    "laughs.xml": laughs("rss") + b" " * MEGABYTE,
    "laughing-sitemap.xml": laughs("urlset") + b" " * MEGABYTE,
    "bomb.xml.gz": gzip.compress(b"<rss><channel><title>" + b"a" * (200 * MEGABYTE)),
    "bomb.csv.gz": gzip.compress(b"title,text\n" + b'"x" y\n' * (20 * MEGABYTE)),
    "open-braces.json": b'{"a":' * (MEGABYTE // 5),
    "open-brackets.jsonl": b"[" * MEGABYTE,
    "words.warc": b"word " * (MEGABYTE // 5),
    "attributes.xml": b"<rss><channel><item "
    + b" ".join(b'a%d="x"' % number for number in range(MEGABYTE // 11))
    + b"></item></channel></rss>",
    "open-lines.jsonl": b'{"a":\n' * (MEGABYTE // 6),
    "headless.warc": b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999\r\n\r\nHTTP/",
    "words.parquet": b"word " * (MEGABYTE // 5),
}


@pytest.fixture(autouse=True)
def _run_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFOLD_DB", "news.db")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_reported_in_bounded_time(name: str) -> None:
    Path(name).write_bytes(NONSENSE[name])
    (source,) = readers.find_sources([name])
    started = time.monotonic()
    *_, problem = readers.read_source(source)
    assert time.monotonic() - started < MAX_SECONDS
    assert isinstance(problem, UnreadableRecord)
    assert problem.origin.startswith(name)
    assert problem.reason


@pytest.mark.parametrize("name", ["bomb.xml.gz", "bomb.csv.gz", "random.xml", "laughs.xml"])
def test_nonsense_is_read_in_bounded_memory(name: str) -> None:
    Path(name).write_bytes(NONSENSE[name])
    (source,) = readers.find_sources([name])
    tracemalloc.start()
    for _ in readers.read_source(source):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAX_BYTES


def test_nonsense_costs_no_other_source() -> None:
    for name in ("open-tags.xml", "laughs.xml", "open-braces.json", "words.warc"):
        Path(name).write_bytes(NONSENSE[name])
    Path("z.xml").write_text(GOOD_FEED)
    result = run("ingest", "open-tags.xml", "laughs.xml", "open-braces.json", "words.warc", "z.xml")
    assert result.exit_code == 1
    assert "2 read: 1 new, 0 updated, 0 unchanged, 1 refused, 0 passed over" in result.stdout
    assert "3 sources could not be read to the end" in result.stdout
    assert "laughs.xml: not read: its entities would expand without bound" in result.stderr


def test_truncated_feed_yields_its_complete_entries() -> None:
    Path("a.xml").write_text(GOOD_FEED[:-30])
    result = run("ingest", "a.xml")
    assert "1 read: 1 new" in result.stdout
    assert "a.xml: not well-formed, some entries may be lost" in result.stderr


def test_deeply_nested_markup_is_read() -> None:
    nested = "&lt;div&gt;" * 10_000 + "Ferry sank" + "&lt;/div&gt;" * 10_000
    Path("a.xml").write_text(GOOD_FEED.replace("It sank.", nested))
    assert "1 read: 1 new" in run("ingest", "a.xml").stdout


@contextmanager
def dripping_server(beginning: bytes) -> Iterator[str]:
    """Send the beginning of a response, and then a byte now and then until nobody listens."""
    server = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def drip() -> None:
        with server.accept()[0] as client:
            client.recv(4096)
            try:
                client.sendall(beginning)
                while not stopped.wait(0.05):
                    client.sendall(b"x")
            except OSError:
                pass

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/feed.xml"
    finally:
        stopped.set()
        thread.join()
        server.close()


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n<rss>",
    ],
)
def test_time_of_a_server_that_drips_is_limited(
    beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MAX_FETCH_SECONDS", 1.0)
    started = time.monotonic()
    with dripping_server(beginning) as address, pytest.raises(fetch.FetchError, match="within 1 s"):
        fetch.fetch(address)
    assert time.monotonic() - started < 5


def test_endless_redirects_are_told_and_the_others_are_read() -> None:
    with recording_server() as site:
        site.respond = lambda request: (
            CannedResponse(200, GOOD_FEED.encode())
            if request.path == "/feed"
            else CannedResponse(302, b"", {"Location": request.path + "/on"})
        )
        result = run("ingest", f"{site.address}/lost", f"{site.address}/feed")
        assert f"{site.address}/lost: not fetched: redirected more than 5 times" in result.stderr
        assert "1 read: 1 new" in result.stdout
        assert len(site.requests) < 10


def test_bomb_over_http_is_told() -> None:
    bomb = gzip.compress(b"<rss>" + b" " * (100 * MEGABYTE))
    with recording_server() as site:
        site.respond = lambda _: CannedResponse(200, bomb, {"Content-Encoding": "gzip"})
        assert "longer than 33,554,432 bytes" in run("ingest", site.address).stderr


def test_entry_that_a_library_cannot_digest_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    lines = [{"html": "<html><p>Ferry</p></html>"}, {"text": "The ferry sank."}]
    Path("a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    monkeypatch.setattr("service.ingest.submission.extract", fail)
    result = run("ingest", "a.jsonl")
    assert "a.jsonl:1: cannot be processed: RecursionError('too deep')" in result.stderr
    assert "2 read: 1 new, 0 updated, 0 unchanged, 1 refused, 0 passed over" in result.stdout


def test_reader_that_fails_costs_only_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    Path("a.xml").write_text(GOOD_FEED)
    Path("b.jsonl").write_text('{"text": "The ferry sank."}')
    monkeypatch.setattr("feedparser.parse", fail)
    result = run("ingest", "a.xml", "b.jsonl")
    assert result.exit_code == 1
    assert "a.xml: reading failed: KeyError('surprise')" in result.stderr
    assert "1 read: 1 new" in result.stdout
