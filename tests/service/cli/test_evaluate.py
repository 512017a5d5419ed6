"""`storyfold evaluate`: how well labelled files are judged, as a table, JSON and a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli.main import main
from tests.support.labelled_news_factory import LabelledNewsFactory, write_jsonl


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events told apart easily, but two that are labelled as one and one labelled as two."""
    records = LabelledNewsFactory(5, recurring_names=0).records(12, hours_between_events=240)
    for record in records:
        if record["event"] == "event 2":
            record["event"] = "event 1"
        if record["id"] == "w5-0":
            record["event"] = "another"
    return write_jsonl(tmp_path_factory.mktemp("labelled") / "invented.jsonl.gz", records)


@pytest.fixture(scope="module")
def measured(file: Path) -> dict[str, Any]:
    result = run(file, "--baseline", "--json")
    assert result.exit_code == 0
    (measured,) = json.loads(result.stdout)["files"]
    return measured


class TestFigures:
    def test_are_those_of_the_labels(self, measured: dict[str, Any]) -> None:
        whole = measured["lines"][0]["product"]
        assert (whole["level"], whole["language"], whole["second_half"]) == ("event", None, False)
        assert (whole["articles"], whole["true_groups"], whole["found_groups"]) == (36, 12, 12)
        # Six articles are in two halves of one event, and three share an event with a stranger.
        assert whole["b3_recall"] == pytest.approx((30 + 6 * 0.5) / 36)
        assert whole["b3_precision"] == pytest.approx((33 + 1 / 3 + 2 * 2 / 3) / 36)
        assert whole["pair_precision"] == pytest.approx(34 / 36)
        assert whole["pair_recall"] == pytest.approx(34 / 43)

    def test_are_given_for_the_second_half_and_for_both_kinds_of_label(
        self, measured: dict[str, Any]
    ) -> None:
        rows = [line["product"] for line in measured["lines"]]
        assert [(row["level"], row["second_half"]) for row in rows] == [
            ("event", False),
            ("event", True),
            ("duplicate_group", False),
            ("duplicate_group", True),
        ]
        assert rows[1]["articles"] == 18
        assert rows[3]["pair_f1"] == 1

    def test_languages_are_scored_apart(self, tmp_path: Path) -> None:
        spoken = [
            it | {"language": "de", "id": f"de{it['id']}"}
            for it in LabelledNewsFactory(6).records(4)
        ]
        file = write_jsonl(tmp_path / "two.jsonl", [*LabelledNewsFactory(5).records(4), *spoken])
        (found,) = json.loads(run(file, "--json").stdout)["files"]
        events = [line["product"] for line in found["lines"] if line["product"]["level"] == "event"]
        whole = [row for row in events if not row["second_half"]]
        assert [(row["language"], row["articles"]) for row in whole] == [
            (None, 24),
            ("de", 12),
            ("en", 12),
        ]


class TestBaseline:
    def test_is_as_good_as_a_threshold_can_be(self, measured: dict[str, Any]) -> None:
        best = measured["lines"][0]["baseline"]
        assert best["figures"]["articles"] == 36
        assert 0.85 < best["figures"]["b3_f1"] < 1
        assert best["setting"]["link"] in ("single", "average")

    def test_is_left_out_unless_asked_for(self, file: Path) -> None:
        (found,) = json.loads(run(file, "--json").stdout)["files"]
        assert {line["baseline"] for line in found["lines"]} == {None}


class TestMistakes:
    def test_a_merge_and_a_split_with_their_evidence(self, measured: dict[str, Any]) -> None:
        merge, split = measured["mistakes"]
        assert (merge["kind"], merge["wrong_pairs"], merge["n_parts"]) == ("merge", 2, 2)
        assert {titled["article_id"].partition("-")[0] for titled in merge["pair"]} == {"w5"}
        assert merge["event_probability"] > 0.5
        assert merge["shared_terms"]
        assert (split["kind"], split["wrong_pairs"], split["articles"]) == ("split", 9, 6)
        assert {it["article_id"][:2] for it in split["pair"]} == {"w1", "w2"}
        assert split["event_probability"] < 0.5
        assert [part["articles"] for part in split["parts"]] == [3, 3]

    def test_sizes_are_told(self, measured: dict[str, Any]) -> None:
        assert measured["sizes"]["event"]["true"] == {"1": 1, "2": 1, "3": 9, "6": 1}
        assert measured["sizes"]["event"]["found"] == {"3": 12}

    def test_probabilities_are_held_against_the_labels(self, measured: dict[str, Any]) -> None:
        found = measured["calibration"]["dated"]
        assert found["pairs"] == sum(each["pairs"] for each in found["bins"])
        assert found["brier"] < 0.25


class TestTable:
    def test_fits_into_80_columns(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        told = run(file, "--baseline").stdout.splitlines()
        assert told[0] == "invented, 36 articles"
        assert told[2].startswith("  events all")
        assert told[3].startswith("    best threshold")
        assert " over TF-IDF cosine ≥ 0." in told[4]
        assert any(line.startswith("  split: one event of 6 articles into 2") for line in told)
        assert max(map(len, told)) <= 80


class TestPage:
    def test_holds_everything_and_asks_for_nothing(self, file: Path, tmp_path: Path) -> None:
        page = tmp_path / "quality.html"
        assert run(file, "--html", page).exit_code == 0
        html = page.read_text(encoding="utf-8")
        assert "<h2>invented</h2>" in html
        assert html.count("<svg") == 3
        assert html.count("<polyline") == 1
        for outside in ("http:", "https:", "url(", "<script", "<link", "src="):
            assert outside not in html

    def test_titles_are_shown_as_they_are(self, tmp_path: Path) -> None:
        records = LabelledNewsFactory(5).records(2)
        for record in records:
            record["title"] = "<b>Bold</b> & " + record["title"]
            record["event"] = "one"
        page = tmp_path / "quality.html"
        run(write_jsonl(tmp_path / "marked.jsonl", records), "--html", page)
        html = page.read_text(encoding="utf-8")
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; " in html
        assert "<b>Bold" not in html


class TestWhatCanGoWrong:
    def test_a_file_without_labels(self, tmp_path: Path) -> None:
        result = run(write_jsonl(tmp_path / "plain.jsonl", [{"text": "a ferry"}]))
        assert result.exit_code == 1
        assert "no article has a label" in result.stderr

    def test_a_bad_article_is_told_and_the_others_are_judged(self, tmp_path: Path) -> None:
        records = [*LabelledNewsFactory(5).records(3), {"id": "empty", "event": "x"}]
        result = run(write_jsonl(tmp_path / "mixed.jsonl", records), "--json")
        assert result.exit_code == 1
        assert "mixed.jsonl:10" in result.stderr
        assert json.loads(result.stdout)["files"][0]["articles"] == 9

    def test_one_article_is_enough(self, tmp_path: Path) -> None:
        one = write_jsonl(tmp_path / "one.jsonl", LabelledNewsFactory(5).records(1, 1, dated=False))
        (found,) = json.loads(run(one, "--baseline", "--json").stdout)["files"]
        assert found["lines"][0]["product"]["b3_f1"] == 1
