"""Present an evaluation: as a table for a terminal, and as an HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from clustering.learning.tfidf_baseline import BaselineSetting
from service.cli.output.tables import fit_to_width
from service.cli.quality import charts
from service.cli.quality.evaluate import FileReport, Metrics, MetricsRow, MistakeReport
from service.common.formatting import format_count, format_percent

_TABLE_HEADER: Final = f"{'':28}{'n':>5}  B³ P     R    F1  pair P   R    F1    ARI"
_LEVEL_NAMES: Final = {"event": "events", "duplicate_group": "duplicates"}
_MAX_TERMS_SHOWN: Final = 5
"""Shared terms in a line of a mistake."""


def format_reports(reports: Sequence[FileReport], width: int) -> Iterator[str]:
    """Format reports as text: the metrics of each file, then its worst mistakes.

    Parameters
    ----------
    reports : sequence of FileReport
    width : int
        Columns of the terminal.

    Yields
    ------
    str
        One line, without the line break.
    """
    for report in reports:
        yield f"{report.file}, {format_count(report.articles, 'article')}"
        yield _TABLE_HEADER
        for row in report.rows:
            yield from _format_row(row)
        yield from _format_calibrations(report)
        for mistake in report.mistakes:
            yield from _format_mistake(mistake, width)
        yield ""


def render_page(reports: Sequence[FileReport], today: date) -> str:
    """Render reports as one HTML page that loads nothing from elsewhere.

    Parameters
    ----------
    reports : sequence of FileReport
    today : date

    Returns
    -------
    str
    """
    environment = Environment(
        loader=PackageLoader("service.cli.quality"), undefined=StrictUndefined, autoescape=True
    )
    environment.filters |= {
        "percent": format_percent,
        "format_metric": _format_metric,
        "describe_setting": describe_setting,
        "describe_mistake": describe_mistake,
    }
    return environment.get_template("evaluation.html").render(
        reports=reports, today=f"{today:%Y-%m-%d}", levels=_LEVEL_NAMES, charts=charts
    )


def describe_mistake(mistake: MistakeReport) -> str:
    """Describe a mistake in words: "merged: 3 events in 7 articles"."""
    noun = "event" if mistake.level == "event" else "group"
    articles = format_count(mistake.articles, "article")
    if mistake.kind == "merge":
        return f"merged: {format_count(mistake.n_parts, noun)} in {articles}"
    return f"split: one {noun} of {articles} into {mistake.n_parts}"


def describe_setting(setting: BaselineSetting) -> str:
    """Describe a baseline in words: "TF-IDF cosine ≥ 0.225, average link, within 3 days"."""
    linkage = "connected components" if setting.linkage == "single" else "average link"
    days = setting.max_days_apart
    window = "" if days is None else f", within {format_count(days, 'day')}"
    return f"TF-IDF cosine ≥ {setting.threshold:g}, {linkage}{window}"


def _format_row(row: MetricsRow) -> Iterator[str]:
    yield _format_metrics(_row_name(row.metrics), row.metrics)
    if row.baseline:
        yield _format_metrics("  best baseline", row.baseline.metrics)
        yield f"      {row.margin_over_baseline:+.3f} over {describe_setting(row.baseline.setting)}"


def _row_name(metrics: Metrics) -> str:
    half = ", 2nd half" if metrics.second_half else ""
    return f"{_LEVEL_NAMES[metrics.level]} {metrics.language or 'all'}{half}"


def _format_metrics(name: str, metrics: Metrics) -> str:
    bcubed = (metrics.b3_precision, metrics.b3_recall, metrics.b3_f1)
    pairs = (metrics.pair_precision, metrics.pair_recall, metrics.pair_f1)
    columns = (" ".join(map(_format_metric, values)) for values in (bcubed, pairs, (metrics.ari,)))
    return f"  {name:24} {metrics.articles:6,}  {'  '.join(columns)}"


def _format_calibrations(report: FileReport) -> Iterator[str]:
    for kind, calibration in report.calibration.items():
        yield (
            f"  {kind} pairs: {calibration.pairs:,} compared,"
            f" {format_percent(calibration.same_event_share)} the same event,"
            f" Brier {calibration.brier:.4f}, ECE {calibration.ece:.4f}"
        )


def _format_mistake(mistake: MistakeReport, width: int) -> Iterator[str]:
    pairs = format_count(mistake.wrong_pairs, "wrong pair")
    summary = f"{describe_mistake(mistake)}, {pairs}; {_format_evidence(mistake)}"
    yield f"  {fit_to_width(summary, width - 2)}".rstrip()
    for article in mistake.pair:
        yield f"    {fit_to_width(f'{article.article_id}  {article.title}', width - 4).rstrip()}"


def _format_evidence(mistake: MistakeReport) -> str:
    if mistake.level == "duplicate_group":
        return f"score {mistake.duplicate_score:.2f}, Jaccard {mistake.jaccard:.2f}"
    terms = " ".join(mistake.shared_terms[:_MAX_TERMS_SHOWN])
    return f"{mistake.event_probability:.2f} (mean {mistake.mean_score:.2f}) {terms}".rstrip()


def _format_metric(metric: float) -> str:
    return f"{metric:.3f}"
