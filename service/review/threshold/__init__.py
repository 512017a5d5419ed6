"""The event threshold: fit it to editors' decisions, preview the change, apply and revert it."""

from service.review.threshold.proposal import (
    ChangedEvent,
    ThresholdProposal,
    load_proposal,
    propose_threshold,
    save_proposal,
)
from service.review.threshold.update import (
    NoPreviousThresholdError,
    ThresholdChangedError,
    apply_proposal,
    get_threshold,
    revert_threshold,
)

__all__ = [
    "ChangedEvent",
    "NoPreviousThresholdError",
    "ThresholdChangedError",
    "ThresholdProposal",
    "apply_proposal",
    "get_threshold",
    "load_proposal",
    "propose_threshold",
    "revert_threshold",
    "save_proposal",
]
