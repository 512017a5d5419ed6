"""A report on quality laid out for reading: lines of a terminal, and a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from clustering.baseline import Setting
from service import charts
from service.evaluating import Figures, FileReport, Line, Wrong
from service.printing import fit
from service.wording import counted, percent

_HEAD: Final = f"{'':28}{'n':>5}  B³ P     R    F1  pair P   R    F1    ARI"
_LEVELS: Final = {"event": "events", "duplicate_group": "duplicates"}


def lines(reports: Sequence[FileReport], width: int) -> Iterator[str]:
    """Lay out reports as a table, the worst mistakes below each file's figures.

    Parameters
    ----------
    reports : sequence of FileReport
    width : int
        Columns of the terminal.
    """
    for report in reports:
        yield f"{report.file}, {counted(report.articles, 'article')}"
        yield _HEAD
        for line in report.lines:
            yield from _figures(line)
        yield from _calibrations(report)
        for wrong in report.mistakes:
            yield from _mistake(wrong, width)
        yield ""


def page(reports: Sequence[FileReport], today: date) -> str:
    """Lay out reports as one HTML page that asks nothing of anyone.

    Parameters
    ----------
    reports : sequence of FileReport
    today : date
    """
    environment = Environment(
        loader=PackageLoader("service"), undefined=StrictUndefined, autoescape=True
    )
    environment.filters |= {
        "percent": percent,
        "figure": _figure,
        "in_words": in_words,
        "what": what,
    }
    return environment.get_template("evaluation.html").render(
        reports=reports, today=f"{today:%Y-%m-%d}", levels=_LEVELS, charts=charts
    )


def _figures(line: Line) -> Iterator[str]:
    yield _row(_name(line.product), line.product)
    if line.baseline:
        yield _row("  best threshold", line.baseline.figures)
        yield f"      {line.lead:+.3f} over {in_words(line.baseline.setting)}"


def _name(figures: Figures) -> str:
    half = ", 2nd half" if figures.second_half else ""
    return f"{_LEVELS[figures.level]} {figures.language or 'all'}{half}"


def _row(name: str, it: Figures) -> str:
    bcubed = (it.b3_precision, it.b3_recall, it.b3_f1)
    pairs = (it.pair_precision, it.pair_recall, it.pair_f1)
    measured = (" ".join(map(_figure, some)) for some in (bcubed, pairs, (it.ari,)))
    return f"  {name:24} {it.articles:6,}  {'  '.join(measured)}"


def _calibrations(report: FileReport) -> Iterator[str]:
    for kind, found in report.calibration.items():
        yield (
            f"  {kind} pairs: {found.pairs:,} compared, {percent(found.same)} the same,"
            f" Brier {found.brier:.4f}, ECE {found.error:.4f}"
        )


def _mistake(wrong: Wrong, width: int) -> Iterator[str]:
    pairs = counted(wrong.wrong_pairs, "wrong pair")
    yield f"  {fit(f'{what(wrong)}, {pairs}; {_evidence(wrong)}', width - 2)}".rstrip()
    for titled in wrong.pair:
        yield f"    {fit(f'{titled.article_id}  {titled.title}', width - 4).rstrip()}"


def what(wrong: Wrong) -> str:
    """Say what went wrong: "merged: 3 events in 7 articles"."""
    of = "event" if wrong.level == "event" else "group"
    articles = counted(wrong.articles, "article")
    if wrong.kind == "merge":
        return f"merged: {counted(wrong.n_parts, of)} in {articles}"
    return f"split: one {of} of {articles} into {wrong.n_parts}"


def _evidence(wrong: Wrong) -> str:
    if wrong.level == "duplicate_group":
        return f"score {wrong.duplicate_score:.2f}, Jaccard {wrong.jaccard:.2f}"
    terms = " ".join(wrong.shared_terms[:5])
    return f"{wrong.event_probability:.2f} (mean {wrong.mean:.2f}) {terms}".rstrip()


def _figure(figure: float) -> str:
    return f"{figure:.3f}"


def in_words(setting: Setting) -> str:
    """Say how the baseline links: "TF-IDF cosine ≥ 0.225, average link, within 3 days"."""
    link = "connected components" if setting.link == "single" else "average link"
    window = "" if setting.days is None else f", within {counted(setting.days, 'day')}"
    return f"TF-IDF cosine ≥ {setting.threshold:g}, {link}{window}"
