"""Ingest web archives, feeds, sitemaps and Parquet files, as the libraries write them."""

from __future__ import annotations

import gzip
import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from service.cli.main import main
from service.ingest import readers
from service.ingest.readers import fetch
from tests.support.recording_server import (
    CannedResponse,
    RecordedRequest,
    RecordingServer,
    recording_server,
)

PROGRAM = str(Path(sys.executable).with_name("storyfold"))
FERRY = (
    "The ferry to Skellan was cancelled again on Monday after its bow door jammed, the third time"
    " in a week. Island shops said bread had run out by noon."
)
BAKERY = (
    "A bakery in Dunmarrow has won the national prize for rye loaf with a recipe from 1911."
    " The judges praised a dark crust and a long sour finish."
)


@pytest.fixture(autouse=True)
def _run_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFOLD_DB", "news.db")


@pytest.fixture
def site() -> Iterator[RecordingServer]:
    with recording_server() as server:
        yield server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def ingested(*arguments: str) -> list[dict[str, Any]]:
    result = run("ingest", *arguments)
    assert result.exit_code == 0, result.output
    return stored()


def stored() -> list[dict[str, Any]]:
    lines = run("export", "--what", "articles").stdout.splitlines()
    return [json.loads(line) for line in lines]


def page(title: str, *paragraphs: str, charset: str = "") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    meta = f'<meta charset="{charset}">' if charset else ""
    return (
        f"<html><head>{meta}<title>{title}</title></head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{title}</h1>{text}</article></body></html>"
    )


class InMemoryWriter(WARCWriter):
    """warcio's writer, without the temporary files that it leaves open."""

    @staticmethod
    def _create_temp_file() -> io.BytesIO:
        return io.BytesIO()


def write_warc(name: str, *pages: tuple[str, bytes, str, str], compressed: bool = True) -> None:
    """Write pages, each given as (address, content, content type, status)."""
    with Path(name).open("wb") as file:
        writer = InMemoryWriter(file, gzip=compressed)
        writer.write_record(writer.create_warcinfo_record(name, {"software": "test"}))
        for url, content, content_type, status in pages:
            headers = StatusAndHeaders(
                status, [("Content-Type", content_type)], protocol="HTTP/1.1"
            )
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(content), http_headers=headers
            )
            writer.write_record(record)


HTML = "text/html; charset=utf-8"


def news_page(number: int) -> tuple[str, bytes, str, str]:
    words = " ".join(f"w{number}x{word}" for word in range(40))
    content = page(f"Notice {number}", f"{words}.", f"{FERRY} Number {number}.").encode()
    return f"https://www.kelvale.example/{number}", content, HTML, "200 OK"


