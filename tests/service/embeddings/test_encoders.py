"""Encoders: the packaged one for real, others behind doubles; each failure is one error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

from service.common.missing_extra import MissingExtraError
from service.embeddings import packaged
from service.embeddings.centred import REFERENCE_TEXTS, CentredEncoder
from service.embeddings.choice import UnknownEncoderError, choose_encoder
from service.embeddings.encoder import ENCODED_WORDS, EncoderError, encoded_text, normalise
from service.embeddings.http_service import HttpEncoder
from tests.support.encoders import WordEncoder
from tests.support.recording_server import CannedResponse, RecordingServer, recording_server


def answering(answer: Any, status: int = 200) -> AbstractContextManager[RecordingServer]:
    body = json.dumps(answer).encode()
    return recording_server(lambda _: CannedResponse(status, body))


class FailingEncoder(WordEncoder):
    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.calls += 1
        raise OSError("the line is dead")


@pytest.fixture(scope="module")
def use() -> CentredEncoder:
    encoder = choose_encoder("use", "", None)
    assert encoder is not None
    return encoder


def test_packaged_encoder_finds_the_translation(use: CentredEncoder) -> None:
    vectors = use.encode(
        [
            "The central bank raised its interest rate by a quarter of a point on Thursday",
            "La banque centrale a relevé jeudi son taux directeur d'un quart de point",
            "A fire destroyed a warehouse near the harbour, nobody was hurt",
        ]
    ).astype(np.float64)
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > 0.5 > cosines[0, 2]
    assert np.diag(cosines) == pytest.approx(1, abs=0.01)


def test_vectors_do_not_depend_on_the_batch(use: CentredEncoder) -> None:
    texts = [f"Report number {number} " + "from the harbour " * number for number in range(20)]
    together = use.encode(texts).astype(np.float64)
    alone = use.encode(texts[7:8]).astype(np.float64)
    assert together[7] @ alone[0] == pytest.approx(1, abs=0.01)


def test_unrelated_texts_have_a_cosine_near_0() -> None:
    vectors = CentredEncoder(WordEncoder(bias=3.0)).encode(REFERENCE_TEXTS).astype(np.float64)
    cosines = vectors @ vectors.T
    assert abs(cosines[np.triu_indices(len(cosines), 1)].mean()) < 0.1


def test_failure_pauses_the_encoder() -> None:
    failing = FailingEncoder()
    encoder = CentredEncoder(failing)
    for _ in range(3):
        with pytest.raises(EncoderError):
            encoder.encode(["text"])
    assert failing.calls == 1


@pytest.mark.parametrize("vectors", [[[1.0], [1.0, 2.0]], [[np.nan]], [1.0, 2.0], "x"])
def test_invalid_vectors_are_refused(vectors: Any) -> None:
    with pytest.raises(EncoderError):
        normalise(vectors)


def test_choices() -> None:
    assert choose_encoder("off", "", None) is None
    own = choose_encoder("tests.support.encoders:WordEncoder", "", None)
    assert own is not None
    assert own.name == "words"
    for unknown in ("nothing", "no.such.module:Encoder", "json:NoSuchClass", "json:loads"):
        with pytest.raises(UnknownEncoderError):
            choose_encoder(unknown, "", None)


def test_auto_is_off_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda _: None)
    monkeypatch.setattr("service.embeddings.choice.is_use_installed", lambda: False)
    assert choose_encoder("auto", "", None) is None
    for choice, extra in (("use", "semantic"), ("e5", "semantic-e5")):
        with pytest.raises(MissingExtraError, match=rf"\[{extra}\]"):
            choose_encoder(choice, "", None)


def test_only_the_first_words_are_encoded() -> None:
    words = [f"w{number}" for number in range(100)]
    assert encoded_text(" Title ", " ".join(words)).split() == ["Title", *words[:ENCODED_WORDS]]
    assert encoded_text("", "北" * 500) == "北" * (2 * ENCODED_WORDS)
    assert encoded_text("Only a title", "") == "Only a title"


class TestHttp:
    def test_asks_for_vectors_and_sorts_them(self) -> None:
        answer = {
            "data": [
                {"index": 1, "embedding": [0.0, 2.0]},
                {"index": 0, "embedding": [3.0, 0.0]},
            ]
        }
        with answering(answer) as server:
            encoder = HttpEncoder(server.address, "m", "secret")
            assert encoder.encode(["a", "b"]).tolist() == [[1.0, 0.0], [0.0, 1.0]]
        (request,) = server.requests
        assert request.path == "/v1/embeddings"
        assert json.loads(request.body) == {"model": "m", "input": ["a", "b"]}
        assert request.headers["authorization"] == "Bearer secret"

    @pytest.mark.parametrize(
        "answer", [{}, {"data": []}, {"data": [{"index": 5, "embedding": [1]}]}, [], "x"]
    )
    def test_other_answers_are_errors(self, answer: Any) -> None:
        with answering(answer) as server, pytest.raises(EncoderError):
            HttpEncoder(server.address).encode(["a"])

    def test_refusal_is_an_error(self) -> None:
        with answering({}, status=503) as server, pytest.raises(EncoderError, match="status 503"):
            HttpEncoder(server.address).encode(["a"])

    def test_silence_is_an_error(self) -> None:
        with pytest.raises(EncoderError, match="no vectors"):
            HttpEncoder("http://127.0.0.1:9").encode(["a"])
