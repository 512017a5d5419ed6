"""Files of articles: every format, and everything that can be wrong with a file."""

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

from service.ingest import readers
from service.ingest.readers import ReaderNote, Record, UnreadableRecord
from service.ingest.readers.text_formats import TEXT_READERS

TEXT = "The ferry to Skellan was late again on Monday, the third time in a week."


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def readings(name: str, content: bytes | str) -> list[readers.ReaderItem]:
    raw = content.encode() if isinstance(content, str) else content
    Path(name).write_bytes(raw)
    return [
        reading
        for source in readers.find_sources([name])
        for reading in readers.read_source(source)
    ]


def records(name: str, content: bytes | str) -> list[object]:
    found = readings(name, content)
    assert all(isinstance(reading, Record) for reading in found), found
    return [reading.article for reading in found if isinstance(reading, Record)]


def one_problem(name: str, content: bytes | str) -> str:
    """Return the single thing that is wrong with a file out of which nothing was read."""
    (reading,) = readings(name, content)
    assert isinstance(reading, UnreadableRecord)
    return f"{reading.origin}: {reading.reason}"


class TestPlainText:
    def test_blank_lines_around_the_text_are_no_part_of_it(self) -> None:
        text = f"{TEXT}\n\nAnother paragraph."
        assert records("a.txt", f"\n\n\n\n{text}\n\n") == [{"text": text}]

    @pytest.mark.parametrize("before", ["", "\n", "\n\n\n\n", "\ufeff", "\r\n\r\n"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", " \n\n\n"])
    def test_takes_the_date_line_of_a_crawler_as_the_date(self, before: str, end: str) -> None:
        found = records("a.txt", f"{before} date 2025-05-04{end}{TEXT}")
        assert found == [{"text": TEXT, "published_at": "2025-05-04"}]

    @pytest.mark.parametrize(
        "first", ["update 2025-05-04\n", "date 2025-05-04 was the day\n", "Dates: 2025-05-04\n"]
    )
    def test_leaves_other_lines_with_a_date_in_the_text(self, first: str) -> None:
        assert records("a.txt", first + TEXT) == [{"text": first + TEXT}]

    def test_leaves_a_date_line_further_down_in_the_text(self) -> None:
        text = f"{TEXT}\n date 2025-05-04 \n{TEXT}"
        assert records("a.txt", text) == [{"text": text}]

    def test_hands_an_impossible_date_on_to_be_judged(self) -> None:
        (article,) = records("a.txt", f" date 2025-13-45 \n{TEXT}")
        assert article == {"text": TEXT, "published_at": "2025-13-45"}

    def test_refuses_what_is_not_utf8_by_name(self) -> None:
        assert one_problem("a.txt", "Café".encode("latin-1")).startswith("a.txt:1: not UTF-8")

    def test_an_empty_file_is_an_empty_text(self) -> None:
        assert records("a.txt", b"") == [{"text": ""}]


class TestJsonLines:
    def test_one_article_a_line_blank_lines_left_out(self) -> None:
        found = readings("a.jsonl", '\ufeff{"id": "1"}\r\n\n  \n{"id": "2", "text": "é"}')
        assert found == [
            Record("a.jsonl:1", {"id": "1"}),
            Record("a.jsonl:4", {"id": "2", "text": "é"}),
        ]

    @pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
    def test_only_a_line_feed_ends_a_line(self, separator: str) -> None:
        article = {"text": f"one{separator}two"}
        assert records("a.jsonl", json.dumps(article, ensure_ascii=False)) == [article]

    @pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".JSONL"])
    def test_suffixes(self, suffix: str) -> None:
        assert records(f"a{suffix}", '{"id": "1"}') == [{"id": "1"}]

    def test_a_packed_file(self) -> None:
        lines = "".join(json.dumps({"id": str(n)}) + "\n" for n in range(1000))
        found = records("a.jsonl.gz", gzip.compress(lines.encode()))
        assert found == [{"id": str(n)} for n in range(1000)]

    @pytest.mark.parametrize(
        ("bad", "problem"),
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
    def test_a_bad_line_is_told_and_spoils_no_other(self, bad: bytes, problem: str) -> None:
        found = readings("a.jsonl", b'{"id": "1"}\n' + bad + b'\n{"id": "4"}\n')
        assert [found[0], found[2]] == [
            Record("a.jsonl:1", {"id": "1"}),
            Record("a.jsonl:3", {"id": "4"}),
        ]
        assert isinstance(found[1], UnreadableRecord)
        assert found[1].origin == "a.jsonl:2"
        assert problem in found[1].reason

    def test_a_line_without_end_is_refused_in_little_memory(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.ingest.readers.text_formats.MAX_ARTICLE_CHARS", 100)
        found = readings("a.jsonl", '{"id": "1"}\n"' + "x" * 1000 + '"\n{"id": "3"}\n')
        assert isinstance(found[1], UnreadableRecord)
        assert "longer than" in found[1].reason
        assert found[2] == Record("a.jsonl:3", {"id": "3"})

    def test_what_is_no_object_is_handed_on_to_be_judged(self) -> None:
        assert records("a.jsonl", '[1]\n"x"\nnull\n') == [[1], "x", None]

    def test_a_packed_file_cut_off_half_way_gives_what_is_whole(self) -> None:
        lines = "".join(json.dumps({"id": f"{n * 7919 % 10007}"}) + "\n" for n in range(20_000))
        packed = gzip.compress(lines.encode())
        found = readings("a.jsonl.gz", packed[: len(packed) // 2])
        assert len(found) > 1000
        assert isinstance(found[-1], UnreadableRecord)
        assert "reading stopped" in found[-1].reason
        assert all(isinstance(reading, Record) for reading in found[:-1])

    def test_a_file_only_named_as_if_it_were_packed(self) -> None:
        assert "reading stopped" in one_problem("a.jsonl.gz", '{"id": "1"}\n')

    @given(st.lists(st.binary(max_size=40)))
    def test_no_bytes_break_the_reader(self, lines: list[bytes]) -> None:
        stream = io.TextIOWrapper(
            io.BytesIO(b"\n".join(lines)), "utf-8-sig", "surrogateescape", newline="\n"
        )
        for reading in TEXT_READERS["jsonl"](stream, "x"):
            assert isinstance(reading, Record | UnreadableRecord)


class TestJsonDocument:
    def test_one_object_is_one_article(self) -> None:
        assert records("a.json", '{\n  "maintext": "é"\n}\n') == [{"maintext": "é"}]

    def test_an_array_is_many(self) -> None:
        found = readings("a.json", '[{"id": "1"}, 5]')
        assert found == [Record("a.json[1]", {"id": "1"}), Record("a.json[2]", 5)]

    @pytest.mark.parametrize("content", ["{", "", "[NaN]", "[" * 100_000])
    def test_what_is_broken_is_named(self, content: str) -> None:
        assert one_problem("a.json", content).startswith("a.json:1: broken JSON")


class TestTable:
    def test_header_cells_and_quotes(self) -> None:
        content = 'id,title,text\n1,"A, b","two\nlines ""quoted"""\n\n2,,plain\n'
        assert readings("a.csv", content) == [
            Record("a.csv:2", {"id": "1", "title": "A, b", "text": 'two\nlines "quoted"'}),
            Record("a.csv:5", {"id": "2", "text": "plain"}),
        ]

    def test_a_byte_order_mark_and_windows_line_ends(self) -> None:
        assert records("a.csv", "\ufeffid,text\r\n1,x\r\n") == [{"id": "1", "text": "x"}]

    def test_unknown_columns_are_left_out_and_told_once(self) -> None:
        found = readings("a.csv", "id,text,author,page\n1,x,A,3\n2,y,B,4\n")
        assert found == [
            ReaderNote("a.csv:1", "unknown columns, ignored: author, page"),
            Record("a.csv:2", {"id": "1", "text": "x"}),
            Record("a.csv:3", {"id": "2", "text": "y"}),
        ]

    def test_names_of_columns_are_those_of_the_api_in_any_case(self) -> None:
        assert records("a.csv", "ID, Headline ,BODY\n1,A,x\n") == [
            {"id": "1", "headline": "A", "body": "x"}
        ]

    def test_a_long_text_fits_in_a_cell(self) -> None:
        text = "word " * 100_000
        assert records("a.csv", f"text\n{text}\n") == [{"text": text}]

    def test_a_header_without_any_text_is_refused_once(self) -> None:
        assert "no column is named" in one_problem("a.csv", "id;text\n1;x\n2;y\n")

    @pytest.mark.parametrize(
        ("bad", "problem"),
        [
            (b"2,a,b", "3 cells, but the header has 2"),
            (b"2", "1 cells, but the header has 2"),
            (b"2,\xe9", "not UTF-8"),
            (b'2,"a"b', "broken CSV"),
        ],
    )
    def test_a_bad_row_is_told_and_spoils_no_other(self, bad: bytes, problem: str) -> None:
        found = readings("a.csv", b"id,text\n1,x\n" + bad + b"\n3,z\n")
        assert [found[0], found[2]] == [
            Record("a.csv:2", {"id": "1", "text": "x"}),
            Record("a.csv:4", {"id": "3", "text": "z"}),
        ]
        assert isinstance(found[1], UnreadableRecord)
        assert found[1].origin == "a.csv:3"
        assert problem in found[1].reason

    def test_a_quote_that_never_closes(self) -> None:
        found = readings("a.csv", 'id,text\n1,x\n2,"open\nand on\n')
        assert isinstance(found[1], UnreadableRecord)
        assert found[1].origin == "a.csv:3"

    @given(st.lists(st.fixed_dictionaries({"id": st.text(), "text": st.text()}), max_size=5))
    def test_what_the_csv_module_writes_is_read_back(self, rows: list[dict[str, str]]) -> None:
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, ["id", "text"], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        stream = io.StringIO(file.getvalue(), newline="")
        found = [reading.article for reading in TEXT_READERS["csv"](stream, "x")]
        assert found == [{name: cell for name, cell in row.items() if cell} for row in rows]


class TestWebPage:
    def test_is_handed_on_whole(self) -> None:
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
    def test_is_read_in_the_encoding_that_it_declares(self, meta: str) -> None:
        page = f"<html><head>{meta}</head><body>Паром опоздал</body></html>"
        assert records("a.html", page.encode("cp1251")) == [{"html": page}]

    @pytest.mark.parametrize("meta", ["", '<meta charset="klingon">'])
    def test_is_refused_if_it_declares_none_that_is_known(self, meta: str) -> None:
        page = f"<html><head>{meta}</head><body>Паром</body></html>".encode("cp1251")
        assert "not UTF-8" in one_problem("a.html", page)


class TestFinding:
    def names(self, *typed: str) -> list[str]:
        return [source.name for source in readers.find_sources(typed)]

    def test_a_folder_is_walked_in_order_hidden_and_unknown_files_left_out(self) -> None:
        for name in ["b.txt", "a/z.jsonl.gz", "a/c.csv", ".hidden.txt", ".git/x.txt", "notes.md"]:
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).touch()
        assert self.names(".") == ["a/c.csv", "a/z.jsonl.gz", "b.txt"]

    def test_a_name_that_is_not_text(self) -> None:
        os.close(os.open(b"caf\xe9.txt", os.O_CREAT))
        assert self.names(".") == ["caf\ufffd.txt"]

    def test_a_missing_file_is_named(self) -> None:
        with pytest.raises(FileNotFoundError, match=r"no such file.*gone\.txt"):
            self.names("gone.txt")

    @pytest.mark.parametrize("name", ["a.pdf", "a", "a.gz", "txt"])
    def test_an_unknown_suffix_is_refused_with_the_known_ones(self, name: str) -> None:
        Path(name).touch()
        with pytest.raises(
            readers.UnknownFormatError, match=r"unknown format; .*\.jsonl.*--format"
        ):
            self.names(name)

    def test_a_forced_format_goes_before_the_suffix(self) -> None:
        Path("a.dat").write_text('{"id": "1"}')
        (source,) = readers.find_sources(["a.dat"], "jsonl")
        assert list(readers.read_source(source)) == [Record("a.dat:1", {"id": "1"})]

    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.gz"])
    def test_a_large_file_takes_little_memory(self, name: str) -> None:
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

    def test_the_meter_is_told_of_every_byte(self) -> None:
        Path("a.jsonl").write_text('{"id": "1"}\n' * 5000)
        (source,) = readers.find_sources(["a.jsonl"])
        portions: list[int] = []
        for _ in readers.read_source(source, portions.append):
            pass
        assert sum(portions) == source.size
        assert len(portions) > 2
