"""Where the programs run: their interpreters and environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LIBRARIES_PYTHON: Final = str(ROOT / ".bench-venv" / "bin" / "python")
"""The interpreter of the other libraries, as `make bench` installs them."""

PLAIN_SETTINGS: Final = {
    **{name: value for name, value in os.environ.items() if not name.startswith("STORYFOLD_")},
    "STORYFOLD_EMBEDDINGS": "off",
}
"""Default settings, and no sentence vectors: with `make setup-dev` there would be some, with
`make run` there are none."""
