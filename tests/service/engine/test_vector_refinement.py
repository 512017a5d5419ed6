"""Sentence vectors in the service: who gets one, that they are kept, and failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from service import settings
from service.engine import vector_refinement
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.store import Store
from service.store.schema import articles, sentence_vectors
from tests.support.encoders import WordEncoder

WORDS = "tests.support.encoders:WordEncoder"
FAILING = "tests.service.engine.test_vector_refinement:FailingEncoder"
OTHER = "tests.service.engine.test_vector_refinement:OtherEncoder"
FIRST = {
    "id": "first",
    "language": "en",
    "title": "Ferry runs aground near Ostwick",
    "text": "The ferry Marlin ran aground near Ostwick on Monday with forty people on board. "
    "All were brought ashore by the lifeboat of Lemmik, and nobody was hurt in the storm.",
}
SECOND = {
    "id": "second",
    "language": "en",
    "title": "Passengers rescued from ferry at Ostwick",
    "text": "Forty passengers were taken off the Marlin after the ship struck rocks off Ostwick. "
    "The lifeboat from Lemmik went out twice in heavy seas, its coxswain said on Monday.",
}
THIRD = {
    "id": "third",
    "language": "en",
    "title": "Lifeboat of Lemmik saves forty",
    "text": "The coxswain of Lemmik's lifeboat told how the Marlin lay on her side off Ostwick "
    "when he came near. Forty people climbed down a ladder one by one, the eldest of them eighty.",
}
UNRELATED = {
    "id": "unrelated",
    "language": "en",
    "title": "Museum opens a show of clocks",
    "text": "A collection of old clocks can be seen at the town museum from Friday on; admission "
    "is free for children, and the curator will give a talk on how they were made.",
}


class FailingEncoder(WordEncoder):
    name = "failing"

    def encode(self, texts: Sequence[str]) -> Any:
        raise OSError("no model")


class OtherEncoder(WordEncoder):
    name = "other"


@contextmanager
def writing(path: Path, encoder: str = WORDS, **given: Any) -> Iterator[IndexWriter]:
    loaded = settings.load(db=str(path), embeddings=encoder, **given)
    with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
        assert writer.wait_ready(60)
        yield writer


def post(writer: IndexWriter, *raw: dict[str, Any]) -> list[ingestion.IngestResult]:
    return ingestion.ingest(writer, [validate_article(each, max_text_chars=10_000) for each in raw])


def stored_vectors(writer: IndexWriter) -> dict[str, str]:
    """The encoder of each stored vector, by article id."""
    query = select(articles.c.id, sentence_vectors.c.encoder).join(
        sentence_vectors, sentence_vectors.c.key == articles.c.key
    )
    with writer.store.reading() as connection:
        return {row.id: row.encoder for row in connection.execute(query)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def test_only_articles_with_an_uncertain_pair_get_a_vector(path: Path) -> None:
    with writing(path) as writer:
        post(writer, UNRELATED, FIRST)
        assert stored_vectors(writer) == {}
        post(writer, SECOND)
        assert stored_vectors(writer) == {"first": "words", "second": "words"}


def test_article_that_is_removed_before_its_vector_is_set_keeps_its_result(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another client may remove it between the two transactions of a post."""
    refine = vector_refinement.refine

    def remove_and_refine(writer: IndexWriter, requested: Any) -> Any:
        refinement = refine(writer, requested)
        ingestion.remove(writer, "second")
        return refinement

    with writing(path) as writer:
        post(writer, UNRELATED, FIRST)
        monkeypatch.setattr(vector_refinement, "refine", remove_and_refine)
        (result,) = post(writer, SECOND)
        assert (result.article_id, result.outcome) == ("second", "new")


def test_dated_pairs_within_a_language_need_none(path: Path) -> None:
    with writing(path) as writer:
        dated = [{**each, "published_at": "2026-11-16"} for each in (FIRST, SECOND)]
        post(writer, *dated)
        assert stored_vectors(writer) == {}


def test_articles_of_a_store_in_two_languages_get_one(path: Path) -> None:
    foreign = {
        "id": "foreign",
        "language": "de",
        "published_at": "2026-11-16",
        "title": "Fähre läuft vor Ostwick auf Grund",
        "text": "Die Fähre Marlin ist am Montag vor Ostwick mit vierzig Menschen an Bord auf Grund "
        "gelaufen; alle wurden vom Rettungsboot aus Lemmik an Land gebracht.",
    }
    with writing(path) as writer:
        post(writer, {**FIRST, "published_at": "2026-11-16"}, foreign)
        assert stored_vectors(writer).keys() == {"first", "foreign"}