class TestWebArchives:
    @pytest.mark.parametrize("compressed", [True, False])
    def test_pages_become_articles_and_other_records_are_skipped(self, compressed: bool) -> None:
        name = "news.warc.gz" if compressed else "news.warc"
        write_warc(
            name,
            (
                "https://www.skellan.example/a",
                page("Ferry", FERRY, BAKERY).encode(),
                HTML,
                "200 OK",
            ),
            ("https://skellan.example/logo.png", b"\x89PNG", "image/png", "200 OK"),
            ("https://skellan.example/gone", page("Gone", FERRY).encode(), HTML, "404 Not Found"),
            compressed=compressed,
        )
        (article,) = ingested(name)
        assert article["url"] == "https://www.skellan.example/a"
        assert article["source"] == "skellan.example"
        assert FERRY in article["text"]
        assert "Home" not in article["text"]

    @pytest.mark.parametrize(
        ("content_type", "charset", "encoding"),
        [
            ("text/html; charset=iso-8859-15", "", "iso-8859-15"),
            ("text/html", "windows-1252", "windows-1252"),
            ("text/html", "", "utf-8"),
            ("text/html; charset=nonsense", "utf-8", "utf-8"),
        ],
    )
    def test_pages_are_decoded_as_they_declare(
        self, content_type: str, charset: str, encoding: str
    ) -> None:
        text = "Das Fährschiff nach Skellan fiel am Montag erneut aus, die Tür klemmte für Stunden."
        content = page("Fähre", text, text[::-1], charset=charset).encode(encoding)
        write_warc("a.warc.gz", ("https://a.example/1", content, content_type, "200 OK"))
        (article,) = ingested("a.warc.gz")
        assert text in article["text"]

    def test_number_of_characters_that_cannot_be_decoded_is_said(self) -> None:
        content = page("Fähre", FERRY, "ü" * 50, charset="utf-8").encode() + b"<!-- \xff -->"
        write_warc("a.warc.gz", ("https://a.example/1", content, "text/html", "200 OK"))
        result = run("ingest", "a.warc.gz")
        assert "a.warc.gz:2: encoding: 1 character could not be read as utf-8" in result.stderr

    def test_page_without_a_content_type_is_told_by_its_beginning(self) -> None:
        content = page("Ferry", FERRY, BAKERY).encode()
        write_warc(
            "a.warc",
            ("https://a.example/1", b"<!DOCTYPE html>" + content, "", "200 OK"),
            ("https://a.example/2", b"\n" + content, "application/octet-stream", "200 OK"),
            ("https://a.example/3", b"%PDF-1.7", "", "200 OK"),
        )
        result = run("ingest", "a.warc")
        assert "2 passed over" not in result.stderr
        assert "a.warc: 1 passed over: not a page, and without a content type" in result.stderr
        assert len(stored()) == 2

    def test_records_without_a_response_are_read_or_told(self) -> None:
        with Path("a.warc.gz").open("wb") as file:
            writer = InMemoryWriter(file, gzip=True)
            for kind, content, content_type in (
                ("resource", page("Ferry", FERRY, BAKERY).encode(), "text/html"),
                ("resource", b"\x89PNG", "image/png"),
                ("conversion", FERRY.encode(), "text/plain"),
                ("metadata", b"fetchTimeMs: 7", "application/warc-fields"),
            ):
                record = writer.create_warc_record(
                    f"https://a.example/{kind}",
                    kind,
                    payload=io.BytesIO(content),
                    warc_content_type=content_type,
                )
                writer.write_record(record)
        result = run("ingest", "a.warc.gz")
        assert result.stderr.splitlines() == [
            "a.warc.gz: 1 passed over: not a page: image/png",
            "a.warc.gz: 1 passed over: bare text of a page, in which menus cannot be told from"
            " the article",
        ]
        assert result.stdout.startswith("3 read: 1 new, 0 updated, 0 unchanged, 0 refused, 2 pass")

    def test_pages_that_declare_one_address_and_no_outlet_are_kept_apart(self) -> None:
        head = '<link rel="canonical" href="https://wire.example/ferry">'
        pages = {"a.html": ("Ferry late", FERRY), "b.html": ("No ferry today", f"{FERRY} Again.")}
        for name, (title, text) in pages.items():
            html = page(title, text, BAKERY).replace("<head>", f"<head>{head}")
            Path(name).write_text(html, encoding="utf-8")
        result = run("ingest", "a.html", "b.html")
        assert result.stdout.startswith("2 read: 2 new")
        assert result.stderr.startswith("b.html:1: url: another page")
        assert run("ingest", "--reread", "b.html", "a.html").stdout.startswith(
            "2 read: 0 new, 0 updated, 2 unchanged"
        )

    def test_truncated_archive_yields_complete_pages_and_is_read_again(self) -> None:
        write_warc("a.warc.gz", *map(news_page, range(3)))
        whole = Path("a.warc.gz").read_bytes()
        Path("a.warc.gz").write_bytes(whole[:-40])
        result = run("ingest", "a.warc.gz")
        assert result.exit_code == 1
        assert (
            "a.warc.gz: stopped after record 3: the file ends inside the next record"
            in result.stderr
        )
        assert len(stored()) == 2
        Path("a.warc.gz").write_bytes(whole)
        assert len(ingested("a.warc.gz")) == 3

    def test_file_that_is_not_an_archive_is_reported(self) -> None:
        Path("a.warc").write_bytes(b"This is not an archive at all.\n" * 10)
        result = run("ingest", "a.warc")
        assert result.exit_code == 1
        assert "a.warc: stopped after record 0: not a web archive" in result.stderr

    def test_overlong_page_is_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("service.ingest.readers.warc.MAX_PAGE_BYTES", 2000)
        long_page = page("Long", FERRY * 30).encode()
        write_warc("a.warc.gz", ("https://a.example/long", long_page, HTML, "200 OK"), news_page(1))
        result = run("ingest", "a.warc.gz")
        assert "a.warc.gz:2: https://a.example/long: longer than 2,000 bytes" in result.stderr
        assert len(stored()) == 1


