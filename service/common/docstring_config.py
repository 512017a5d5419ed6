"""Pydantic configuration of response classes."""

from __future__ import annotations

from typing import Final

from pydantic import ConfigDict

DOCSTRING_CONFIG: Final = ConfigDict(use_attribute_docstrings=True)
"""Takes field descriptions from attribute docstrings; the ``__pydantic_config__`` of dataclasses
that are part of a response."""
