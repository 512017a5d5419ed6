"""The public view of the evidence behind an assignment."""

from __future__ import annotations

import json
from dataclasses import dataclass

from service.common import ids
from service.common.docstring_config import DOCSTRING_CONFIG


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """The most probable event that the article did not join."""

    __pydantic_config__ = DOCSTRING_CONFIG

    event_id: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """The numbers and terms behind an assignment; null if there was nothing to compare."""

    __pydantic_config__ = DOCSTRING_CONFIG

    jaccard: float | None
    """Jaccard similarity to `duplicate_of`: shared word shingles, of all that either text has."""
    containment: float | None
    """Shared word shingles with `duplicate_of`, of all that the shorter text has."""
    duplicate_score: float | None
    """Containment, with shingles weighted by how few duplicate groups contain them."""
    event_probability: float | None
    """Probability that the article reports the same event as the rest of its event."""
    runner_up: RunnerUp | None
    shared_terms: tuple[str, ...]
    """The shared terms that contributed most, the largest contribution first."""


def to_view(stored: str) -> EvidenceView:
    """Return the view of stored evidence (JSON)."""
    raw = json.loads(stored)
    runner_up = raw["runner_up"]
    return EvidenceView(
        jaccard=raw["jaccard"],
        containment=raw["containment"],
        duplicate_score=raw["duplicate_score"],
        event_probability=raw["event_probability"],
        runner_up=runner_up and _to_runner_up(*runner_up),
        shared_terms=tuple(raw["shared_terms"]),
    )


def _to_runner_up(number: int, probability: float) -> RunnerUp:
    return RunnerUp(event_id=ids.encode("e", number), probability=probability)
