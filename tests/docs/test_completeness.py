"""Every setting, command, API call and folder is documented."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from click import Context

from service.cli.main import main
from service.crawlers import Options
from service.settings import PREFIX, Settings
from service.web.docs.operations import OPERATIONS
from tests.docs.documents import ARCHITECTURE, README, ROOT, read

_SETTING_ROW = re.compile(r"^\| `(STORYFOLD_\w+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)
_STEP = re.compile(r"^\d+\. `([\w/.]+)`, `(\w+)`:", re.MULTILINE)


def format_default(default: object) -> str:
    if default in ((), None):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_readme_lists_every_setting_with_default_and_meaning():
    rows = {setting: rest for setting, *rest in _SETTING_ROW.findall(read(README))}
    assert rows == {
        f"{PREFIX}{setting.upper()}": [
            format_default(field.default),
            " ".join(field.description.split()),
        ]
        for setting, field in Settings.model_fields.items()
    }


def test_crawler_page_lists_every_option_with_default():
    rows = _SETTING_ROW.findall(read(ROOT / "docs" / "crawlers.md"))
    assert {option: default for option, default, _ in rows} == {
        f"{PREFIX}{option.name.upper()}": format_default(option.default)
        for option in fields(Options)
    }


@pytest.mark.parametrize("command", main.list_commands(Context(main)))
def test_readme_shows_every_command(command):
    assert f"storyfold {command} " in read(README)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_api_page_lists_every_call(operation):
    assert f"`{operation.method} {operation.path}`" in read(ROOT / "docs" / "http-api.md")


@pytest.mark.parametrize("package", ["clustering", "service"])
def test_architecture_describes_every_folder_and_top_level_module(package):
    folders = {path.parent for path in (ROOT / package).rglob("*.py")} - {ROOT / package}
    modules = set((ROOT / package).glob("[!_]*.py"))
    paths = [f"{path.relative_to(ROOT).as_posix()}/" for path in folders]
    paths += [path.relative_to(ROOT).as_posix() for path in modules]
    assert [path for path in sorted(paths) if f"**`{path}`**" not in read(ARCHITECTURE)] == []


def test_way_of_one_article_names_ten_functions_that_exist():
    steps = _STEP.findall(read(ARCHITECTURE))
    assert len(steps) == 10
    missing = [step for step in steps if f"def {step[1]}(" not in read(ROOT / step[0])]
    assert missing == []
