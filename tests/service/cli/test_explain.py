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
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYFOLD_DB", "news.db")
    Path("a.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))


@pytest.fixture
def stored() -> None:
    CliRunner().invoke(main, ["ingest", "a.jsonl"], catch_exceptions=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], catch_exceptions=False)


def explain_json(*arguments: str) -> Any:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["explanation"]


@pytest.mark.usefixtures("stored")
class TestStored:
    def test_table_shows_every_number_of_a_duplicate_pair(self) -> None:
        output = run("ferry", "cut").stdout
        assert "DUPLICATE?  a duplicate" in output
        assert "containment                   1.000 of the shorter text" in output
        assert "duplicate group g1, event e1" in output
        for word in (
            "shared bands",
            "sampled",
            "MinHash",
            "group frequency",
            "words_similarity",
            "idf",
        ):
            assert word in output

    def test_contributions_add_up_to_the_probability(self) -> None:
        event = explain_json("ferry", "cut")["event"]
        total = event["intercept"] + sum(
            feature["contribution"] for feature in event["contributions"]
        )
        assert event["logit"] == pytest.approx(total)
        amounts = [abs(feature["contribution"]) for feature in event["contributions"]]
        assert amounts == sorted(amounts, reverse=True)
        assert (event["pair_kind"], event["hours_apart"]) == ("dated", 2)

    def test_unrelated_articles_are_rejected(self) -> None:
        explanation = explain_json("ferry", "bread")
        assert not explanation["duplicate"]["verdict"]
        assert explanation["duplicate"]["rejection_reason"] == "too few shared"
        assert not explanation["event"]["verdict"]

    def test_two_copies_of_one_group_count_as_two_groups(self) -> None:
        frequency = explain_json("ferry", "cut")["duplicate"]["shared_group_frequency"]
        assert (frequency["min"], frequency["max"]) == (2, 2)

    def test_article_of_a_file_is_compared_with_a_stored_one(self) -> None:
        Path("draft.txt").write_text(FERRY[60:])
        explanation = explain_json("draft.txt", "ferry")
        assert explanation["duplicate"]["verdict"]
        (passage,) = explanation["duplicate"]["passages"]
        assert passage["second_start"] > passage["first_start"] == 1
        assert passage["group_frequency"] == [2, 2]

    def test_explaining_a_file_leaves_the_store_unchanged(self) -> None:
        before = Path("news.db").read_bytes()
        Path("draft.txt").write_text(CHOIR)
        explain_json("draft.txt", "ferry")
        assert Path("news.db").read_bytes() == before

    def test_unknown_name_is_an_error(self) -> None:
        result = run("ferry", "unknown")
        assert result.exit_code == 1
        assert "unknown: neither the id of an article in the store nor a file" in result.stderr


class TestFiles:
    def test_two_articles_of_one_file_need_no_store(self) -> None:
        assert explain_json("a.jsonl:1", "a.jsonl:2")["duplicate"]["verdict"]
        assert not Path("news.db").exists()

    def test_file_with_several_articles_needs_a_line_number(self) -> None:
        result = run("a.jsonl", "a.jsonl:2")
        assert result.exit_code == 1
        assert "holds 3 articles; name one, such as a.jsonl:1" in result.stderr

    def test_line_without_an_article_is_an_error(self) -> None:
        assert "a.jsonl:9: there is no readable article" in run("a.jsonl:1", "a.jsonl:9").stderr

    def test_missing_store_named_by_option_is_an_error(self) -> None:
        result = run("a.jsonl:1", "a.jsonl:2", "--db", "other.db")
        assert "other.db: there is no store" in result.stderr


def test_notice_in_many_groups_gets_a_low_weight(tmp_path: Path) -> None:
    own_texts = (FERRY, BAKERY, CHOIR, FERRY[::-1], BAKERY[::-1])
    articles = [{"id": f"n{i}", "text": f"{text} {NOTICE}"} for i, text in enumerate(own_texts)]
    Path("notices.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles))
    CliRunner().invoke(main, ["ingest", "notices.jsonl"], catch_exceptions=False)
    duplicate = explain_json("n0", "n1")["duplicate"]
    assert duplicate["shared_group_frequency"]["median"] == 5
    assert duplicate["mean_shared_weight"] == pytest.approx(0.36)
    assert duplicate["mean_rest_weight"] == 1
    assert duplicate["score"] < duplicate["containment"]
    assert duplicate["passages"][0]["text"] == NOTICE.rstrip(".")


def test_explain_works_while_a_server_is_writing(client: Any, app: Any, tmp_path: Path) -> None:
    for article in ARTICLES:
        client.post("/v1/articles", json=article)
    with app.extensions[extensions.STORE].writing():  # holds the write lock
        explanation = explain_json("ferry", "cut", "--db", str(tmp_path / "store.db"))
    assert explanation["duplicate"]["verdict"]