class TestParquet:
    def test_rows_become_articles(self) -> None:
        rows = {
            "id": ["a", "b"],
            "headline": ["Ferry", None],
            "text": [FERRY, BAKERY],
            "published_at": [datetime(2025, 5, 4, 9, 30, tzinfo=UTC), None],
            "shares": [7, 8],
        }
        pq.write_table(pa.table(rows), "a.parquet")
        result = run("ingest", "a.parquet")
        assert result.stderr == "a.parquet: unknown columns, ignored: shares\n"
        first, second = stored()
        assert first["title"] == "Ferry"
        assert first["published_at"] == "2025-05-04T09:30:00+00:00"
        assert second["text"] == BAKERY
        assert second["title"] == ""

    def test_bad_row_is_reported_by_its_number(self) -> None:
        rows = {"text": [FERRY, "x", BAKERY], "url": [None, "nowhere", None]}
        pq.write_table(pa.table(rows), "a.parquet", row_group_size=2)
        result = run("ingest", "a.parquet")
        assert result.exit_code == 1
        assert "a.parquet:2: url: not an absolute http or https address" in result.stderr
        assert len(stored()) == 2

    @pytest.mark.parametrize("damage", ["cut", "none of it", "no text"])
    def test_unreadable_table_is_reported(self, damage: str) -> None:
        pq.write_table(pa.table({"page": [1]} if damage == "no text" else {"text": [FERRY]}), "a")
        whole = Path("a").read_bytes()
        Path("a.parquet").write_bytes({"cut": whole[:-9], "none of it": b"x"}.get(damage, whole))
        result = run("ingest", "a.parquet")
        assert result.exit_code == 1
        assert result.stderr.startswith("a.parquet: ")
        assert stored() == []


class TestParquetExport:
    @pytest.fixture(autouse=True)
    def _ingest_three_articles(self) -> None:
        articles = (
            {"id": "a", "title": "Ferry", "text": FERRY, "source": "Skellan Echo"},
            {"id": "b", "title": "渡轮停航", "text": FERRY, "url": "https://b.example/1"},
            {"id": "c", "text": BAKERY, "published_at": "2025-05-04"},
        )
        Path("a.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles))
        ingested("a.jsonl")

    @pytest.mark.parametrize("what", ["assignments", "articles", "events"])
    def test_export_has_the_same_rows_as_json_lines(self, what: str) -> None:
        result = run("export", "--what", what, "--format", "parquet", "-o", "out.parquet")
        assert result.exit_code == 0
        table = pq.read_table("out.parquet")
        lines = [json.loads(line) for line in run("export", "--what", what).stdout.splitlines()]
        rows = table.to_pylist()
        assert [*map(list, rows)] == [*map(list, lines)]
        for row, line in zip(rows, lines, strict=True):
            for name, value in line.items():
                if isinstance(row[name], datetime):
                    assert row[name] == datetime.fromisoformat(value)
                else:
                    assert row[name] == value
        if what == "events":
            assert table.schema.field("size").type == pa.int64()
            assert table.schema.field("sources").type == pa.list_(pa.string())
            assert str(table.schema.field("last_seen").type) == "timestamp[us, tz=UTC]"

    def test_exported_articles_can_be_ingested_into_another_store(self) -> None:
        run("export", "--what", "articles", "--format", "parquet", "-o", "all.parquet")
        assert run("ingest", "all.parquet", "--db", "other.db").exit_code == 0
        exported = run("export", "--what", "articles", "--db", "other.db").stdout
        assert exported == run("export", "--what", "articles").stdout

    def test_export_to_a_pipe_and_of_an_empty_store(self) -> None:
        run("ingest", "-", "--db", "empty.db")
        for db, rows in {"news.db": 3, "empty.db": 0}.items():
            output = run("export", "--format", "parquet", "--db", db).stdout_bytes
            assert pq.read_table(io.BytesIO(output)).num_rows == rows

    def test_error_names_the_missing_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        result = run("export", "--format", "parquet", "-o", "out.parquet")
        assert result.exit_code == 1
        assert "pip install '.[parquet]'" in result.stderr


RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Skellan Echo</title><link>https://echo.example/</link><language>en-gb</language>
<item><title>Ferry &amp;amp; bread</title><link>https://echo.example/ferry</link>
<pubDate>Sun, 04 May 2025 09:30:00 +0200</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>{FERRY}</p><p>Second<br>line.</p><script>x()</script>]]></content:encoded>
</item>
<item><title>Loaf</title><guid isPermaLink="false">loaf-1</guid>
<description>{BAKERY}</description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Tal-Bote</title>
<id>urn:x</id><updated>2025-05-05T00:00:00Z</updated>
<entry><title type="html">Die &lt;b&gt;Fähre&lt;/b&gt;</title><id>urn:y</id>
<link href="https://bote.example/f"/><published>2025-05-04T08:00:00+02:00</published>
<updated>2025-05-05T00:00:00Z</updated><content type="html">&lt;p&gt;Text.&lt;/p&gt;</content>
</entry>
</feed>"""

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://echo.example/ferry</loc><news:news>
 <news:publication><news:name>Skellan Echo</news:name><news:language>en</news:language>
 </news:publication>
 <news:publication_date>2025-05-04T09:30:00+02:00</news:publication_date>
 <news:title>No ferry to Skellan</news:title></news:news></url>
<url><loc>https://echo.example/about</loc></url></urlset>"""


