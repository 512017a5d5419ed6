"""The parsers survive a fixed number of fuzzed inputs each."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TARGETS = {
    **{"cleaning": 5000, "features": 2000, "dates": 1000, "addresses": 5000},
    **{"lines": 5000, "tables": 5000, "bodies": 5000, "queries": 5000},
}
"""Runs by target."""


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python"
)
@pytest.mark.parametrize("target", TARGETS)
def test_fuzzed_inputs_are_read_or_refused(target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.fuzz", str(TARGETS[target]), target]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr[-3000:]
    assert f"Done {TARGETS[target]}" in result.stderr
