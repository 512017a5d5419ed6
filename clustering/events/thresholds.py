"""The default thresholds of events."""

from __future__ import annotations

from typing import Final

NEIGHBOUR_THRESHOLD: Final = 0.15
"""Same-event probability from which two groups are neighbours."""


DEFAULT_EVENT_THRESHOLD: Final = 0.42
"""Default of the event threshold: probability from which two groups may be linked, and mean pair
probability from which groups are one event."""