def sitemap_index(*urls: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return (
        f'<?xml version="1.0"?><sitemapindex xmlns="{namespace}">{entries}</sitemapindex>'.encode()
    )


class TestFeeds:
    def test_rss_entries_with_text(self) -> None:
        Path("a.rss").write_text(RSS)
        ferry, loaf = ingested("a.rss")
        assert ferry["url"] == "https://echo.example/ferry"
        assert ferry["title"] == "Ferry & bread"
        assert ferry["text"] == f"{FERRY}\n\nSecond\nline."
        assert ferry["published_at"] == "Sun, 04 May 2025 09:30:00 +0200"
        assert (ferry["source"], ferry["language"]) == ("Skellan Echo", "en")
        assert loaf["text"] == BAKERY
        assert loaf["id"].startswith("f_"), "a guid is unique only within its feed"

    def test_atom_entry(self) -> None:
        Path("a.xml").write_text(ATOM)
        (article,) = ingested("a.xml")
        assert (article["title"], article["text"]) == ("Die Fähre", "Text.")
        assert article["published_at"] == "2025-05-04T08:00:00+02:00"
        assert (article["source"], article["language"]) == ("Tal-Bote", "de")

    def test_news_entries_of_a_sitemap(self) -> None:
        Path("a.xml.gz").write_bytes(gzip.compress(SITEMAP.encode()))
        result = run("ingest", "a.xml.gz")
        assert result.stderr == "a.xml.gz: 1 passed over: an address without news\n"
        (article,) = stored()
        assert article["title"] == "No ferry to Skellan"
        assert article["url"] == "https://echo.example/ferry"
        assert article["source"] == "Skellan Echo"

    def test_excerpt_never_replaces_a_longer_text(self) -> None:
        full_article = {
            "url": "https://echo.example/ferry",
            "title": "Ferry",
            "text": FERRY + BAKERY,
        }
        Path("crawl.jsonl").write_text(json.dumps(full_article))
        ingested("crawl.jsonl")
        Path("a.xml").write_text(SITEMAP)
        (article,) = ingested("a.xml")
        assert article["text"] == FERRY + BAKERY

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("<html><body>Moved</body></html>", "a.xml: neither RSS nor Atom"),
            ("", "a.xml: "),
            ("<rss><channel><item><title>x", "a.xml: n"),
            (SITEMAP[:-20], "a.xml: broken XML after 1 entries"),
        ],
    )
    def test_file_that_is_not_a_feed_is_reported(self, content: str, message: str) -> None:
        Path("a.xml").write_text(content)
        assert message in run("ingest", "a.xml").stderr

    def test_entities_are_not_resolved(self) -> None:
        Path("secret.txt").write_text("secret")
        entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{Path("secret.txt").absolute().as_uri()}">]>'
        for name, content in {"a.xml": RSS, "b.xml": SITEMAP}.items():
            declaration, _, rest = content.partition("?>")
            with_entity = rest.replace("Ferry", "Ferry &e;").replace("No ferry", "No &e; ferry")
            Path(name).write_text(f"{declaration}?>{entity}{with_entity}")
            run("ingest", name)
        assert "secret" not in json.dumps(stored())


