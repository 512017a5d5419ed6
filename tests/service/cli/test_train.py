"""`storyfold train`: a similarity model and its card from labelled files."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clustering.learning.cross_validation import calibration_by_kind
from clustering.similarity.model import SimilarityModel
from clustering.similarity.pair_features import FEATURES
from service.cli import console
from service.cli.main import main
from service.cli.quality import labelled_files
from service.cli.quality.model_card import FEATURE_DESCRIPTIONS
from service.ingest import readers
from tests.support.labelled_news_factory import LabelledNewsFactory, write_jsonl


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["train", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "news.jsonl.gz", LabelledNewsFactory(1).records(40))


class TestModel:
    def test_is_written_and_can_be_read(self, news: Path) -> None:
        result = run(news)
        assert result.exit_code == 0
        model = SimilarityModel.from_json(Path("similarity.json").read_text())
        assert model.weights.keys() == {"dated", "undated", "headlines"}

    def test_is_the_same_for_the_same_files(self, news: Path) -> None:
        for name in ("one.json", "other.json"):
            run(news, "--out", name)
        assert Path("one.json").read_bytes() == Path("other.json").read_bytes()

    def test_learns_from_the_first_half_by_date_only(self, news: Path, tmp_path: Path) -> None:
        records = LabelledNewsFactory(1).records(40)
        late = sorted(records, key=lambda record: record["published_at"])[len(records) // 2 :]
        for record in late:
            record["event"] = "all one"
        relabelled = write_jsonl(tmp_path / "relabelled.jsonl", records)
        run(news, "--out", "first.json")
        run(relabelled, "--out", "relabelled.json")
        run(relabelled, "--out", "all.json", "--use-all")
        first_half = Path("first.json").read_text()
        assert Path("relabelled.json").read_text() == first_half
        assert Path("all.json").read_text() != first_half

    def test_ranks_pairs_of_one_event_first(self, news: Path) -> None:
        run(news)
        model = SimilarityModel.from_json(Path("similarity.json").read_text())
        unseen = write_jsonl(Path("unseen.jsonl"), LabelledNewsFactory(2).records(30))
        (file,) = labelled_files.read_labelled_files(
            list(readers.find_sources([str(unseen)])), console.ConsoleReporter(), 10_000
        )
        calibration = calibration_by_kind(file.corpus, model)["dated"]
        assert calibration.average_precision > 0.9

    def test_kind_without_training_pairs_is_an_error(self, tmp_path: Path) -> None:
        undated = write_jsonl(
            tmp_path / "undated.jsonl", LabelledNewsFactory(1).records(40, dated=False)
        )
        result = run(undated)
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1] == ("Error: no labelled pairs to train 'dated' with")
        assert not Path("similarity.json").exists()


class TestLabels:
    def test_article_with_an_invalid_label_is_reported(self, tmp_path: Path) -> None:
        records = LabelledNewsFactory(1).records(40)
        records[3]["event"] = 7
        result = run(write_jsonl(tmp_path / "news.jsonl", records))
        assert result.exit_code == 1
        assert "news.jsonl:4: event: must be a string or null" in result.stderr
        assert Path("similarity.json").exists()

    def test_file_without_labels_is_refused(self, tmp_path: Path) -> None:
        plain = write_jsonl(tmp_path / "plain.jsonl", [{"text": "a ferry"}])
        result = run(plain)
        assert result.exit_code == 1
        assert "plain.jsonl: no article has a label (event, duplicate_group)" in result.stderr

    def test_two_files_with_one_name_are_refused(self, news: Path, tmp_path: Path) -> None:
        other = write_jsonl(tmp_path / "news.jsonl", LabelledNewsFactory(2).records(3))
        result = run(news, other)
        assert result.exit_code == 1
        assert "two files are called news" in result.stderr

    def test_labels_are_removed_from_the_articles(self, news: Path) -> None:
        (file,) = labelled_files.read_labelled_files(
            list(readers.find_sources([str(news)])), console.ConsoleReporter(), 10_000
        )
        assert "event" not in repr(file.corpus.items[0].article)


class TestLabelledPairs:
    """Collections in which only pairs are labelled."""

    @pytest.fixture
    def articles(self, tmp_path: Path) -> Path:
        records = LabelledNewsFactory(5).records(30, 2, dated=False)
        return write_jsonl(tmp_path / "articles.jsonl.gz", records)

    def pairs(self, *rows: dict[str, object]) -> Path:
        return write_jsonl(Path("pairs.jsonl"), list(rows))

    def all_pairs(self) -> Path:
        return self.pairs(
            *(pair(f"w{event}-0", f"w{event}-1", True) for event in range(30)),
            *(pair(f"w{event}-0", f"w{event - 1}-1", False) for event in range(1, 30)),
        )

    def test_change_the_regression_of_their_kind_only(self, news: Path, articles: Path) -> None:
        assert run(news, "--out", "events.json").exit_code == 0
        result = run(news, "--pairs", articles, self.all_pairs(), "--out", "pairs.json")
        assert result.exit_code == 0
        events, pairs = (
            SimilarityModel.from_json(Path(name).read_text())
            for name in ("events.json", "pairs.json")
        )
        assert (events.weights["undated"] != pairs.weights["undated"]).any()

    def test_of_unknown_label_are_left_out(self, news: Path, articles: Path) -> None:
        unlabelled = self.pairs(pair("w1-0", "w1-1", None))
        result = run(news, "--pairs", articles, unlabelled)
        assert result.exit_code == 1
        assert "pairs.jsonl: no labelled pair of one language" in result.stderr

    @pytest.mark.parametrize(
        ("row", "complaint"),
        [
            ({"id_a": "w1-0", "same_event": True}, "pairs.jsonl:1: unknown 'id_b'"),
            ({"id_a": "w1-0", "id_b": "w99-9", "same_event": True}, "unknown 'w99-9'"),
            ({"id_a": "w1-0", "id_b": "w1-1", "same_event": "yes"}, "same_event: must be"),
        ],
    )
    def test_unreadable_line_is_named(
        self, news: Path, articles: Path, row: dict[str, object], complaint: str
    ) -> None:
        result = run(news, "--pairs", articles, self.pairs(row))
        assert result.exit_code == 1
        assert complaint in result.stderr


def pair(first: str, second: str, same: bool | None) -> dict[str, object]:
    return {"id_a": first, "id_b": second, "same_event": same}


class TestLeaveOneCorpusOut:
    def test_table_compares_with_the_best_threshold(self, news: Path, tmp_path: Path) -> None:
        other = write_jsonl(tmp_path / "other.jsonl", LabelledNewsFactory(3).records(30))
        table = [line.split() for line in run(news, other).stdout.splitlines()]
        assert [row[0] for row in table] == ["left", "news", "other", "mean"]
        for _, *_, found, best, gain in table[1:]:
            assert 0 < float(best) <= 1
            assert float(gain) == pytest.approx(float(found) - float(best), abs=0.0015)

    def test_a_single_file_cannot_be_left_out(self, news: Path) -> None:
        assert run(news).stdout == ""


class TestCard:
    @pytest.fixture(scope="class")
    @classmethod
    def card(cls, tmp_path_factory: pytest.TempPathFactory) -> str:
        folder = tmp_path_factory.mktemp("card")
        news = write_jsonl(folder / "news.jsonl.gz", LabelledNewsFactory(1).records(40))
        plain = write_jsonl(folder / "plain.jsonl", LabelledNewsFactory(3).records(30))
        unseen = write_jsonl(
            folder / "unseen.jsonl", LabelledNewsFactory(4).records(10, dated=False)
        )
        origins = folder / "origins.csv"
        origins.write_text(
            "name,description,licence,source,dated,undated,headlines\n"
            "news,made up,free,nowhere,2,,0.5\n"
        )
        written, model = folder / "CARD.md", folder / "model.json"
        options = ("--card", written, "--origins", origins, "--out", model)
        assert run(news, plain, "--held-out", unseen, *options).exit_code == 0
        return written.read_text() + model.read_text()

    def test_describes_the_data(self, card: str) -> None:
        assert "| news | made up | 120 | 40 | en | 2021-03-01 to 2021-03-" in card
        assert "| 2 / 1 / 0.5 | free | nowhere |" in card
        assert "| unseen |  | 30 | 10 | en | none | held out | 1 / 1 / 1 | not stated |" in card

    def test_lists_every_weight(self, card: str) -> None:
        model = SimilarityModel.from_json(card[card.index("{\n") :])
        weights = model.weights["dated"]
        for name, weight in zip(FEATURES, weights, strict=True):
            assert (
                f"| {name} | {FEATURE_DESCRIPTIONS[name]} | "
                + (f"{weight:.2f} |" if weight else " |")
                in card
            )

    def test_has_scores_by_time_and_by_corpus(self, card: str) -> None:
        by_time, by_corpus = card.split("## Scores by corpus")
        assert "| news | all | second half | 60 | " in by_time
        assert "| unseen | all | whole | 30 | 10 |" in by_time
        assert "| plain | all | whole | 90 | 30 | " in by_corpus

    def test_has_the_command_that_trains_the_model(self, card: str) -> None:
        assert "storyfold train news.jsonl.gz plain.jsonl --held-out unseen.jsonl\n" in card
