"""`storyfold explain`: articles of a store and of files, side by side."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli.main import main
from service.web import extensions

NOTICE = (
    "Readers who have seen or heard something of interest may call the desk of the Dunmarrow Echo"
    " at any hour, and need not give a name; letters reach us at the old mill by the weir."
)
FERRY = (
    "The ferry to Skellan was cancelled again on Monday after its bow door jammed, the third time"
    " in a week. Island shops said bread had run out by noon, and the mail was left behind with it."
    " The operator Brae Lines promised a"
    " replacement vessel from Thursday and apologised to four hundred stranded passengers."
)
CUT = FERRY.partition(" The operator")[0]
BAKERY = (
    "A bakery in Dunmarrow has won the national prize for rye loaf with a recipe from 1911."
    " The judges praised a dark crust and a long sour finish. Owner Petra Holm said she would"
    " spend the prize money on a new stone oven and a holiday for her night shift."
)
CHOIR = (
    "Forty singers of the miners' choir will tour the northern valleys in June with a programme of"
    " hymns and work songs. Conductor Idris Vane, who joined as a boy, retires after the last"
    " concert, and his baton passes to the first woman ever to hold it."
)
ARTICLES = (
    {"id": "ferry", "title": "No ferry", "text": FERRY, "published_at": "2025-05-06T10:00:00Z"},
    {"id": "cut", "title": "Stuck", "text": CUT, "published_at": "2025-05-06T12:00:00Z"},
    {"id": "bread", "title": "Rye prize", "text": BAKERY, "published_at": "2025-05-06"},
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFOLD_DB", "news.db")
    Path("a.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))


@pytest.fixture
def stored() -> None:
    CliRunner().invoke(main, ["ingest", "a.jsonl"], catch_exceptions=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], catch_exceptions=False)


def explained(*arguments: str) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["explanation"]


@pytest.mark.usefixtures("stored")
class TestStored:
    def test_a_copy_with_every_number_for_people(self) -> None:
        shown = run("ferry", "cut").stdout
        assert "REPRINT?  a reprint" in shown
        assert "containment                 1.000 of the shorter text" in shown
        assert "duplicate group g1, event e1" in shown
        for word in ("bands shared", "keys shared", "MinHash", "stories", "words_cosine", "idf"):
            assert word in shown

    def test_contributions_add_up_to_the_probability(self) -> None:
        event = explained("ferry", "cut")["event"]
        total = event["intercept"] + sum(it["contribution"] for it in event["reasons"])
        assert event["logit"] == pytest.approx(total)
        amounts = [abs(it["contribution"]) for it in event["reasons"]]
        assert amounts == sorted(amounts, reverse=True)
        assert (event["regression"], event["hours"]) == ("dated", 2)

    def test_strangers(self) -> None:
        found = explained("ferry", "bread")
        assert not found["reprint"]["verdict"]
        assert found["reprint"]["refused"] == "too few shared"
        assert not found["event"]["verdict"]

    def test_the_copies_of_a_group_count_as_two_stories(self) -> None:
        shared = explained("ferry", "cut")["reprint"]["shared_stories"]
        assert (shared["fewest"], shared["most"]) == (2, 2)

    def test_an_article_of_a_file_meets_those_of_the_store(self) -> None:
        Path("draft.txt").write_text(FERRY[60:])
        found = explained("draft.txt", "ferry")
        assert found["reprint"]["verdict"]
        (passage,) = found["reprint"]["passages"]
        assert passage["second"] > passage["first"] == 1
        assert passage["stories"] == [2, 2]

    def test_files_leave_no_trace(self) -> None:
        before = Path("news.db").read_bytes()
        Path("draft.txt").write_text(CHOIR)
        explained("draft.txt", "ferry")
        assert Path("news.db").read_bytes() == before

    def test_neither_id_nor_file(self) -> None:
        result = run("ferry", "nobody")
        assert result.exit_code == 1
        assert "nobody: neither the id of an article in the store nor a file" in result.stderr


class TestFiles:
    def test_two_of_one_file_by_line_without_any_store(self) -> None:
        assert explained("a.jsonl:1", "a.jsonl:2")["reprint"]["verdict"]
        assert not Path("news.db").exists()

    def test_several_articles_ask_for_a_line(self) -> None:
        result = run("a.jsonl", "a.jsonl:2")
        assert result.exit_code == 1
        assert "holds 3 articles; name one, such as a.jsonl:1" in result.stderr

    def test_a_line_without_an_article(self) -> None:
        assert "a.jsonl:9: there is no article" in run("a.jsonl:1", "a.jsonl:9").stderr

    def test_a_store_that_was_named_must_be_there(self) -> None:
        result = run("a.jsonl:1", "a.jsonl:2", "--db", "other.db")
        assert "other.db: there is no store" in result.stderr


def test_a_notice_of_many_stories_loses_its_weight(tmp_path: Path) -> None:
    own = (FERRY, BAKERY, CHOIR, FERRY[::-1], BAKERY[::-1])
    articles = [{"id": f"n{at}", "text": f"{text} {NOTICE}"} for at, text in enumerate(own)]
    Path("notices.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles))
    CliRunner().invoke(main, ["ingest", "notices.jsonl"], catch_exceptions=False)
    reprint = explained("n0", "n1")["reprint"]
    assert reprint["shared_stories"]["median"] == 5
    assert reprint["shared_weight"] == pytest.approx(0.36)
    assert reprint["rest_weight"] == 1
    assert reprint["score"] < reprint["containment"]
    assert reprint["passages"][0]["text"] == NOTICE.rstrip(".")


def test_the_database_of_a_running_server(client: Any, app: Any, tmp_path: Path) -> None:
    for article in ARTICLES:
        client.post("/v1/articles", json=article)
    with app.extensions[extensions.STORE].writing():  # a writer in the middle of its work
        found = explained("ferry", "cut", "--db", str(tmp_path / "store.db"))
    assert found["reprint"]["verdict"]
