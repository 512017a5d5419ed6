"""Evidence as it is stored, and as it is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass

from service.common import ids
from service.common.schema import DOCSTRING_CONFIG


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """The event that an article would have joined otherwise."""

    __pydantic_config__ = DOCSTRING_CONFIG

    event_id: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """The numbers and terms behind an assignment; null where there was nothing to compare."""

    __pydantic_config__ = DOCSTRING_CONFIG

    jaccard: float | None
    """Share of equal word shingles, of all that either article has, against `duplicate_of`."""
    containment: float | None
    """Share of the shorter article's shingles that `duplicate_of` has too."""
    duplicate_score: float | None
    """Containment, with each shingle weighed by how few stories carry it."""
    event_probability: float | None
    """Probability that the article reports the same event as the rest of its event."""
    runner_up: RunnerUp | None
    shared_terms: tuple[str, ...]
    """The terms that told most, best first."""


def to_view(stored: str) -> EvidenceView:
    """Return stored evidence as it is shown."""
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