class TestFetching:
    def test_feed_is_read_once_for_each_version(self, site: RecordingServer) -> None:
        def respond(request: RecordedRequest) -> CannedResponse:
            if request.headers.get("if-none-match") == '"1"':
                return CannedResponse(304)
            return CannedResponse(200, RSS.encode(), {"ETag": '"1"'})

        site.respond = respond
        assert len(ingested(f"{site.address}/feed")) == 2
        second = run("ingest", f"{site.address}/feed")
        assert second.exit_code == 0
        assert "already read and unchanged since" in second.stderr
        site.respond = lambda _: CannedResponse(200, RSS.replace("loaf-1", "loaf-2").encode())
        assert len(ingested(f"{site.address}/feed")) == 3
        assert "already read" in run("ingest", f"{site.address}/feed").stderr, (
            "version by content hash"
        )

    def test_encoding_in_the_header_is_used(self, site: RecordingServer) -> None:
        feed = RSS.replace('encoding="utf-8"', "").replace("Loaf", "Хлеб")
        content_type = {"Content-Type": "application/rss+xml; charset=windows-1251"}
        site.respond = lambda _: CannedResponse(200, feed.encode("cp1251"), content_type)
        assert "Хлеб" in [article["title"] for article in ingested(f"{site.address}/feed")]

    def test_relative_links_refer_to_the_address_after_redirects(
        self, site: RecordingServer
    ) -> None:
        responses = {
            "/old": CannedResponse(301, b"", {"Location": "/news/feed.xml"}),
            "/news/feed.xml": CannedResponse(
                200, RSS.replace("https://echo.example/ferry", "ferry").encode()
            ),
        }
        site.respond = lambda request: responses[request.path]
        ferry, _ = ingested(f"{site.address}/old")
        assert ferry["url"] == f"{site.address}/news/ferry"

    def test_json_feed_at_an_address(self, site: RecordingServer) -> None:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Skellan Echo",
            "items": [{"id": "1", "url": "/ferry", "content_text": FERRY}],
        }
        site.respond = lambda _: CannedResponse(200, json.dumps(feed).encode())
        (article,) = ingested(f"{site.address}/feed.json")
        assert (article["url"], article["text"]) == (f"{site.address}/ferry", FERRY)

    def test_sitemaps_of_an_index_are_read(self, site: RecordingServer) -> None:
        other = SITEMAP.replace("/ferry", "/bread").replace("No ferry", "No bread")
        sitemaps = {
            "/index.xml": sitemap_index(
                "/a.xml", f"{site.address}/b.xml.gz", "http://127.0.0.2:1/c.xml"
            ),
            "/a.xml": SITEMAP.encode(),
            "/b.xml.gz": gzip.compress(other.encode()),
        }
        site.respond = lambda request: CannedResponse(200, sitemaps[request.path])
        result = run("ingest", f"{site.address}/index.xml")
        assert "sitemap on another host, skipped: http://127.0.0.2:1/c.xml" in result.stderr
        assert len(stored()) == 2
        site.respond = lambda request: CannedResponse(
            200, sitemaps.get(request.path, b"").replace(b"/f", b"/g")
        )
        run("ingest", f"{site.address}/index.xml")
        assert len(stored()) == 3, "the sitemaps of an index are read each time"

    def test_index_that_lists_itself_is_read_to_a_limited_depth(
        self, site: RecordingServer
    ) -> None:
        site.respond = lambda request: CannedResponse(200, sitemap_index("/again.xml"))
        result = run("ingest", f"{site.address}/index.xml")
        assert "nested too deeply" in result.stderr
        assert len(site.requests) == 3

    def test_failed_fetch_is_reported_and_others_are_read(self, site: RecordingServer) -> None:
        site.respond = lambda request: (
            CannedResponse(200, RSS.encode()) if request.path == "/a" else CannedResponse(500)
        )
        result = run("ingest", f"{site.address}/b", "http://127.0.0.1:1/c", f"{site.address}/a")
        assert result.exit_code == 1
        assert f"{site.address}/b: the server answered 500" in result.stderr
        assert "http://127.0.0.1:1/c: not fetched: " in result.stderr
        assert len(stored()) == 2

    def test_number_of_redirects_is_limited(self, site: RecordingServer) -> None:
        responses = {
            "/old": CannedResponse(301, b"", {"Location": "/new"}),
            "/new": CannedResponse(200, ATOM.encode()),
        }
        site.respond = lambda request: responses.get(
            request.path, CannedResponse(302, b"", {"Location": "/loop"})
        )
        assert len(ingested(f"{site.address}/old")) == 1
        assert "not fetched" in run("ingest", f"{site.address}/loop").stderr

    @pytest.mark.parametrize("compressed", [True, False])
    def test_size_is_limited(
        self, site: RecordingServer, compressed: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "MAX_FETCH_BYTES", 100_000)
        body = RSS.encode() + b" " * 100_000
        site.respond = lambda _: CannedResponse(200, gzip.compress(body) if compressed else body)
        assert "longer than 100,000 bytes" in run("ingest", site.address).stderr

    def test_time_is_limited(self, site: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetch, "MAX_FETCH_SECONDS", 1e-6)
        site.respond = lambda _: CannedResponse(200, RSS.encode())
        assert "not fetched" in run("ingest", site.address).stderr

    def test_cluster_command_reads_feeds(self, site: RecordingServer) -> None:
        site.respond = lambda _: CannedResponse(200, RSS.encode())
        assert "Ferry & bread" in run("cluster", f"{site.address}/feed").stdout

    def test_only_feeds_are_read_from_addresses(self) -> None:
        result = run("ingest", "https://a.example/news.warc", "--format", "warc")
        assert result.exit_code == 1
        assert "only feeds and sitemaps can be read from an address" in result.stderr


