"""`storyfold ingest` and `storyfold export`, end to end on a temporary store."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.cli.main import main

FERRY = (
    "The ferry to Skellan was cancelled again on Monday after its bow door jammed, the third time"
    " in a week. Island shops said bread had run out by noon. The operator Brae Lines promised a"
    " replacement vessel from Thursday and apologised to four hundred stranded passengers."
)
BAKERY = (
    "A bakery in Dunmarrow has won the national prize for rye loaf with a recipe from 1911."
    " The judges praised a dark crust and a long sour finish. Owner Petra Holm said she would"
    " spend the prize money on a new stone oven and a holiday for her night shift."
)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFOLD_DB", "news.db")


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


def lines(*articles: Mapping[str, object]) -> str:
    return "".join(json.dumps(article) + "\n" for article in articles)


def export_rows(what: str) -> list[dict[str, object]]:
    result = run("export", "--what", what)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def field(rows: Iterable[Mapping[str, object]], name: str) -> list[object]:
    return [row[name] for row in rows]


class TestIngest:
    def test_outcomes_of_each_kind_of_file_are_counted(self) -> None:
        Path("feed").mkdir()
        Path("feed/a.jsonl").write_text(lines({"id": "a", "title": "Ferry", "text": FERRY}))
        Path("feed/b.csv").write_text(f'id,title,text\nb,"No ferry, again","{FERRY}"\n')
        Path("feed/c.txt").write_text(f"\n\n date 2025-05-04 \n\n{BAKERY}\n")
        result = run("ingest", "feed")
        assert result.exit_code == 0
        assert result.stdout == (
            "3 read: 3 new (1 duplicate), 0 updated, 0 unchanged, 0 refused, 0 passed over\n"
            "The store holds 3 articles in 2 duplicate groups and 2 events.\n"
        )
        articles = export_rows("articles")
        assert field(articles, "published_at") == [None, None, "2025-05-04"]
        assert field(articles, "text")[2] == BAKERY

    def test_only_the_article_of_a_page_is_stored(self) -> None:
        paragraphs = "".join(f"<p>{text}</p>" for text in (FERRY, BAKERY))
        menu = "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
        page = f"<title>Two notes</title>{menu}<article><h1>Two notes</h1>{paragraphs}</article>"
        Path("page.html").write_text(f"<html><body>{page}</body></html>")
        assert run("ingest", "page.html").exit_code == 0
        (article,) = export_rows("articles")
        assert FERRY in str(article["text"])
        assert "Sport" not in str(article["text"])

    @pytest.mark.parametrize(("options", "unchanged"), [([], 0), (["--reread"], 2)])
    def test_second_ingest_changes_nothing(self, options: list[str], unchanged: int) -> None:
        Path("a.jsonl").write_text(lines({"id": "a", "text": FERRY}, {"text": BAKERY}))
        run("ingest", "a.jsonl")
        before = run("export").stdout, run("export", "--what", "articles").stdout
        result = run("ingest", "a.jsonl", *options)
        summary = f"{unchanged} read: 0 new, 0 updated, {unchanged} unchanged, 0 refused, "
        assert result.stdout.startswith(summary)
        assert ("a.jsonl: already read and unchanged since; use --reread" in result.stderr) != bool(
            options
        )
        assert (run("export").stdout, run("export", "--what", "articles").stdout) == before

    def test_a_changed_article_is_a_new_version(self) -> None:
        run("ingest", "-", stdin=lines({"id": "a", "text": FERRY}).encode())
        result = run("ingest", "-", stdin=lines({"id": "a", "text": BAKERY}).encode())
        assert result.stdout.startswith("1 read: 0 new, 1 updated, 0 unchanged, 0 refused, ")
        assert field(export_rows("articles"), "text") == [BAKERY]

    def test_refused_articles_are_reported_with_line_and_field(self) -> None:
        Path("a.jsonl").write_bytes(
            lines({"id": "1", "text": FERRY}).encode()
            + b"{broken\n"
            + lines({"id": "3", "text": 7, "published_at": "yesterday"}).encode()
            + b'{"id": "4", "text": "caf\xe9"}\n'
            + lines({"id": "5", "text": BAKERY}).encode()
            + b"[]\n"
        )
        Path("b.txt").write_text("\n\n")
        result = run("ingest", "a.jsonl", "b.txt")
        assert result.exit_code == 1
        messages = result.stderr.splitlines()
        assert messages[0].startswith("a.jsonl:2: broken JSON")
        assert messages[1].startswith("a.jsonl:3: text: must be a string")
        assert messages[2].startswith("a.jsonl:4: not UTF-8")
        assert messages[3].startswith("a.jsonl:6: ")
        assert messages[4].startswith("b.txt:1: ")
        assert len(messages) == 5
        assert "2 new" in result.stdout
        assert "5 refused" in result.stdout
        assert field(export_rows("articles"), "id") == ["1", "5"]

    def test_more_articles_than_one_transaction_show_progress(self) -> None:
        articles = lines(*({"id": str(n), "title": f"Notice number {n}"} for n in range(1050)))
        result = run("ingest", "-", stdin=articles.encode())
        assert result.stderr == "1,000 articles\n"
        assert field(export_rows("assignments"), "article_id") == [str(n) for n in range(1050)]

    def test_unknown_columns_are_reported_and_ignored(self) -> None:
        Path("a.csv").write_text(f"id,text,page\na,{BAKERY.replace(',', '')},7\n")
        result = run("ingest", "a.csv")
        assert result.exit_code == 0
        assert result.stderr == "a.csv:1: unknown columns, ignored: page\n"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["gone.jsonl"], "Error: gone.jsonl: no such file or folder\n"),
            (["here.pdf"], "Error: here.pdf: unknown format"),
            (["-", "--db", "."], "Error: the store can't be used: "),
            (["-", "--db", "here.pdf"], "Error: the store can't be used: "),
            (["-", "--db", "here.pdf/news.db"], "Error: "),
            (["-", "--db", "nosuch://host/news"], "Error: the store can't be used: "),
        ],
    )
    def test_unusable_input_is_a_one_line_error(self, arguments: list[str], message: str) -> None:
        Path("here.pdf").write_text("This is not a database, whatever it may be called. " * 40)
        result = run("ingest", *arguments)
        assert result.exit_code == 1
        assert result.stderr.startswith(message)
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""

    def test_invalid_setting_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STORYFOLD_MAX_TEXT_CHARS", "many")
        result = run("ingest", "-")
        assert result.exit_code == 1
        assert "STORYFOLD_MAX_TEXT_CHARS" in result.stderr

    def test_text_length_limit_is_that_of_the_api(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STORYFOLD_MAX_TEXT_CHARS", "200")
        result = run("ingest", "-", stdin=lines({"text": FERRY}).encode())
        assert result.exit_code == 1
        assert "<stdin>:1: text: " in result.stderr


class TestCounts:
    """Every record that is read is new, updated, unchanged, refused or passed over."""

    FEED = (
        '<rss version="2.0"><channel><title>Skellan Echo</title>'
        "<item><title>Ferry</title><link>https://echo.example/ferry</link>"
        f"<description>{FERRY}</description></item>"
        "<item><title>Loaf</title><link>https://echo.example/loaf</link>"
        f"<pubDate>0000-00-00 00:00:00</pubDate><description>{BAKERY}</description></item>"
        "<item><guid>7</guid></item></channel></rss>"
    )
    SITEMAP = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        "<url><loc>https://echo.example/ferry</loc><news:news><news:title>Ferry</news:title>"
        "</news:news></url><url><loc>https://echo.example/about</loc></url></urlset>"
    )

    @pytest.fixture
    def sources(self) -> list[str]:
        Path("a.xml").write_text(self.FEED)
        Path("b.xml").write_text(self.SITEMAP)
        Path("c.jsonl").write_text(lines({"id": "c", "text": FERRY}, {"id": "c", "text": BAKERY}))
        Path("d.csv").write_text("id,text\nd,x\ne\nd,x\n")
        Path("e.warc").write_text("no archive")
        return ["a.xml", "b.xml", "c.jsonl", "d.csv", "e.warc", "gone.jsonl"]

    def test_counts_add_up_in_text(self, sources: list[str]) -> None:
        result = run("ingest", *sources)
        assert result.exit_code == 1
        numbers = [
            int(number) for number in re.findall(r"\d+(?= [a-z])", result.stdout.split("\n")[0])
        ]
        read, new, duplicates, *others = numbers
        assert read == new + sum(others) == 10
        assert duplicates > 0
        assert "b.xml: 1 passed over: only a headline" in result.stderr
        assert "b.xml: 1 passed over: an address without news" in result.stderr
        assert "gone.jsonl: no such file" in result.stderr
        assert "2 sources could not be read to the end." in result.stdout

    def test_counts_add_up_in_json(self, sources: list[str]) -> None:
        result = run("ingest", "--json", *sources)
        summary = json.loads(result.stdout)
        assert summary["read"] == 10
        parts = ("new", "updated", "unchanged", "refused", "passed_over")
        assert sum(summary[part] for part in parts) == 10
        assert summary["passed_over"] == sum(summary["passed_over_reasons"].values()) == 2
        assert len(summary["refusals"]) == summary["refused"]
        assert all(refusal["origin"] and refusal["reason"] for refusal in summary["refusals"])
        assert [failure["origin"] for failure in summary["failed_sources"]] == [
            "gone.jsonl",
            "e.warc",
        ]
        assert summary["articles"] == len(export_rows("articles"))

    @pytest.mark.parametrize("order", [["a.xml", "b.xml"], ["b.xml", "a.xml"]])
    @pytest.mark.parametrize("at_once", [True, False])
    def test_headline_never_replaces_a_text(
        self, sources: list[str], order: list[str], at_once: bool
    ) -> None:
        for names in [order] if at_once else [[name] for name in order]:
            run("ingest", *names)
        (ferry,) = [row for row in export_rows("articles") if row["title"] == "Ferry"]
        assert ferry["text"] == FERRY

    def test_cluster_command_keeps_the_text_too(self, sources: list[str]) -> None:
        result = run("cluster", "--format", "csv", "a.xml", "b.xml")
        (ferry,) = [row for row in result.stdout.splitlines() if "Ferry" in row]
        assert ferry.endswith("a.xml:1")

    def test_page_without_a_text_does_not_replace_one(self) -> None:
        article = {"url": "https://echo.example/ferry", "title": "Ferry", "text": FERRY}
        result = run("ingest", "-", stdin=lines(article, article | {"text": ""}).encode())
        assert "2 read: 1 new, 0 updated, 0 unchanged, 0 refused, 1 passed over" in result.stdout

    def test_correction_of_a_feed_is_an_update(self, sources: list[str]) -> None:
        run("ingest", "a.xml")
        Path("a.xml").write_text(self.FEED.replace("third time", "2nd time"))
        assert "1 updated" in run("ingest", "a.xml").stdout
        assert "2nd time" in str(export_rows("articles"))

    def test_pages_of_two_outlets_that_declare_one_address_are_two_articles(self) -> None:
        for outlet in ("Skellan Echo", "Brae Herald"):
            Path(f"{outlet}.html").write_text(
                f'<html><head><meta property="og:site_name" content="{outlet}">'
                '<link rel="canonical" href="https://wire.example/ferry"></head><body><article>'
                f"<h1>Ferry: {outlet}</h1><p>{FERRY}</p><p>{BAKERY}</p></article></body></html>"
            )
        for _ in range(2):
            run("ingest", "--reread", "Skellan Echo.html", "Brae Herald.html")
            articles = export_rows("articles")
            assert sorted(map(str, field(articles, "source"))) == ["Brae Herald", "Skellan Echo"]
        assert len({*field(export_rows("assignments"), "duplicate_group_id")}) == 1

    def test_entry_keeps_its_id_when_it_no_longer_shares_its_link(self) -> None:
        entries = [
            f"<item><title>Notice {n}</title><link>https://echo.example/notices</link>"
            f"<guid isPermaLink='false'>n-{n}</guid><description>{text}</description></item>"
            for n, text in enumerate((FERRY, BAKERY))
        ]
        for remaining in (entries, entries[:1]):
            feed = (
                f"<rss version='2.0'><channel><title>E</title>{''.join(remaining)}</channel></rss>"
            )
            Path("a.xml").write_text(feed)
            result = run("ingest", "a.xml")
        assert "1 read: 0 new, 0 updated, 1 unchanged" in result.stdout
        assert len(export_rows("articles")) == 2

    def test_equal_warnings_are_shown_once_and_counted(self) -> None:
        rows = [{"id": str(n), "text": "x", "page": n} for n in range(20)]
        result = run("ingest", "-", stdin=lines(*rows).encode())
        assert result.stderr.splitlines() == [
            "<stdin>:1: unknown fields, ignored: 'page'",
            "<stdin>: 19 more like that: unknown fields, ignored",
        ]


class TestSameAsOverHttp:
    """A line of a file is accepted exactly if the batch endpoint accepts it."""

    LINES = (
        {"id": "plain", "text": FERRY},
        {"id": "aliases", "headline": "A", "body": BAKERY, "date": "2025-05-04"},
        {"id": "unknown field", "text": "x y z", "page": 7},
        {"id": "null", "text": None, "title": "Only a title"},
        {"id": "control \x00", "text": "A\x00B"},
        {"id": "controls in the text", "text": "A\x00B\x07 C"},
        {"id": "surrogate", "text": "half \ud800 a pair"},
        {"id": "\ud800", "text": "half an id"},
        {"id": "", "text": "empty id"},
        {"id": 7, "text": "number"},
        {"id": "impossible", "text": "x", "published_at": "2025-02-30"},
        {"id": "far", "text": "x", "published_at": "9025-02-01"},
        {"id": "not an address", "text": "x", "url": "javascript:alert(1)"},
        {"id": "language", "text": "x", "language": "english, mostly"},
        {"id": "long", "text": "word " * 300_000},
        {"id": "blank", "text": " \n "},
        {"url": "https://www.example.org/a?utm_source=x"},
        {"url": "https://www.example.org/a?utm_source=x", "text": "named by its address"},
        {},
    )
    RAW_LINES = (
        b"{",
        b"[]",
        b"null",
        b"NaN",
        b'"text"',
        b'{"id": "nan", "text": "x", "page": NaN}',
        b'{"id": "twice", "id": "twice again", "text": "x"}',
        b'{"id": "latin", "text": "caf\xe9"}',
        b'{"id": "spaces", "text": "x"}  \r',
        b'{"id": "two", "text": "x"}{"id": "values", "text": "x"}',
        b"[" * 100_000,
        b"",
    )

    def test_same_lines_are_accepted(self, client: FlaskClient) -> None:
        rows = [*(json.dumps(line).encode() for line in self.LINES), *self.RAW_LINES]
        result = run("ingest", "-", stdin=b"\n".join(rows))
        response = client.post(
            "/v1/articles/batch", data=b"\n".join(rows), content_type="application/x-ndjson"
        )
        results = [json.loads(line) for line in response.text.splitlines()]
        accepted = [line["article_id"] for line in results if "article_id" in line]
        assert len(accepted) > 10
        assert field(export_rows("assignments"), "article_id") == accepted
        assert f" {len(results) - len(accepted)} refused" in result.stdout


class TestExport:
    @pytest.fixture(autouse=True)
    def stored_articles(self) -> None:
        articles = (
            {"id": "a", "title": "Ferry", "text": FERRY, "source": "Skellan Echo"},
            {"id": "b", "title": "渡轮停航", "text": FERRY, "url": "https://b.example/1"},
            {"id": "c", "text": BAKERY, "language": "en", "published_at": "2025-05-04"},
        )
        assert run("ingest", "-", stdin=lines(*articles).encode()).exit_code == 0

    def test_assignments(self) -> None:
        rows = export_rows("assignments")
        assert field(rows, "article_id") == ["a", "b", "c"]
        assert rows[0]["duplicate_group_id"] == rows[1]["duplicate_group_id"]
        assert rows[0]["event_id"] == rows[1]["event_id"] != rows[2]["event_id"]
        assert {*rows[0]} == {"article_id", "duplicate_group_id", "event_id", "origin"}

    def test_events(self) -> None:
        rows = export_rows("events")
        assert sorted(field(rows, "size"), key=str) == [1, 2]
        assert {*field(rows, "event_id")} == {*field(export_rows("assignments"), "event_id")}

    def test_exported_articles_can_be_ingested_again(self) -> None:
        run("export", "--what", "articles", "--output", "all.jsonl")
        run("export", "--what", "articles", "--format", "csv", "--output", "all.csv")
        rows = export_rows("articles")
        for number, file in enumerate(["all.jsonl", "all.csv"]):
            db = f"other{number}.db"
            assert run("ingest", file, "--db", db).exit_code == 0
            exported = run("export", "--what", "articles", "--db", db).stdout
            assert [json.loads(line) for line in exported.splitlines()] == rows
            assert run("ingest", file).stdout.startswith("3 read: 0 new, 0 updated, 3 unch")

    @pytest.mark.parametrize("what", ["assignments", "articles", "events"])
    def test_csv_holds_the_same_rows(self, what: str) -> None:
        result = run("export", "--what", what, "--format", "csv")
        rows = list(csv.DictReader(result.stdout.splitlines(keepends=True)))
        for row, line in zip(rows, export_rows(what), strict=True):
            assert [*row] == [*line]
            for name, value in line.items():
                if isinstance(value, str | int):
                    assert row[name] == str(value)

    def test_more_events_than_one_query_page(self) -> None:
        articles = ({"id": f"n{n}", "text": f"word{n} other{n} third{n}"} for n in range(620))
        run("ingest", "-", stdin=lines(*articles).encode())
        events = field(export_rows("events"), "event_id")
        assert len(events) == len({*events})
        assert {*events} == {*field(export_rows("assignments"), "event_id")}

    def test_missing_pyarrow_leaves_the_output_file_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        Path("events.parquet").write_text("kept")
        result = run("export", "--format", "parquet", "-o", "events.parquet")
        assert result.exit_code == 1
        assert "parquet" in result.stderr
        assert Path("events.parquet").read_text() == "kept"

    def test_help_shows_examples(self) -> None:
        for command in ["serve", "ingest", "cluster", "export"]:
            assert "Examples:\n    storyfold " in run(command, "--help").stdout

    def test_mistyped_path_creates_no_store(self) -> None:
        result = run("export", "--db", "nwes.db")
        assert result.exit_code == 1
        assert result.stderr == "Error: nwes.db: there is no store\n"
        assert not Path("nwes.db").exists()
