"""The layers of both packages: every import runs downwards."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS = {
    "clustering": [
        {"types", "constraints"},
        {"features"},
        {"similarity", "state"},
        {"duplicates", "events"},
        {"explain"},
        {"pipeline"},
        {"learning", "estimators"},
    ],
    "service": [
        {"common"},
        {"settings"},
        {"store"},
        {"queries", "engine"},
        {"ingest", "review", "webhooks"},
        {"web"},
        {"cli"},
    ],
}
"""From the bottom up: a module may import those of its own folder and of the layers below."""

APART = {"crawlers": "ingest.parsing"}
"""Folders of `service` outside the layers, with all that they may import of it: a crawler runs
them without the service."""

IMPURE = {"os", "time", "socket", "sqlite3", "urllib", "requests", "subprocess", "threading",
          "sqlalchemy", "flask", "pydantic", "service"}  # fmt: skip

HEAVY = {"sklearn", "scipy", "datasketch", "wordfreq", "trafilatura", "lxml", "feedparser",
         "warcio", "pyarrow"}  # fmt: skip
"""Slow to load and needed by some commands and calls only: those load them."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def folder(path: Path, package: str) -> str:
    return path.relative_to(ROOT / package).with_suffix("").parts[0]


def layer(package: str, name: str) -> int:
    return next(height for height, names in enumerate(LAYERS[package]) if name in names)


def imports_of(path: Path, package: str) -> list[str]:
    """The imports of a module from other folders of its package, without the package's name."""
    inside = [name.split(".", 1)[1] for name in imported(path) if name.startswith(f"{package}.")]
    known = {child.stem for child in (ROOT / package).iterdir()}
    own = folder(path, package)
    return [name for name in inside if name.split(".")[0] in known - {own}]


@pytest.mark.parametrize("package", LAYERS)
def test_every_folder_has_its_layer(package: str) -> None:
    listed = [name for names in LAYERS[package] for name in names]
    listed += APART if package == "service" else []
    assert sorted(listed) == sorted(
        {folder(path, package) for path in modules(package)} - {"__init__"}
    )


@pytest.mark.parametrize("package", LAYERS)
def test_imports_run_downwards(package: str) -> None:
    upwards = [
        f"{path.relative_to(ROOT)} imports {package}.{name}"
        for path in modules(package)
        if folder(path, package) not in {"__init__", *APART}
        for name in imports_of(path, package)
        if name.split(".")[0] in APART
        or layer(package, name.split(".")[0]) >= layer(package, folder(path, package))
    ]
    assert not upwards


@pytest.mark.parametrize("name", APART)
def test_what_stands_apart_imports_next_to_nothing(name: str) -> None:
    paths = [path for path in modules("service") if folder(path, "service") == name]
    used = {used for path in paths for used in imports_of(path, "service")}
    assert paths
    assert all(one.startswith(APART[name]) for one in used), used


@pytest.mark.parametrize("path", modules("clustering"), ids=lambda path: path.stem)
def test_the_library_knows_nothing_of_the_world(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imported(path)} & IMPURE


def test_only_the_wiring_makes_stores_and_writers() -> None:
    makers = {"cli", "web/app.py"}
    for path in modules("service"):
        inside = path.relative_to(ROOT / "service").as_posix()
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        made = {"Store", "Desk", "Flask"} & set(calls)
        assert {inside, inside.split("/")[0]} & makers or not made, f"{inside} makes {made}"


def test_a_start_waits_for_nothing_that_only_some_commands_need() -> None:
    code = "import sys, service.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "service" in done.stdout.split()
    assert not HEAVY & set(done.stdout.split())
