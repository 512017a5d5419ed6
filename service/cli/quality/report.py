"""A report on quality laid out for reading: lines of a terminal, and a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from clustering.learning.tfidf_baseline import Setting
from service.cli.quality import charts
from service.cli.quality.evaluate import FileReport, Metrics, MetricsRow, MistakeReport
from service.cli.tables import fit_to_width
from service.common.formatting import format_count, format_percent

_TABLE_HEADER: Final = f"{'':28}{'n':>5}  B³ P     R    F1  pair P   R    F1    ARI"
_LEVEL_NAMES: Final = {"event": "events", "duplicate_group": "duplicates"}


def format_reports(reports: Sequence[FileReport], width: int) -> Iterator[str]:
    """Lay out reports as a table, the worst mistakes below each file's figures.

    Parameters
    ----------
    reports : sequence of FileReport
    width : int
        Columns of the terminal.
    """
    for report in reports:
        yield f"{report.file}, {format_count(report.articles, 'article')}"
        yield _TABLE_HEADER
        for line in report.lines:
            yield from _format_row(line)
        yield from _format_calibrations(report)
        for wrong in report.mistakes:
            yield from _format_mistake(wrong, width)
        yield ""


def render_page(reports: Sequence[FileReport], today: date) -> str:
    """Lay out reports as one HTML page that asks nothing of anyone.

    Parameters
    ----------
    reports : sequence of FileReport
    today : date
    """
    environment = Environment(
        loader=PackageLoader("service.cli.quality"), undefined=StrictUndefined, autoescape=True
    )
    environment.filters |= {
        "percent": format_percent,
        "figure": _format_metric,
        "in_words": describe_setting,
        "what": describe_mistake,
    }
    return environment.get_template("evaluation.html").render(
        reports=reports, today=f"{today:%Y-%m-%d}", levels=_LEVEL_NAMES, charts=charts
    )


def _format_row(row: MetricsRow) -> Iterator[str]:
    yield _format_metrics(_row_name(row.product), row.product)
    if row.baseline:
        yield _format_metrics("  best threshold", row.baseline.figures)
        yield f"      {row.margin_over_baseline:+.3f} over {describe_setting(row.baseline.setting)}"


def _row_name(metrics: Metrics) -> str:
    half = ", 2nd half" if metrics.second_half else ""
    return f"{_LEVEL_NAMES[metrics.level]} {metrics.language or 'all'}{half}"


def _format_metrics(name: str, metrics: Metrics) -> str:
    bcubed = (metrics.b3_precision, metrics.b3_recall, metrics.b3_f1)
    pairs = (metrics.pair_precision, metrics.pair_recall, metrics.pair_f1)
    measured = (" ".join(map(_format_metric, some)) for some in (bcubed, pairs, (metrics.ari,)))
    return f"  {name:24} {metrics.articles:6,}  {'  '.join(measured)}"


def _format_calibrations(report: FileReport) -> Iterator[str]:
    for kind, found in report.calibration.items():
        yield (
            f"  {kind} pairs: {found.pairs:,} compared, {format_percent(found.same)} the same,"
            f" Brier {found.brier:.4f}, ECE {found.error:.4f}"
        )


def _format_mistake(mistake: MistakeReport, width: int) -> Iterator[str]:
    pairs = format_count(mistake.wrong_pairs, "wrong pair")
    yield f"  {fit_to_width(f'{describe_mistake(mistake)}, {pairs}; {_format_evidence(mistake)}', width - 2)}".rstrip()
    for titled in mistake.pair:
        yield f"    {fit_to_width(f'{titled.article_id}  {titled.title}', width - 4).rstrip()}"


def describe_mistake(mistake: MistakeReport) -> str:
    """Say what went wrong: "merged: 3 events in 7 articles"."""
    of = "event" if mistake.level == "event" else "group"
    articles = format_count(mistake.articles, "article")
    if mistake.kind == "merge":
        return f"merged: {format_count(mistake.n_parts, of)} in {articles}"
    return f"split: one {of} of {articles} into {mistake.n_parts}"


def _format_evidence(mistake: MistakeReport) -> str:
    if mistake.level == "duplicate_group":
        return f"score {mistake.duplicate_score:.2f}, Jaccard {mistake.jaccard:.2f}"
    terms = " ".join(mistake.shared_terms[:5])
    return f"{mistake.event_probability:.2f} (mean {mistake.mean:.2f}) {terms}".rstrip()


def _format_metric(metric: float) -> str:
    return f"{metric:.3f}"


def describe_setting(setting: Setting) -> str:
    """Say how the baseline links: "TF-IDF cosine ≥ 0.225, average link, within 3 days"."""
    link = "connected components" if setting.link == "single" else "average link"
    window = "" if setting.days is None else f", within {format_count(setting.days, 'day')}"
    return f"TF-IDF cosine ≥ {setting.threshold:g}, {link}{window}"
