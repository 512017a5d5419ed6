"""What became of the records that an ingest read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.cli.console import ConsoleReporter, Problem
from service.common.formatting import format_count
from service.queries import Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSummary:
    """What became of every record that an ingest read.

    ``read`` is the sum of ``new``, ``updated``, ``unchanged``, ``refused`` and ``passed_over``.
    """

    read: int
    new: int
    duplicates: int
    """Of the new articles, those with the text of another one."""
    updated: int
    unchanged: int
    refused: int
    passed_over: int
    warnings: int
    refusals: Sequence[Problem]
    """The first refused records."""
    passed_over_reasons: Mapping[str, int]
    failed_sources: Sequence[Problem]
    """Sources that could not be read, or not to their end."""
    articles: int
    """Articles in the store."""
    duplicate_groups: int
    events: int


def summarise(outcomes: Counter[str], reporter: ConsoleReporter, stats: Stats) -> IngestSummary:
    """Add up what an ingest did and what the store holds now."""
    duplicates = outcomes["exact_duplicate"] + outcomes["near_duplicate"]
    reasons: Counter[str] = Counter()
    for (_, reason), count in reporter.passed_over.items():
        reasons[reason] += count
    return IngestSummary(
        read=outcomes.total() + reporter.refused + reasons.total(),
        new=outcomes["new"] + duplicates,
        duplicates=duplicates,
        updated=outcomes["updated"],
        unchanged=outcomes["unchanged"],
        refused=reporter.refused,
        passed_over=reasons.total(),
        warnings=reporter.warnings,
        refusals=reporter.refusals,
        passed_over_reasons=reasons,
        failed_sources=reporter.failures,
        articles=stats.articles,
        duplicate_groups=stats.duplicate_groups,
        events=stats.events,
    )


def format_text(summary: IngestSummary) -> str:
    """Say in a few lines what an ingest did and what the store holds now."""
    duplicates = f" ({format_count(summary.duplicates, 'duplicate')})" if summary.duplicates else ""
    failed = (
        f"{format_count(len(summary.failed_sources), 'source')} could not be read to the end.\n"
        if summary.failed_sources
        else ""
    )
    return (
        f"{summary.read:,} read: {summary.new:,} new{duplicates}, {summary.updated:,} updated,"
        f" {summary.unchanged:,} unchanged, {summary.refused:,} refused,"
        f" {summary.passed_over:,} passed over\n"
        f"{failed}"
        f"The store holds {format_count(summary.articles, 'article')} in"
        f" {format_count(summary.duplicate_groups, 'duplicate group')} and"
        f" {format_count(summary.events, 'event')}."
    )
