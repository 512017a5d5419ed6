"""The library is pure: it imports no I/O, opens no file and reads no clock."""

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
"""Dates that are given may be read (`test_no_module_reads_a_clock` checks the rest), and addresses
parsed."""
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
def test_no_module_imports_io_or_the_service(path: Path) -> None:
    assert not packages(path) & WORLDLY


@each_module
def test_no_module_opens_a_file(path: Path) -> None:
    called = {
        node.func.id
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & OPENING


@each_module
def test_no_module_reads_a_clock(path: Path) -> None:
    assert not CLOCKS & {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}


def test_packaged_data_is_read_where_weights_word_lists_and_kernels_are() -> None:
    reading = [path.stem for path in MODULES if "importlib" in packages(path)]
    assert reading == ["spelling", "stopwords", "library", "packaged_weights"]


def test_importing_the_library_imports_no_service() -> None:
    code = "import sys, clustering; print([m for m in sys.modules if m.startswith('service')])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=MODULES[0].parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
