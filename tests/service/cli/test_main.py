"""The group of all commands: what it lists, what it imports, what it makes of errors."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from service.cli.main import main

NAMES = main.list_commands(click.Context(main))


@pytest.mark.parametrize("name", NAMES)
def test_list_describes_a_command_in_the_words_of_its_help(name: str) -> None:
    context = click.Context(main)
    command = main.get_command(context, name)
    assert command is not None
    assert command.name == name
    listed = CliRunner().invoke(main, ["--help"], terminal_width=200).stdout
    description = listed.partition(f"\n  {name} ")[2].partition("\n")[0].strip()
    assert description
    words = " ".join((command.help or "").split())
    assert words.startswith(description.removesuffix("."))


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from service.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    assert "click" in loaded
    assert loaded.isdisjoint({"numpy", "flask", "sqlalchemy", "pydantic", "service.settings"})


def test_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["clutser"])
    assert result.exit_code == 2
    assert "No such command 'clutser'" in result.output


def test_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr("service.cli.library_commands.readers.find_sources", fail)
    result = CliRunner().invoke(main, ["cluster", __file__])
    assert isinstance(result.exception, AssertionError)
