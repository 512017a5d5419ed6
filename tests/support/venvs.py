"""Environments with one crawler's package each, whose pins would clash with each other and ours."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PINS = _ROOT / "tests" / "compat" / "requirements"
_CACHE = _ROOT / ".cache" / "compat"


def venv_python(name: str) -> Path:
    """Return the interpreter of an environment that has one package, in the versions pinned."""
    pins = _PINS / f"{name}.txt"
    tools = _PINS / "build.txt"
    digest = hashlib.sha256(pins.read_bytes() + tools.read_bytes() + sys.version.encode())
    folder = _CACHE / f"{name}-{digest.hexdigest()[:16]}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "--require-hashes", "-r", tools], check=True)
        # Some are published as source only, and are built by the tools just installed.
        subprocess.run([*pip, "--no-build-isolation", "--require-hashes", "-r", pins], check=True)
        (folder / "ready").touch()
    return python
