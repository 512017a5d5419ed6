"""The command train-vectors, with an encoder that needs no model."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from wordfreq import top_n_list

from service.cli.main import main
from tests.support.story_factory import StoryFactory

LANGUAGES = ("en", "de")


def story(seed: int, language: str) -> dict[str, object]:
    """A report of an event; two events each share half of their names."""
    names = StoryFactory(seed).names(4) + StoryFactory(1000 + seed // 2).names(4)
    generator = random.Random(f"{seed} {language}")
    words = generator.choices(top_n_list(language, 500)[50:], k=60)
    words[::5] = [generator.choice(names) for _ in words[::5]]
    text = " ".join(words)
    return {"id": f"{seed}-{language}", "text": text, "language": language, "event": f"e{seed}"}


def test_writes_both_models_and_scores_corpora_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFOLD_EMBEDDINGS", "tests.support.encoders:WordEncoder")
    stories = [story(seed, language) for seed in range(12) for language in LANGUAGES]
    stories += [{**story(seed, "en"), "id": f"again-{seed}"} for seed in range(12)]
    files = []
    for name, part in (("one", stories[::2]), ("two", stories)):
        file = tmp_path / f"{name}.jsonl"
        lines = [{**each, "id": f"{name}-{each['id']}"} for each in part]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        files.append(str(file))
    pairs = tmp_path / "pairs.jsonl"
    labelled = [("two-0-en", "two-0-de", True), ("two-1-en", "two-2-de", False)]
    rows = [{"id_a": a, "id_b": b, "same_event": same} for a, b, same in labelled]
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["train-vectors", *files, "--out", str(tmp_path / "models")]
    result = CliRunner().invoke(main, [*arguments, "--pairs", files[1], str(pairs)])
    assert result.exit_code == 0, result.output
    assert "across languages, with vectors" in result.output
    written = {file.name: json.loads(file.read_text()) for file in (tmp_path / "models").iterdir()}
    assert written.keys() == {"cross_language_weights.json", "semantic_weights.json"}
    assert written["cross_language_weights.json"]["with_keys"]["weighted_keys_cosine"] > 0


def test_without_an_encoder_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFOLD_EMBEDDINGS", "off")
    result = CliRunner().invoke(main, ["train-vectors"])
    assert result.exit_code == 1
    assert "STORYFOLD_EMBEDDINGS" in result.output
