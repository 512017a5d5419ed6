"""The stages that a sampled frame belongs to."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import pytest

from benchmarks.stage_profile import STAGE_MODULES, STAGES, find_stage, measure, stage_of_frame
from tests.support.story_factory import StoryFactory

MODULES = [module for modules in STAGE_MODULES.values() for module in modules]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_of_a_stage_exists(module: str) -> None:
    assert find_spec(module)


@pytest.mark.parametrize(
    ("module", "stage"),
    [
        ("clustering.features.normalize", "clean"),
        ("clustering.features.terms", "terms"),
        ("clustering.duplicates.comparison", "verify"),
        ("clustering.duplicates.candidates", "candidates"),
        ("service.store.change_log.write", "write"),
        ("numpy.lib", None),
    ],
)
def test_the_longest_name_counts(module: str, stage: str | None) -> None:
    assert find_stage(module) == stage


def test_a_library_belongs_to_the_stage_of_its_caller() -> None:
    def innermost() -> FrameType:
        return sys._getframe()

    namespace = {"__name__": "clustering.features.normalize", "innermost": innermost}
    exec("def clean(): return innermost()", namespace)
    assert stage_of_frame(namespace["clean"]()) == "clean"  # type: ignore[operator]
    assert stage_of_frame(innermost()) == "all else"


def test_posting_is_sampled_by_stage(tmp_path: Path) -> None:
    factory = StoryFactory(1)
    lines = [json.dumps({"text": factory.text(), "language": "en"}) + "\n" for _ in range(140)]
    rows = list(measure(str(tmp_path / "news.db"), lines))
    assert [row["stage"] for row in rows] == list(STAGES)
    for way in ("by batches", "one by one"):
        assert sum("slowest" in str(row[f"{way}, share"]) for row in rows) == 1
