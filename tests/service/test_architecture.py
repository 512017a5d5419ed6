"""Who may know of whom: the arrows of the house run one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FLOORS = [
    {"cli"},
    {"server"},
    {"app"},
    {"api", "decision_api", "admin", "docs", "health"},
    {"choosing_pages"},
    {"signing_in", "deciding_pages"},
    {"batch", "bodies", "queries", "problems", "operations", "openapi", "access", "miniflux"},
    {"sessions", "current"},
    {"intake", "reclustering", "review", "compared", "inside"},
    {"stale"},
    {"desk", "browse", "rulings"},
    {"turn"},
    {"fingerprints"},
    {"store"},
    {"asked", "submission", "evidence", "settings", "metrics", "crawlers"},
    {"accounts", "attempts", "neighbourhood", "dialects", "html", "markup", "dates", "ids"},
    {"urls"},
]
"""From the roof down; a module may use those of its own floor and of the floors below."""

IMPURE = {"os", "time", "socket", "sqlite3", "urllib", "requests", "subprocess", "threading",
          "sqlalchemy", "flask", "pydantic", "service"}  # fmt: skip


NEEDED_BY_FEW = {"sklearn", "scipy", "datasketch", "wordfreq", "trafilatura", "lxml", "feedparser",
                 "warcio", "pyarrow"}  # fmt: skip
"""Long to load, each needed by some commands and calls only: those load it."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def floor(module: str) -> int | None:
    return next((height for height, floor in enumerate(FLOORS) if module in floor), None)


@pytest.mark.parametrize("path", modules("clustering"), ids=lambda path: path.stem)
def test_the_library_knows_nothing_of_the_world(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imported(path)} & IMPURE


@pytest.mark.parametrize("path", modules("service"), ids=lambda path: path.stem)
def test_the_arrows_run_one_way(path: Path) -> None:
    here = path.relative_to(ROOT / "service").with_suffix("").parts[0]
    height = floor(here)
    if height is None:
        return
    for name in imported(path):
        parts = name.split(".")
        above = floor(parts[1]) if parts[0] == "service" and len(parts) > 1 else None
        assert above is None or above >= height, f"{here} uses {name}"


def test_only_the_wiring_makes_stores_and_desks() -> None:
    makers = {"app.py", "cli.py"}
    for path in modules("service"):
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert path.name in makers or not {"Store", "Desk", "Flask"} & set(calls), path


def test_a_start_waits_for_nothing_that_only_some_commands_need() -> None:
    code = "import sys, service.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "service" in done.stdout.split()
    assert not NEEDED_BY_FEW & set(done.stdout.split())
