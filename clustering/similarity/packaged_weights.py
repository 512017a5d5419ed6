"""The trained weights that ship with the library."""

from __future__ import annotations

from importlib.resources import files


def read_weights(name: str) -> str:
    """Return a packaged JSON document of weights by its file name."""
    return (files("clustering.similarity") / name).read_text()
