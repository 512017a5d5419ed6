"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a store."""

    invariant: str
    """Name of the invariant that does not hold, such as `no dangling ids`."""
    subject: str
    """What it is about: an id or the name of a table."""
    detail: str
    """What is wrong with it."""
