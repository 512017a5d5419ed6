"""`storyfold cluster`: duplicate groups and events of files, without a store."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from clustering.pipeline import batch
from clustering.types import Article
from service.cli.main import main
from service.cli.output.tables import fit_to_width

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
ARTICLES = (
    {"id": "later", "title": "No ferry", "text": FERRY, "published_at": "2025-05-06T10:00:00Z"},
    {"id": "bread", "title": "Rye prize", "text": BAKERY, "source": "面包报面包报面包报面包报"},
    {"id": "first", "title": "Ferry " * 30, "text": FERRY, "published_at": "2025-05-05"},
)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("a.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["cluster", *arguments], input=stdin, catch_exceptions=False)


def columns(line: str) -> int:
    """Count the terminal columns of a line, in which only 面包报 and … are not ASCII."""
    return sum(2 if character in "面包报" else 1 for character in line)


class TestTable:
    def test_duplicates_are_indented_below_the_canonical_article(self) -> None:
        result = run("a.jsonl")
        assert result.exit_code == 0
        headline, canonical, duplicate, blank, headline2, bread = result.stdout.splitlines()[:6]
        assert headline.endswith("  2 articles, 1 group")
        assert canonical.startswith("     2025-05-05  a.jsonl:3 ")
        assert duplicate.startswith("       = 2025-05-06  a.jsonl:1 ")
        assert duplicate.endswith("No ferry")
        assert blank == ""
        assert headline2.endswith("  1 article")
        assert bread.startswith("     undated     面包报面包报面包报…   Rye prize")

    def test_fits_in_80_columns(self) -> None:
        assert max(map(columns, run("a.jsonl").stdout.splitlines())) <= 80

    def test_beginning_of_the_text_replaces_a_missing_title(self) -> None:
        assert (
            "A bakery in Dunmarrow" in run("-", stdin=json.dumps({"text": BAKERY}).encode()).stdout
        )

    @given(st.text(), st.integers(2, 40))
    def test_fitted_text_is_as_wide_as_asked(self, text: str, width: int) -> None:
        assert columns(fit_to_width(text.encode("ascii", "ignore").decode(), width)) == width


class TestJsonAndCsv:
    def test_json_nests_events_groups_articles(self) -> None:
        events = json.loads(run("a.jsonl", "--format", "json").stdout)["events"]
        assert [event["size"] for event in events] == [2, 1]
        (group,) = events[0]["groups"]
        assert group["canonical_article_id"] == "first"
        assert [article["article_id"] for article in group["articles"]] == ["first", "later"]
        assert group["articles"][1]["published_at"] == "2025-05-06T10:00:00Z"
        assert group["articles"][1]["origin"] == "a.jsonl:1"

    def test_csv_is_flat(self) -> None:
        rows = list(csv.DictReader(run("a.jsonl", "--format", "csv").stdout.splitlines()))
        by_id = {row["article_id"]: row for row in rows}
        assert {*by_id} == {"first", "later", "bread"}
        assert by_id["first"]["duplicate_group_id"] == by_id["later"]["duplicate_group_id"]
        assert by_id["first"]["event_id"] != by_id["bread"]["event_id"]

    def test_output_goes_to_a_file(self) -> None:
        assert run("a.jsonl", "--format", "csv", "--output", "out.csv").stdout == ""
        assert Path("out.csv").read_text().startswith("article_id,")


class TestInput:
    def test_last_version_of_an_id_counts(self) -> None:
        Path("a.jsonl").write_text('{"id": "1", "text": "old"}\n{"id": "1", "text": "newer"}\n')
        (event,) = json.loads(run("a.jsonl", "--format", "json").stdout)["events"]
        assert (event["size"], event["headline"]) == (1, "newer")

    def test_refused_articles_are_reported_and_the_others_clustered(self) -> None:
        result = run("-", stdin=b'{"text": "one"}\nnonsense\n')
        assert result.exit_code == 1
        assert result.stderr.startswith("<stdin>:2: broken JSON")
        assert "1 article" in result.stdout

    def test_no_store_is_created(self) -> None:
        run("a.jsonl")
        assert [path.name for path in Path().iterdir()] == ["a.jsonl"]

    def test_an_input_format_can_be_forced(self) -> None:
        Path("feed.dat").write_text('{"id": "1", "text": "words"}\n')
        result = run("feed.dat", "--input-format", "jsonl", "--format", "csv")
        assert result.stdout.splitlines()[1].startswith("1,")

    def test_empty_input_prints_nothing(self) -> None:
        Path("empty.jsonl").touch()
        result = run("empty.jsonl")
        assert (result.exit_code, result.stdout) == (0, "")


class TestOrder:
    def article(self, key: int, published: float | None = None) -> Article:
        return Article(key=key, title="", text=FERRY, published=published)

    def test_dated_articles_go_by_date_before_undated_ones(self) -> None:
        times = [None, 300.0, 100.0, None, 200.0]
        articles = [self.article(key, published) for key, published in enumerate(times, start=1)]
        assert list(batch.assign(articles)) == [3, 5, 2, 1, 4]

    def test_articles_with_one_text_are_one_group(self) -> None:
        assignments = batch.assign(self.article(key) for key in range(1, 6)).values()
        assert len({assignment.group for assignment in assignments}) == 1
        assert sum(assignment.duplicate_of is None for assignment in assignments) == 1
