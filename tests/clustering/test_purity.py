"""The library is pure: plain values in, plain values out."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import clustering

MODULES = sorted(Path(clustering.__file__).parent.rglob("*.py"))
WORLDLY = {
    "asyncio", "datetime", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "pickle",
    "platform", "random", "requests", "secrets", "service", "shutil", "socket", "sqlalchemy",
    "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
HARMLESS = {"datetime.datetime", "urllib.parse"}
"""Moments that are given may be read (`test_no_clock_is_read` sees to the rest), addresses taken
apart."""
OPENING = {"open", "exec", "eval", "input", "print", "__import__", "breakpoint"}
CLOCKS = {"now", "utcnow", "today"}


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if not name.startswith(tuple(HARMLESS))}


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)


@each_module
def test_nothing_of_the_world_is_imported(path: Path) -> None:
    assert not packages(path) & WORLDLY


@each_module
def test_no_file_is_opened(path: Path) -> None:
    called = {
        node.func.id
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & OPENING


@each_module
def test_no_clock_is_read(path: Path) -> None:
    assert not CLOCKS & {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}


def test_packaged_data_is_read_in_one_place() -> None:
    reading = [path.stem for path in MODULES if "importlib" in packages(path)]
    assert reading == ["model"]


def test_importing_the_library_brings_in_nothing_of_the_service() -> None:
    code = "import sys, clustering; print([m for m in sys.modules if m.startswith('service')])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=MODULES[0].parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
