"""How values that go outside are described: by the docstrings of their fields."""

from __future__ import annotations

from typing import Final

from pydantic import ConfigDict

DOCSTRING_CONFIG: Final = ConfigDict(use_attribute_docstrings=True)
"""The ``__pydantic_config__`` of a dataclass that is part of an answer."""
