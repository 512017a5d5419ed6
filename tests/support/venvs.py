"""Virtual environments with one crawler package each, since their pinned versions conflict."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PINS = _ROOT / "tests" / "compat" / "requirements"
_CACHE = _ROOT / ".cache" / "compat"


def venv_python(name: str) -> Path:
    """Return the interpreter of an environment with one package and its pinned requirements."""
    requirements = _PINS / f"{name}.txt"
    build_tools = _PINS / "build.txt"
    pinned = requirements.read_bytes() + build_tools.read_bytes()
    digest = hashlib.sha256(pinned + sys.version.encode())
    folder = _CACHE / f"{name}-{digest.hexdigest()[:16]}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "--require-hashes", "-r", build_tools], check=True)
        # Some packages are published as source only; the tools just installed build them.
        options = ["--no-build-isolation", "--require-hashes"]
        subprocess.run([*pip, *options, "-r", requirements], check=True)
        (folder / "ready").touch()
    return python