def test_article_that_moves_by_its_vector_tells_the_probability(path: Path) -> None:
    chinese = {
        "id": "chinese",
        "language": "zh",
        "title": "渡轮在里斯本附近搁浅 40人获救",
        "text": "葡萄牙海岸警卫队表示，一艘载有四十名乘客的渡轮周一在大雾中于里斯本附近搁浅。"
        "所有乘客均被来自卡斯凯什的救生艇送上岸，三人因体温过低在圣玛丽亚医院接受治疗。",
    }
    english = {
        "id": "english",
        "language": "en",
        "title": "Ferry runs aground near Lisbon, 40 rescued",
        "text": "A ferry carrying forty passengers ran aground near Lisbon on Monday in heavy fog, "
        "the Portuguese coast guard said. All passengers were brought ashore by lifeboats.",
    }
    with writing(path, "use") as writer:
        post(writer, english)
        (result,) = post(writer, chinese)
    assert result.event_size == 2
    assert result.evidence.event_probability is not None
    assert result.evidence.event_probability >= 0.42


def test_restart_makes_no_vector_again(path: Path) -> None:
    with writing(path) as writer:
        post(writer, FIRST, SECOND)
    with writing(path) as writer:
        post(writer, THIRD)
        assert writer.vector_counts.made == 1


def test_vectors_leave_with_the_article(path: Path) -> None:
    with writing(path) as writer:
        post(writer, FIRST, SECOND)
        assert ingestion.remove(writer, "second")
        assert stored_vectors(writer) == {"first": "words"}


def test_new_version_gets_a_new_vector(path: Path) -> None:
    with writing(path) as writer:
        post(writer, FIRST, SECOND)
        with writer.store.reading() as connection:
            before = connection.scalars(select(sentence_vectors.c.vector)).all()
        post(writer, {**SECOND, "title": "Forty saved from ferry"})
        with writer.store.reading() as connection:
            after = connection.scalars(select(sentence_vectors.c.vector)).all()
    assert len(before) == len(after) == 2
    assert {*before} != {*after}


def test_other_encoder_makes_vectors_anew(path: Path) -> None:
    with writing(path) as writer:
        post(writer, FIRST, SECOND)
    with writing(path, OTHER) as writer:
        post(writer, THIRD)
        assert "other" in {*stored_vectors(writer).values()}


def test_failing_encoder_loses_no_article(path: Path) -> None:
    with writing(path, FAILING) as writer:
        post(writer, FIRST)
        (result,) = post(writer, SECOND)
        assert any("sentence vector" in warning for warning in result.warnings)
        assert (writer.vector_counts.made, writer.vector_counts.failed) == (0, 2)
    with writing(path, "off") as writer:
        (again,) = post(writer, SECOND)
    assert again.outcome == "unchanged"
    assert again.event_id == result.event_id


def test_dry_run_makes_no_vector(path: Path) -> None:
    with writing(path) as writer:
        post(writer, FIRST)
        ingestion.ingest(writer, [validate_article(SECOND, max_text_chars=10_000)], dry_run=True)
        post(writer, UNRELATED)
        assert stored_vectors(writer) == {}


def test_two_processes_use_the_vectors_of_each_other(path: Path) -> None:
    with writing(path) as one, writing(path) as other:
        post(one, FIRST, SECOND)
        post(other, THIRD)
        assert other.vector_counts.made == 1
        assert stored_vectors(one).keys() == {"first", "second", "third"}


def test_reload_gives_the_same_probabilities(path: Path) -> None:
    with writing(path) as writer:
        post(writer, FIRST, SECOND, UNRELATED)
        with writer.read_index(5) as index:
            assert index is not None
            before = index.score_candidates(2).event_candidates
    with writing(path) as writer, writer.read_index(5) as index:
        assert index is not None
        assert index.score_candidates(2).event_candidates == before
        assert before


def test_vectors_change_the_probability(path: Path) -> None:
    with writing(path, "off") as writer:
        post(writer, FIRST, SECOND)
        with writer.read_index(5) as index:
            assert index is not None
            (by_words,) = index.score_candidates(2).event_candidates
    with writing(path) as writer:
        with writer.store.writing() as connection:
            connection.execute(delete(sentence_vectors))
        post(writer, {**UNRELATED, "id": "another", "title": "Ferry Marlin at Ostwick: inquiry"})
        post(writer, {**SECOND, "text": SECOND["text"] + " All are well."})
        with writer.read_index(5) as index:
            assert index is not None
            probabilities = {
                each.probability for each in index.score_candidates(2).event_candidates
            }
    assert by_words.probability not in probabilities
    assert np.isfinite([*probabilities]).all()
