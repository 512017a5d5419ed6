"""The layers of both packages: every import points downwards."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx
import pytest

ROOT = Path(__file__).parents[1]

LAYERS = {
    "clustering": [
        {"kernels", "types", "constraints"},
        {"features"},
        {"similarity", "state"},
        {"duplicates", "events"},
        {"explain"},
        {"pipeline"},
        {"learning", "estimators"},
    ],
    "service": [
        {"common"},
        {"settings", "embeddings"},
        {"store"},
        {"queries", "engine"},
        {"ingest", "integrity", "review", "webhooks"},
        {"web", "archive"},
        {"cli"},
    ],
}
"""From the bottom up. A module may import from its own folder and from lower layers."""

STANDALONE = {"crawlers": ("ingest.parsing", "client"), "client": ()}
"""Folders of `service` outside the layers, and the only parts of `service` that they may import.
They run inside crawlers and other programs, without the service."""

IMPURE = {"os", "time", "socket", "sqlite3", "urllib", "requests", "subprocess", "threading",
          "sqlalchemy", "flask", "pydantic", "service"}  # fmt: skip
"""Modules with access to clock, files or network, which the library must not import."""

SLOW_IMPORTS = {"sklearn", "scipy", "datasketch", "wordfreq", "trafilatura", "lxml", "feedparser",
                "warcio", "pyarrow", "pyspark", "pandas"}  # fmt: skip
"""Packages that load slowly and are imported only by the commands and calls that need them."""


def iter_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def list_modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def folder_of(path: Path, package: str) -> str:
    return path.relative_to(ROOT / package).with_suffix("").parts[0]


def layer_of(package: str, folder: str) -> int:
    return next(height for height, folders in enumerate(LAYERS[package]) if folder in folders)


def imports_from_other_folders(path: Path, package: str) -> list[str]:
    """The modules of other folders of the package that a module imports, without its name."""
    imports = [
        name.split(".", 1)[1] for name in iter_imports(path) if name.startswith(f"{package}.")
    ]
    folders = {child.stem for child in (ROOT / package).iterdir()} - {folder_of(path, package)}
    return [name for name in imports if name.split(".")[0] in folders]


@pytest.mark.parametrize("package", LAYERS)
def test_every_folder_has_a_layer(package: str) -> None:
    listed = [folder for folders in LAYERS[package] for folder in folders]
    listed += STANDALONE if package == "service" else []
    assert sorted(listed) == sorted(
        {folder_of(path, package) for path in list_modules(package)} - {"__init__"}
    )


@pytest.mark.parametrize("package", LAYERS)
def test_imports_point_downwards(package: str) -> None:
    upward_imports = [
        f"{path.relative_to(ROOT)} imports {package}.{name}"
        for path in list_modules(package)
        if folder_of(path, package) not in {"__init__", *STANDALONE}
        for name in imports_from_other_folders(path, package)
        if name.split(".")[0] in STANDALONE
        or layer_of(package, name.split(".")[0]) >= layer_of(package, folder_of(path, package))
    ]
    assert not upward_imports


def test_modules_import_each_other_in_no_circle() -> None:
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in LAYERS
        for path in list_modules(package)
    }
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for module, path in paths.items():
        for name in iter_imports(path):
            imported = name if name in paths else name.rpartition(".")[0]
            if imported in paths and imported != module:
                graph.add_edge(module, imported)
    assert len(graph) > len(paths) / 2
    assert not list(networkx.simple_cycles(graph))


@pytest.mark.parametrize("folder", STANDALONE)
def test_standalone_folder_imports_only_its_allowed_part(folder: str) -> None:
    paths = [path for path in list_modules("service") if folder_of(path, "service") == folder]
    imports = {name for path in paths for name in imports_from_other_folders(path, "service")}
    assert paths
    assert all(name.startswith(STANDALONE[folder]) for name in imports), imports


@pytest.mark.parametrize("path", list_modules("clustering"), ids=lambda path: path.stem)
def test_library_imports_no_clock_file_or_network(path: Path) -> None:
    assert not {name.partition(".")[0] for name in iter_imports(path)} & IMPURE


def test_only_app_and_command_line_create_stores_and_writers() -> None:
    allowed = {"cli", "web/app.py"}
    for path in list_modules("service"):
        module = path.relative_to(ROOT / "service").as_posix()
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        created = {"Store", "IndexWriter", "Flask"} & set(calls)
        is_allowed = bool({module, module.split("/")[0]} & allowed)
        assert is_allowed or not created, f"{module} creates {created}"


def test_start_of_the_command_line_loads_no_slow_packages() -> None:
    program = (
        "import sys; from service.cli.main import main;"
        "assert all(main.get_command(None, name) for name in main.list_commands(None));"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    assert "service" in loaded
    assert not SLOW_IMPORTS & loaded
