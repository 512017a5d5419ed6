"""Nothing that can be set, typed or called is missing from the documents."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service.cli.main import main
from service.crawlers import Options
from service.settings import PREFIX, Settings
from service.web.docs.operations import OPERATIONS
from tests.docs.documents import README, ROOT

_ROW = re.compile(r"^\| `(STORYFOLD_\w+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)


def shown(default: object) -> str:
    if default in ((), None):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_table_of_settings_is_complete_and_true():
    table = {name: rest for name, *rest in _ROW.findall(README.read_text(encoding="utf-8"))}
    assert table == {
        f"{PREFIX}{name.upper()}": [shown(field.default), " ".join(field.description.split())]
        for name, field in Settings.model_fields.items()
    }


def test_the_settings_of_the_crawlers_pipeline_are_documented():
    table = _ROW.findall((ROOT / "docs" / "crawlers.md").read_text(encoding="utf-8"))
    assert {name: default for name, default, _ in table} == {
        f"{PREFIX}{option.name.upper()}": shown(option.default) for option in fields(Options)
    }


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_in_the_readme(command):
    assert f"storyfold {command} " in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_every_call_is_documented(operation):
    text = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    assert f"`{operation.method} {operation.path}`" in text


def rooms(package: str) -> list[str]:
    found = (path for path in (ROOT / package).iterdir() if not path.name.startswith("_"))
    return sorted(path.name for path in found if path.suffix in (".py", "") and any_code(path))


def any_code(path: Path) -> bool:
    return path.is_file() or any(path.glob("*.py"))


@pytest.mark.parametrize("package", ["clustering", "service"])
def test_every_room_is_on_the_plan(package):
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = [room for room in rooms(package) if f"`{room.removesuffix('.py')}`" not in text]
    assert not missing