class TestResuming:
    def test_killed_run_is_continued_without_ingesting_twice(self) -> None:
        write_warc("a.warc.gz", *map(news_page, range(350)))
        with subprocess.Popen(
            [PROGRAM, "ingest", "a.warc.gz"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as process:
            wait_for_articles(100)
            process.send_signal(signal.SIGKILL)
        stored_count = len(stored())
        assert 100 <= stored_count < 350
        result = run("ingest", "a.warc.gz")
        assert f"a.warc.gz: continues after {stored_count} records already read" in result.stderr
        assert result.stdout.startswith(
            f"{350 - stored_count} read: {350 - stored_count} new, 0 updated, 0 unchanged"
        )

    def test_changed_file_is_read_from_the_start(self) -> None:
        lines = [json.dumps({"id": str(n), "text": f"{FERRY} {n}"}) for n in range(2)]
        Path("a.jsonl").write_text(lines[0])
        ingested("a.jsonl")
        Path("a.jsonl").write_text("\n".join(lines))
        assert "1 unchanged" in run("ingest", "a.jsonl").stdout
        assert len(stored()) == 2

    def test_number_of_refused_articles_is_remembered(self) -> None:
        Path("a.jsonl").write_text("{broken\n")
        assert run("ingest", "a.jsonl").exit_code == 1
        assert "already read (1 refused)" in run("ingest", "a.jsonl").stderr

    def test_standard_input_is_read_every_time(self) -> None:
        line = json.dumps({"id": "a", "text": FERRY}).encode()
        for outcome in ("1 new", "1 unchanged"):
            assert outcome in CliRunner().invoke(main, ["ingest", "-"], input=line).stdout


def wait_for_articles(minimum: int) -> None:
    import sqlite3
    import time
    from contextlib import closing

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if Path("news.db").exists():
            with closing(sqlite3.connect("news.db")) as store:
                try:
                    (count,) = store.execute("SELECT count(*) FROM articles").fetchone()
                except sqlite3.OperationalError:
                    count = 0
            if count >= minimum:
                return
        time.sleep(0.02)
    raise AssertionError("too few articles were ingested")


@pytest.mark.parametrize(
    ("module", "name", "extra"),
    [
        ("feedparser", "a.rss", "feeds"),
        ("lxml", "a.xml", "feeds"),
        ("warcio.archiveiterator", "a.warc", "warc"),
        ("pyarrow", "a.parquet", "parquet"),
    ],
)
def test_error_names_the_missing_extra(
    module: str, name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(name).write_text(SITEMAP if module == "lxml" else RSS)
    monkeypatch.setitem(sys.modules, module, None)
    result = run("ingest", name)
    assert result.exit_code == 1
    assert f"pip install '.[{extra}]'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_archive_items_can_be_read_one_at_a_time() -> None:
    write_warc("a.warc.gz", *map(news_page, range(5)))
    (source,) = readers.find_sources(["a.warc.gz"])
    items = readers.read_source(source)
    assert next(items) == next(readers.read_source(source))
    items.close()
