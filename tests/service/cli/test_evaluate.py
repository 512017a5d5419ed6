"""`storyfold evaluate`: metrics of labelled files as a table, JSON and an HTML page."""

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
def report(file: Path) -> dict[str, Any]:
    result = run(file, "--baseline", "--json")
    assert result.exit_code == 0
    (report,) = json.loads(result.stdout)["files"]
    return report


class TestMetrics:
    def test_compare_clusters_with_labels(self, report: dict[str, Any]) -> None:
        metrics = report["rows"][0]["metrics"]
        assert (metrics["level"], metrics["language"], metrics["second_half"]) == (
            "event",
            None,
            False,
        )
        assert (metrics["articles"], metrics["true_groups"], metrics["found_groups"]) == (
            36,
            12,
            12,
        )
        # Six articles are in two halves of one event, and three are clustered with one of another.
        assert metrics["b3_recall"] == pytest.approx((30 + 6 * 0.5) / 36)
        assert metrics["b3_precision"] == pytest.approx((33 + 1 / 3 + 2 * 2 / 3) / 36)
        assert metrics["pair_precision"] == pytest.approx(34 / 36)
        assert metrics["pair_recall"] == pytest.approx(34 / 43)

    def test_are_given_for_the_second_half_and_for_both_kinds_of_label(
        self, report: dict[str, Any]
    ) -> None:
        rows = [row["metrics"] for row in report["rows"]]
        assert [(row["level"], row["second_half"]) for row in rows] == [
            ("event", False),
            ("event", True),
            ("duplicate_group", False),
            ("duplicate_group", True),
        ]
        assert rows[1]["articles"] == 18
        assert rows[3]["pair_f1"] == 1

    def test_languages_are_also_scored_separately(self, tmp_path: Path) -> None:
        pidgin = [  # which an English text does not contradict
            record | {"language": "pcm", "id": f"pcm{record['id']}"}
            for record in LabelledNewsFactory(6).records(4)
        ]
        file = write_jsonl(tmp_path / "two.jsonl", [*LabelledNewsFactory(5).records(4), *pidgin])
        (report,) = json.loads(run(file, "--json").stdout)["files"]
        rows = [row["metrics"] for row in report["rows"] if row["metrics"]["level"] == "event"]
        all_dates = [row for row in rows if not row["second_half"]]
        assert [(row["language"], row["articles"]) for row in all_dates] == [
            (None, 24),
            ("en", 12),
            ("pcm", 12),
        ]


class TestBaseline:
    def test_best_threshold_is_chosen_by_the_labels(self, report: dict[str, Any]) -> None:
        best = report["rows"][0]["baseline"]
        assert best["metrics"]["articles"] == 36
        assert 0.85 < best["metrics"]["b3_f1"] < 1
        assert best["setting"]["linkage"] in ("single", "average")

    def test_is_left_out_unless_asked_for(self, file: Path) -> None:
        (report,) = json.loads(run(file, "--json").stdout)["files"]
        assert {row["baseline"] for row in report["rows"]} == {None}


class TestMistakes:
    def test_merge_and_split_have_evidence(self, report: dict[str, Any]) -> None:
        merge, split = report["mistakes"]
        assert (merge["kind"], merge["wrong_pairs"], merge["n_parts"]) == ("merge", 2, 2)
        assert {titled["article_id"].partition("-")[0] for titled in merge["pair"]} == {"w5"}
        assert merge["event_probability"] > 0.5
        assert merge["shared_terms"]
        assert (split["kind"], split["wrong_pairs"], split["articles"]) == ("split", 9, 6)
        assert {titled["article_id"][:2] for titled in split["pair"]} == {"w1", "w2"}
        assert split["event_probability"] < 0.5
        assert [part["articles"] for part in split["parts"]] == [3, 3]

    def test_group_sizes_are_counted(self, report: dict[str, Any]) -> None:
        assert report["sizes"]["event"]["true"] == {"1": 1, "2": 1, "3": 9, "6": 1}
        assert report["sizes"]["event"]["found"] == {"3": 12}

    def test_calibration_compares_probabilities_with_labels(self, report: dict[str, Any]) -> None:
        calibration = report["calibration"]["dated"]
        assert calibration["pairs"] == sum(each_bin["pairs"] for each_bin in calibration["bins"])
        assert calibration["brier"] < 0.25


class TestTable:
    def test_fits_into_80_columns(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        lines = run(file, "--baseline").stdout.splitlines()
        assert lines[0] == "invented, 36 articles"
        assert lines[2].startswith("  events all")
        assert lines[3].startswith("    best baseline")
        assert " over TF-IDF cosine ≥ 0." in lines[4]
        assert any(line.startswith("  split: one event of 6 articles into 2") for line in lines)
        assert max(map(len, lines)) <= 80


class TestPage:
    def test_page_is_complete_and_loads_nothing(self, file: Path, tmp_path: Path) -> None:
        page = tmp_path / "quality.html"
        assert run(file, "--html", page).exit_code == 0
        html = page.read_text(encoding="utf-8")
        assert "<h2>invented</h2>" in html
        assert html.count("<svg") == 3
        assert html.count("<polyline") == 1
        for external in ("http:", "https:", "url(", "<script", "<link", "src="):
            assert external not in html

    def test_titles_are_escaped(self, tmp_path: Path) -> None:
        records = LabelledNewsFactory(5).records(2)
        for record in records:
            record["title"] = "<b>Bold</b> & " + record["title"]
            record["event"] = "one"
        page = tmp_path / "quality.html"
        run(write_jsonl(tmp_path / "marked.jsonl", records), "--html", page)
        html = page.read_text(encoding="utf-8")
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; " in html
        assert "<b>Bold" not in html


class TestErrors:
    def test_file_without_labels_is_an_error(self, tmp_path: Path) -> None:
        result = run(write_jsonl(tmp_path / "plain.jsonl", [{"text": "a ferry"}]))
        assert result.exit_code == 1
        assert "no article has a label" in result.stderr

    def test_refused_article_is_reported_and_the_others_are_scored(self, tmp_path: Path) -> None:
        records = [*LabelledNewsFactory(5).records(3), {"id": "empty", "event": "x"}]
        result = run(write_jsonl(tmp_path / "mixed.jsonl", records), "--json")
        assert result.exit_code == 1
        assert "mixed.jsonl:10" in result.stderr
        assert json.loads(result.stdout)["files"][0]["articles"] == 9

    def test_one_article_is_enough(self, tmp_path: Path) -> None:
        file = write_jsonl(
            tmp_path / "one.jsonl", LabelledNewsFactory(5).records(1, 1, dated=False)
        )
        (report,) = json.loads(run(file, "--baseline", "--json").stdout)["files"]
        assert report["rows"][0]["metrics"]["b3_f1"] == 1
