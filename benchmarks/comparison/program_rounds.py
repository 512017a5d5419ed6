"""Whole programs that group the articles of one file, storyfold's and those of others in turns."""

from __future__ import annotations

import csv
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.comparison.articles import Articles
from benchmarks.comparison.environment import LIBRARIES_PYTHON, PLAIN_SETTINGS, ROOT
from benchmarks.comparison.figures import Figure
from benchmarks.output import Row
from benchmarks.service_process import PROGRAM
from clustering.learning.metrics import evaluate

LIBRARIES: Final = ("text-dedup", "datasketch", "rensa", "scikit-learn", "semhash")
REFERENCE: Final = "text-dedup"
_DUPLICATES_ONLY: Final = "--duplicates-only"
_EMPTY: Final[Row] = {"s": "", "ratio": "", "pair F1": ""}

Labels = list[Any]


@dataclass
class Program:
    """A command, where it writes, and how its groups are read."""

    name: str
    command: list[str]
    read_groups: Callable[[], Labels]
    seconds: list[float] = field(default_factory=list)
    failure: str = ""

    def run(self) -> None:
        """Run it once; a failure is kept, and the program is left out from then on."""
        started = time.perf_counter()
        done = subprocess.run(
            self.command, cwd=ROOT, env=PLAIN_SETTINGS, capture_output=True, text=True, check=False
        )
        self.seconds.append(time.perf_counter() - started)
        if done.returncode:
            self.failure = done.stderr.strip().splitlines()[-1]


class ProgramRounds:
    """Runs every program on one file in each round.

    Parameters
    ----------
    folder : Path
        For the file and for what the programs write.
    articles : Articles
    """

    def __init__(self, folder: Path, articles: Articles) -> None:
        self._folder, self._articles = folder, articles
        self._file = folder / "articles.jsonl"
        lines = (f"{json.dumps(record)}\n" for record in articles.records)
        self._file.write_text("".join(lines), encoding="utf-8")
        self.programs = [*self._storyfold(), *map(self._library, LIBRARIES)]

    def measure(self, n_rounds: int) -> None:
        """Run all programs in turns."""
        for _ in range(n_rounds):
            for program in self.programs:
                if not program.failure:
                    program.run()

    def figures(self) -> list[Figure]:
        """Return storyfold's times beside those of the reference."""
        reference = next(program for program in self.programs if program.name == REFERENCE)
        return [
            Figure(
                f"{program.name}, s",
                tuple(program.seconds),
                f"{REFERENCE} (duplicates only)",
                tuple(reference.seconds),
            )
            for program in self.programs
            if program.name.startswith("storyfold") and not program.failure
        ]

    def _storyfold(self) -> list[Program]:
        programs = [self._storyfold_program("storyfold cluster", [])]
        if _DUPLICATES_ONLY in _run([PROGRAM, "cluster", "--help"]):
            name = f"storyfold cluster {_DUPLICATES_ONLY}"
            programs.append(self._storyfold_program(name, [_DUPLICATES_ONLY]))
        return programs

    def _storyfold_program(self, name: str, options: Sequence[str]) -> Program:
        output = self._folder / f"storyfold-{len(options)}.csv"
        command = [PROGRAM, "cluster", str(self._file), "--format", "csv", "-o", str(output)]
        return Program(name, [*command, *options], lambda: self._read_csv(output))

    def _read_csv(self, output: Path) -> Labels:
        with output.open(encoding="utf-8", newline="") as lines:
            group_of = {
                row["article_id"]: row["duplicate_group_id"] for row in csv.DictReader(lines)
            }
        return [group_of[record["id"]] for record in self._articles.records]

    def _library(self, name: str) -> Program:
        groups = self._folder / f"{name}.json"
        module = "benchmarks.comparison.grouping"
        command = [LIBRARIES_PYTHON, "-m", module, name, str(self._file), str(groups)]
        return Program(name, command, lambda: list(json.loads(groups.read_text())))

    def rows(self) -> list[Row]:
        """Return a row for each program: its time and, with labels, the quality of its groups."""
        return [self._row(program) for program in self.programs]

    def _row(self, program: Program) -> Row:
        if program.failure:
            return {"program": f"{program.name} ({program.failure})", **_EMPTY}
        reference = next(other for other in self.programs if other.name == REFERENCE)
        figure = Figure("", tuple(program.seconds), REFERENCE, tuple(reference.seconds))
        return {
            "program": program.name,
            "s": figure.median,
            "ratio": figure.ratio,
            "pair F1": self._pair_f1(program.read_groups()),
        }

    def _pair_f1(self, groups: Labels) -> str | float:
        labelled = [
            (label, group)
            for label, group in zip(self._articles.groups, groups, strict=True)
            if label is not None
        ]
        if not labelled:
            return "no labels"
        return evaluate(*map(list, zip(*labelled, strict=True))).pairwise.f1


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
