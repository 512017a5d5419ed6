"""Explain the verdict on two articles in different languages."""

from __future__ import annotations

from typing import Protocol

from clustering.explain.explanation import EventExplanation, FeatureContribution
from clustering.similarity.cross_language import (
    FEATURES,
    compare_articles,
    default_cross_language_model,
)
from clustering.types import Features


class HasDate(Protocol):
    """Anything with a date of publication."""

    @property
    def published(self) -> float | None:
        """POSIX seconds."""


def explain_across_languages(
    first: Features, second: Features, event_threshold: float
) -> EventExplanation:
    """Explain whether two articles in different languages report the same event.

    Parameters
    ----------
    first, second : Features
    event_threshold : float

    Returns
    -------
    EventExplanation
    """
    model = default_cross_language_model()
    features = compare_articles(first, second)
    regression = model.regression(features[0])
    contributions = [
        FeatureContribution(name, value, regression[name], value * regression[name])
        for name, value in zip(FEATURES, features[0].tolist(), strict=True)
        if name in regression
    ]
    probability = float(model.probabilities(features)[0])
    return EventExplanation(
        verdict=probability >= event_threshold,
        same_language=False,
        pair_kind="across_languages",
        hours_apart=hours_apart(first, second),
        intercept=regression["intercept"],
        contributions=tuple(sorted(contributions, key=lambda each: -abs(each.contribution))),
        logit=regression["intercept"] + sum(each.contribution for each in contributions),
        probability=probability,
        threshold=event_threshold,
        shared_terms=(),
    )


def hours_apart(first: HasDate, second: HasDate) -> float | None:
    """Return the hours between two articles; None if a date is missing."""
    if first.published is None or second.published is None:
        return None
    return abs(first.published - second.published) / 3600
