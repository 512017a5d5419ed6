"""What people decided, as labels: where the line would be drawn by them, and drawing it there."""

from service.calibration.drawing import LineMovedError, NoLineBeforeError, apply, now, put_back
from service.calibration.proposal import ChangedEvent, Proposal, keep, newest, work_out
from service.calibration.report import lines

__all__ = [
    "ChangedEvent",
    "LineMovedError",
    "NoLineBeforeError",
    "Proposal",
    "apply",
    "keep",
    "lines",
    "newest",
    "now",
    "put_back",
    "work_out",
]
