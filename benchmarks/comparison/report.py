"""The results of a comparison as a page in Markdown."""

from __future__ import annotations

import os
import platform
import re
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.comparison.articles import Articles
from benchmarks.comparison.figures import Figure, format_number
from benchmarks.comparison.sizes import Sizes
from benchmarks.output import Row, Value

_ROOT: Final = Path(__file__).parents[2]
_PINNED: Final = re.compile(r"^([\w-]+)==([^ ;\\]+)", re.MULTILINE)
_LINE: Final = 130
_SUMMARY_START: Final = "On one core,"
_LIBRARIES: Final = ("datasketch", "rensa", "scikit-learn", "semhash", "text-dedup")


@dataclass(frozen=True)
class Results:
    """All that was measured."""

    articles: Articles
    sizes: Sizes
    figures: Sequence[Figure]
    programs: Sequence[Row]
    sampled_stages: Sequence[Row]
    stages: Mapping[str, Sequence[Row]]

    def find(self, name: str, beside: str = "") -> Figure:
        """Return the figure whose name, and what is beside it, begin like this."""
        return next(
            figure
            for figure in self.figures
            if figure.name.startswith(name) and figure.beside.startswith(beside)
        )


def write_report(results: Results, picture: str) -> str:
    """Return the page.

    Parameters
    ----------
    results : Results
    picture : str
        File name of the picture.
    """
    sizes, articles = results.sizes, results.articles
    header = ("measure", "storyfold", "beside it", "there", "ratio", "lowest and highest")
    figures = [dict(zip(header, figure.row(), strict=True)) for figure in results.figures]
    return f"""# Storyfold beside other libraries

Written by `make bench` ([how it measures](README.md#make-bench)). Only ratios can be compared
between machines.

{wrap_summary(results)}

![Ratios of storyfold to what is beside it, on an axis of powers of ten]({picture})

{time.strftime("%Y-%m-%d")}, {_describe_machine()}; {_describe_libraries()}.
Articles: {articles.origin}, {articles.mean_words:.0f} words each; {sizes.n_live:,} of them live
before anything is timed; rounds: {sizes.n_rounds}.

## Figures

Medians of the rounds. The ratio is storyfold's figure over the other one. The last column is its
lowest and highest round, or that of the figure if there is nothing beside it.

{format_table(figures)}

## Programs that group {sizes.n_grouped:,} articles

Each is started anew in every round and reads the file itself. `storyfold cluster` finds events as
well, unless it says duplicates only. The ratio is to text-dedup. Pair F1 is the quality of the
duplicate groups, where the articles are labelled.

{format_table(results.programs)}

## An article by stage

Sampled every millisecond inside of one process that has these articles, without a network:

{format_table(results.sampled_stages)}

{_format_stages(results.stages)}
"""


def summarise(results: Results) -> str:
    """Return the sentences that README quotes."""
    signatures = results.find("signatures", "datasketch")
    rensa = results.find("signatures", "rensa")
    batches = results.find("taking in by batches")
    programs = {str(row["program"]): row for row in results.programs}
    ours, theirs = programs["storyfold cluster"], programs["text-dedup"]
    return (
        f"{_SUMMARY_START} `clustering.signatures` signs"
        f" {format_number(signatures.median)} raw texts a second:"
        f" {format_number(rensa.ratio)} times rensa,"
        f" {format_number(signatures.ratio)} times datasketch."
        f" Beside {results.sizes.n_live:,} live articles, the service takes in"
        f" {format_number(batches.median)} a second by batches, each on disk before it is answered:"
        f" {format_number(batches.ratio)} of the rate at which datasketch only signs them."
        f" `storyfold cluster` takes {_format(ours['ratio'])} times as long as the program of"
        f" text-dedup, with a pair F1 of {_format(ours['pair F1'])} (text-dedup"
        f" {_format(theirs['pair F1'])})."
    )


def wrap_summary(results: Results) -> str:
    """Return the sentences as a paragraph of a page."""
    return textwrap.fill(summarise(results), _LINE)


def find_summary(report: str) -> str:
    """Return that paragraph of a page that was written before."""
    return next(part for part in report.split("\n\n") if part.startswith(_SUMMARY_START))


def format_table(rows: Iterable[Mapping[str, Value]]) -> str:
    """Return a table in Markdown; all rows have the columns of the first."""
    rows = list(rows)
    lines = [list(rows[0]), ["---", *["---:"] * (len(rows[0]) - 1)]]
    lines += [[_format(cell) for cell in row.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _format(value: Value) -> str:
    return format_number(value) if isinstance(value, float) else str(value)


def _format_stages(stages: Mapping[str, Sequence[Row]]) -> str:
    if not stages:
        return "The service itself times no stages."
    parts = (
        f"Posted {way}, as the clients waited and the service counts in `/metrics`:\n\n"
        f"{format_table(rows)}"
        for way, rows in stages.items()
    )
    return "\n\n".join(parts)


def _describe_machine() -> str:
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    model = models[0] if models else platform.machine()
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, load {load:.1f}"


def _describe_libraries() -> str:
    pinned = dict(_PINNED.findall((_ROOT / "requirements" / "bench.txt").read_text()))
    return ", ".join(f"{name} {pinned[name]}" for name in _LIBRARIES)
