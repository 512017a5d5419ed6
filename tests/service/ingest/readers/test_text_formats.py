"""Text formats of articles, and what can be wrong with a file."""

import csv
import gzip
import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.common import spreadsheet_cells
from service.ingest import readers
from service.ingest.readers import ReaderNote, Record, UnreadableRecord, csv_tables
from service.ingest.readers.text_formats import TEXT_READERS

TEXT = "The ferry to Skellan was late again on Monday, the third time in a week."


@pytest.fixture(autouse=True)
def _run_in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read_items(name: str, content: bytes | str) -> list[readers.ReaderItem]:
    raw = content.encode() if isinstance(content, str) else content
    Path(name).write_bytes(raw)
    return [item for source in readers.find_sources([name]) for item in readers.read_source(source)]


def records(name: str, content: bytes | str) -> list[object]:
    items = read_items(name, content)
    assert all(isinstance(item, Record) for item in items), items
    return [item.article for item in items if isinstance(item, Record)]


def read_error(name: str, content: bytes | str) -> str:
    """Return the only error of a file without readable records."""
    (item,) = read_items(name, content)
    assert isinstance(item, UnreadableRecord)
    return f"{item.origin}: {item.reason}"


class TestPlainText:
    def test_surrounding_blank_lines_are_removed(self) -> None:
        text = f"{TEXT}\n\nAnother paragraph."
        assert records("a.txt", f"\n\n\n\n{text}\n\n") == [{"text": text}]

    @pytest.mark.parametrize("before", ["", "\n", "\n\n\n\n", "\ufeff", "\r\n\r\n"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", " \n\n\n"])
    def test_date_line_is_the_publication_date(self, before: str, end: str) -> None:
        items = records("a.txt", f"{before} date 2025-05-04{end}{TEXT}")
        assert items == [{"text": TEXT, "published_at": "2025-05-04"}]

    @pytest.mark.parametrize(
        "first", ["update 2025-05-04\n", "date 2025-05-04 was the day\n", "Dates: 2025-05-04\n"]
    )
    def test_other_lines_with_a_date_stay_in_the_text(self, first: str) -> None:
        assert records("a.txt", first + TEXT) == [{"text": first + TEXT}]

    def test_later_date_line_stays_in_the_text(self) -> None:
        text = f"{TEXT}\n date 2025-05-04 \n{TEXT}"
        assert records("a.txt", text) == [{"text": text}]

    def test_impossible_date_is_left_to_validation(self) -> None:
        (article,) = records("a.txt", f" date 2025-13-45 \n{TEXT}")
        assert article == {"text": TEXT, "published_at": "2025-13-45"}

    def test_encoding_of_a_file_that_is_not_utf8_is_detected(self) -> None:
        (item,) = read_items("a.txt", "Die Fähre fährt für drei Tage nicht.".encode("cp1252"))
        assert isinstance(item, Record)
        assert item.article == {"text": "Die Fähre fährt für drei Tage nicht."}
        assert item.warnings == ("encoding: none is declared that fits; read as cp1252",)

    def test_empty_file_is_an_empty_text(self) -> None:
        assert records("a.txt", b"") == [{"text": ""}]


class TestJsonLines:
    def test_blank_lines_are_skipped(self) -> None:
        items = read_items("a.jsonl", '\ufeff{"id": "1"}\r\n\n  \n{"id": "2", "text": "é"}')
        assert items == [
            Record("a.jsonl:1", {"id": "1"}),
            Record("a.jsonl:4", {"id": "2", "text": "é"}),
        ]

    @pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
    def test_only_line_feed_ends_a_line(self, separator: str) -> None:
        article = {"text": f"one{separator}two"}
        assert records("a.jsonl", json.dumps(article, ensure_ascii=False)) == [article]

    @pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".JSONL"])
    def test_all_suffixes_of_json_lines(self, suffix: str) -> None:
        assert records(f"a{suffix}", '{"id": "1"}') == [{"id": "1"}]

    def test_compressed_file(self) -> None:
        lines = "".join(json.dumps({"id": str(n)}) + "\n" for n in range(1000))
        items = records("a.jsonl.gz", gzip.compress(lines.encode()))
        assert items == [{"id": str(n)} for n in range(1000)]

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            (b'{"id": "2"', "broken JSON"),
            (b'{"id": "\xe9"}', "not UTF-8"),
            (b"\xff\xfe{", "not UTF-8"),
            (b"\xed\xa0\x80", "not UTF-8"),
            (b"[" * 100_000, "nested too deeply"),
            (b"9" * 5000, "broken JSON"),
            (b'{"id": NaN}', "NaN is not a JSON value"),
            (b'{"id": "2"} {"id": "3"}', "broken JSON"),
        ],
    )
    def test_bad_line_is_reported_and_others_are_read(self, bad: bytes, reason: str) -> None:
        items = read_items("a.jsonl", b'{"id": "1"}\n' + bad + b'\n{"id": "4"}\n')
        assert [items[0], items[2]] == [
            Record("a.jsonl:1", {"id": "1"}),
            Record("a.jsonl:3", {"id": "4"}),
        ]
        assert isinstance(items[1], UnreadableRecord)
        assert items[1].origin == "a.jsonl:2"
        assert reason in items[1].reason

    def test_overlong_line_is_rejected_without_reading_it_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.ingest.readers.limits.MAX_ARTICLE_CHARS", 100)
        items = read_items("a.jsonl", '{"id": "1"}\n"' + "x" * 1000 + '"\n{"id": "3"}\n')
        assert isinstance(items[1], UnreadableRecord)
        assert "longer than" in items[1].reason
        assert items[2] == Record("a.jsonl:3", {"id": "3"})

    def test_other_json_values_are_left_to_validation(self) -> None:
        assert records("a.jsonl", '[1]\n"x"\nnull\n') == [[1], "x", None]

    def test_truncated_compressed_file_yields_its_complete_records(self) -> None:
        lines = "".join(json.dumps({"id": f"{n * 7919 % 10007}"}) + "\n" for n in range(20_000))
        compressed = gzip.compress(lines.encode())
        items = read_items("a.jsonl.gz", compressed[: len(compressed) // 2])
        assert len(items) > 1000
        assert isinstance(items[-1], UnreadableRecord)
        assert "reading stopped" in items[-1].reason
        assert all(isinstance(item, Record) for item in items[:-1])

    def test_uncompressed_file_with_compressed_suffix(self) -> None:
        assert "reading stopped" in read_error("a.jsonl.gz", '{"id": "1"}\n')

    @given(st.lists(st.binary(max_size=40)))
    def test_any_bytes_are_read_or_reported(self, lines: list[bytes]) -> None:
        for format_ in ("jsonl", "csv", "json", "txt", "html"):
            for item in TEXT_READERS[format_](io.BytesIO(b"\n".join(lines)), "x"):
                assert isinstance(item, Record | UnreadableRecord | ReaderNote)


class TestJsonDocument:
    def test_object_is_one_article(self) -> None:
        assert records("a.json", '{\n  "maintext": "é"\n}\n') == [{"maintext": "é"}]

    def test_array_is_many_articles(self) -> None:
        items = read_items("a.json", '[{"id": "1"}, 5]')
        assert items == [Record("a.json[1]", {"id": "1"}), Record("a.json[2]", 5)]

    @pytest.mark.parametrize("name", ["items", "articles", "results"])
    def test_list_inside_an_object_is_read_and_said(self, name: str) -> None:
        document = {"status": "ok", "title": "Search", name: [{"title": "A"}, {"title": "B"}]}
        assert read_items("a.json", json.dumps(document)) == [
            ReaderNote("a.json", f'articles read from "{name}"'),
            Record(f"a.json/{name}[1]", {"title": "A"}),
            Record(f"a.json/{name}[2]", {"title": "B"}),
        ]

    def test_article_with_a_list_is_one_article(self) -> None:
        article = {"title": "A", "text": "x", "items": [{"title": "Related"}]}
        assert records("a.json", json.dumps(article)) == [article]

    def test_json_feed_in_a_file(self) -> None:
        feed = {"version": "https://jsonfeed.org/version/1", "title": "F", "items": []}
        feed["items"] = [{"id": "https://f.example/1", "content_text": "x"}]  # type: ignore[assignment]
        assert records("a.json", json.dumps(feed)) == [
            {"url": "https://f.example/1", "text": "x", "source": "F"}
        ]

    @pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig"])
    def test_json_of_windows(self, codec: str) -> None:
        assert records("a.json", '{"text": "Fähre"}'.encode(codec)) == [{"text": "Fähre"}]
        assert records("a.jsonl", '{"text": "Fähre"}\n'.encode(codec)) == [{"text": "Fähre"}]

    @pytest.mark.parametrize("content", ["{", "", "[NaN]", "[" * 100_000])
    def test_broken_json_is_reported(self, content: str) -> None:
        assert read_error("a.json", content).startswith("a.json:1: broken JSON")


class TestCsv:
    def test_header_cells_and_quotes(self) -> None:
        content = 'id,title,text\n1,"A, b","two\nlines ""quoted"""\n\n2,,plain\n'
        assert read_items("a.csv", content) == [
            Record("a.csv:2", {"id": "1", "title": "A, b", "text": 'two\nlines "quoted"'}),
            Record("a.csv:5", {"id": "2", "text": "plain"}),
        ]

    def test_byte_order_mark_and_windows_line_ends(self) -> None:
        assert records("a.csv", "\ufeffid,text\r\n1,x\r\n") == [{"id": "1", "text": "x"}]

    def test_unknown_columns_are_ignored_and_reported_once(self) -> None:
        items = read_items("a.csv", "id,text,author,page\n1,x,A,3\n2,y,B,4\n")
        assert items == [
            ReaderNote("a.csv:1", "unknown columns, ignored: author, page"),
            Record("a.csv:2", {"id": "1", "text": "x"}),
            Record("a.csv:3", {"id": "2", "text": "y"}),
        ]

    def test_column_names_are_those_of_the_api_in_any_case(self) -> None:
        assert records("a.csv", "ID, Headline ,BODY\n1,A,x\n") == [
            {"id": "1", "headline": "A", "body": "x"}
        ]

    def test_long_cell(self) -> None:
        text = "word " * 100_000
        assert records("a.csv", f"text\n{text}\n") == [{"text": text}]

    def test_header_without_content_column_is_reported_once(self) -> None:
        assert "no column is named" in read_error("a.csv", "id;page\n1;x\n2;y\n")

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            (b"2,a,b", "3 cells, but the header has 2"),
            (b"2", "1 cell, but the header has 2"),
            (b'2,"a"b', "broken CSV"),
        ],
    )
    def test_bad_row_is_reported_and_others_are_read(self, bad: bytes, reason: str) -> None:
        items = read_items("a.csv", b"id,text\n1,x\n" + bad + b"\n3,z\n")
        assert [items[0], items[2]] == [
            Record("a.csv:2", {"id": "1", "text": "x"}),
            Record("a.csv:4", {"id": "3", "text": "z"}),
        ]
        assert isinstance(items[1], UnreadableRecord)
        assert items[1].origin == "a.csv:3"
        assert reason in items[1].reason

    @pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    @pytest.mark.parametrize("delimiter", [";", "\t", ",", "|"])
    @pytest.mark.parametrize("names_delimiter", [True, False])
    def test_tables_of_spreadsheets(
        self, codec: str, delimiter: str, names_delimiter: bool
    ) -> None:
        rows = [
            ["id", "title", "text", ""],
            ["1", "Fähre läuft auf", '"Die Fähre, die neue; lief ""weit"" auf Grund."', ""],
            ["", "", "", ""],
        ]
        first = f"sep={delimiter}\r\n" if names_delimiter else ""
        table = first + "".join(delimiter.join(row) + "\r\n" for row in rows)
        items = read_items("a.csv", table.encode(codec))
        (record,) = [item for item in items if isinstance(item, Record)]
        assert record.article == {
            "id": "1",
            "title": "Fähre läuft auf",
            "text": 'Die Fähre, die neue; lief "weit" auf Grund.',
        }
        assert record.origin == ("a.csv:3" if names_delimiter else "a.csv:2")
        notes = [item.message for item in items if isinstance(item, ReaderNote)]
        assert len(notes) == (codec in ("utf-16-le", "cp1252")), notes

    def test_missing_values_and_index_of_pandas(self) -> None:
        table = ",title,text,published_at\n0,A,x,NaT\n1,B,nan,2025-05-04\n2,<NA>,y,\n"
        assert records("a.csv", table) == [
            {"title": "A", "text": "x"},
            {"title": "B", "published_at": "2025-05-04"},
            {"text": "y"},
        ]

    def test_ambiguous_date_is_read_as_another_row_shows(self) -> None:
        table = "Title;PubDate\nFerry late;04/05/2025\nQuay swept;16/05/2025\n"
        first, second = read_items("a.csv", table)
        assert isinstance(first, Record)
        assert first.article == {"title": "Ferry late", "pubdate": "2025-05-04"}
        assert "'04/05/2025'" in first.warnings[0]
        assert second == Record("a.csv:3", {"title": "Quay swept", "pubdate": "16/05/2025"})

    def test_first_of_two_equal_columns_is_read_and_the_other_reported(self) -> None:
        note, record = read_items("a.csv", "title,text,title\nA,x,B\n")
        assert isinstance(note, ReaderNote)
        assert "twice" in note.message
        assert isinstance(record, Record)
        assert record.article == {"title": "A", "text": "x"}

    def test_bytes_that_cannot_be_decoded_are_replaced_with_a_warning(self) -> None:
        content = "text\nüäöüäöüäöüäö\n".encode() * 20 + b"bad \xe9\n"
        *others, last = read_items("a.csv", content)
        assert isinstance(last, Record)
        assert last.article == {"text": "bad \ufffd"}
        assert "1 character could not be read as utf-8" in last.warnings[0]
        assert not any(item.warnings for item in others if isinstance(item, Record))

    def test_unclosed_quote_is_reported(self) -> None:
        items = read_items("a.csv", 'id,text\n1,x\n2,"open\nand on\n')
        assert isinstance(items[1], UnreadableRecord)
        assert items[1].origin == "a.csv:3"

    @given(st.lists(st.fixed_dictionaries({"id": st.text(), "text": st.text()}), max_size=5))
    def test_csv_round_trip(self, rows: list[dict[str, str]]) -> None:
        file = io.StringIO(newline="")
        missing = {"", *csv_tables._MISSING_CELLS}
        writer = csv.DictWriter(file, ["id", "text"], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        stream = io.BytesIO(file.getvalue().encode())
        items = [item.article for item in TEXT_READERS["csv"](stream, "x")]
        assert items == [
            {
                name: spreadsheet_cells.unquote(cell)
                for name, cell in row.items()
                if cell not in missing
            }
            for row in rows
            if any(row.values())
        ]


class TestHtml:
    def test_page_is_passed_on_whole(self) -> None:
        page = f"<!doctype html><title>Late</title><p>{TEXT}</p>"
        assert records("a.html", page) == [{"html": page}]
        assert records("b.htm", page) == [{"html": page}]

    @pytest.mark.parametrize(
        "meta",
        [
            '<meta charset="windows-1251">',
            "<META http-equiv=Content-Type content='text/html; charset=cp1251'>",
        ],
    )
    def test_page_is_decoded_as_it_declares(self, meta: str) -> None:
        page = f"<html><head>{meta}</head><body>Паром опоздал</body></html>"
        assert records("a.html", page.encode("cp1251")) == [{"html": page}]

    @pytest.mark.parametrize("meta", ["", '<meta charset="klingon">', '<meta charset="utf-8">'])
    def test_encoding_of_a_page_that_declares_none_is_detected(self, meta: str) -> None:
        page = f"<html><head>{meta}</head><body>Паром снова опоздал на три часа</body></html>"
        (item,) = read_items("a.html", page.encode("cp1251"))
        assert isinstance(item, Record)
        assert item.article == {"html": page}
        assert "read as cp1251" in item.warnings[0]


class TestFindSources:
    def names(self, *arguments: str) -> list[str]:
        return [source.name for source in readers.find_sources(arguments)]

    def test_folder_yields_known_files_in_order_without_hidden_ones(self) -> None:
        for name in ["b.txt", "a/z.jsonl.gz", "a/c.csv", ".hidden.txt", ".git/x.txt", "notes.md"]:
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).touch()
        assert self.names(".") == ["a/c.csv", "a/z.jsonl.gz", "b.txt"]

    def test_file_name_that_is_not_text(self) -> None:
        os.close(os.open(b"caf\xe9.txt", os.O_CREAT))
        assert self.names(".") == ["caf\ufffd.txt"]

    def test_error_names_a_missing_file(self) -> None:
        with pytest.raises(FileNotFoundError, match=r"no such file.*gone\.txt"):
            self.names("gone.txt")

    @pytest.mark.parametrize("name", ["a.pdf", "a", "a.gz", "txt"])
    def test_error_of_an_unknown_suffix_lists_the_known_ones(self, name: str) -> None:
        Path(name).touch()
        with pytest.raises(
            readers.UnknownFormatError, match=r"unknown format; .*\.jsonl.*--format"
        ):
            self.names(name)

    def test_forced_format_takes_precedence_over_the_suffix(self) -> None:
        Path("a.dat").write_text('{"id": "1"}')
        (source,) = readers.find_sources(["a.dat"], "jsonl")
        assert list(readers.read_source(source)) == [Record("a.dat:1", {"id": "1"})]

    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.gz"])
    def test_large_file_is_read_in_little_memory(self, name: str) -> None:
        line = json.dumps({"text": "word " * 400}) if "jsonl" in name else "word " * 400
        content = f"text\n{line}\n".encode() + f"{line}\n".encode() * 5000
        Path(name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        (source,) = readers.find_sources([name])
        tracemalloc.start()
        count = sum(1 for _ in readers.read_source(source))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count > 5000
        assert peak < 2_000_000 < len(content)

    def test_callback_receives_the_number_of_every_byte_read(self) -> None:
        Path("a.jsonl").write_text('{"id": "1"}\n' * 5000)
        (source,) = readers.find_sources(["a.jsonl"])
        byte_counts: list[int] = []
        for _ in readers.read_source(source, byte_counts.append):
            pass
        assert sum(byte_counts) == source.size
        assert len(byte_counts) > 2
