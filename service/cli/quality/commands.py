"""The commands about quality: ``storyfold train`` and ``storyfold evaluate``."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from pydantic_core import to_json

from clustering.learning.datasets import Corpus
from clustering.learning.tfidf_baseline import TooManyArticlesError
from clustering.learning.train import NoTrainingDataError
from service.cli import console
from service.cli.options import load_settings
from service.cli.quality import evaluate as quality_evaluate
from service.cli.quality import labelled_files, model_card
from service.cli.quality import report as quality_report
from service.cli.quality import train as quality_train
from service.cli.quality.labelled_files import UnlabelledError
from service.cli.quality.model_card import CorpusOrigin
from service.ingest import readers

_FILES_ARGUMENT: Final = click.argument("files", nargs=-1, required=True, metavar="FILES...")
_FILE_PATH: Final = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog="""\b
Examples:
  storyfold train news.jsonl.gz headlines.jsonl.gz
  storyfold train labelled/ --held-out later.jsonl --out model.json --card MODEL.md"""
)
@_FILES_ARGUMENT
@click.option(
    "--held-out", multiple=True, metavar="FILE", help="Labelled, never learned from; for the card."
)
@click.option("--whole", is_flag=True, help="Learn from the second halves by date too. [no]")
@click.option("--out", type=_FILE_PATH, default="similarity.json", help="Model. [similarity.json]")
@click.option("--card", type=_FILE_PATH, help="Model card to write; takes minutes. [none]")
@click.option(
    "--origins",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file for the card: name, what, licence, source of each file. [none]",
)
@click.pass_context
def train(
    ctx: click.Context,
    files: Sequence[str],
    held_out: Sequence[str],
    whole: bool,
    out: Path,
    card: Path | None,
    origins: Path | None,
) -> None:
    """Train the similarity of articles from labelled files.

    FILES hold JSON lines as ingest takes them, with one field more: `event`, the same string for
    all articles that report one event. Of each file the first half by date is learned from, so
    that the second is left to judge by. The result is a small JSON file of weights; the same files
    give the same. Put it in the place of clustering/similarity/weights.json to use it.

    The card holds the data, the weights, and figures by time (learned from first halves, judged on
    second ones) and by corpus (learned from all other files).
    """
    report = console.ConsoleReporter()
    with _one_line_errors():
        known = _read_origins(origins)
        lesson = quality_train.TrainingData(
            _read_corpora(files, report), _read_corpora(held_out, report), whole
        )
        model = lesson.train(_log)
        out.write_text(model.to_json(), encoding="utf-8")
        if card:
            made = quality_train.build_card(
                lesson, model, known, _command_line(ctx, files, held_out), _log
            )
            card.write_text(
                model_card.render_card(made, datetime.now(UTC).date()), encoding="utf-8"
            )
    ctx.exit(1 if report.refused else 0)


@click.command(
    epilog="""\b
Examples:
  storyfold evaluate seeds/starter.jsonl
  storyfold evaluate labelled/*.jsonl.gz --baseline --html quality.html"""
)
@_FILES_ARGUMENT
@click.option("--baseline", is_flag=True, help="Also find the best single TF-IDF threshold. [no]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table. [no]")
@click.option("--html", type=_FILE_PATH, help="Page with pictures to write as well. [none]")
@click.pass_context
def evaluate(
    ctx: click.Context, files: Sequence[str], baseline: bool, as_json: bool, html: Path | None
) -> None:
    """Judge labelled files, and tell how well that agrees with the labels.

    FILES hold JSON lines as ingest takes them, with the labels `event`, `duplicate_group` or both.
    Articles are judged by date, as cluster does, without their labels. Figures are given for
    all articles and for the second half by date, which the similarity has not learned from, and
    for each language; then the worst merges and splits with their evidence.

    The baseline is the best that a single TF-IDF cosine threshold can do when it is chosen by the
    labels: connected components and average link, with and without windows of time.
    """
    report = console.ConsoleReporter()
    with _one_line_errors():
        found = labelled_files.read_labelled_files(
            list(readers.find_sources(files)), report, load_settings().max_text_chars
        )
        reports = [
            quality_evaluate.evaluate(file, with_baseline=baseline, log=_log) for file in found
        ]
    if html:
        html.write_text(
            quality_report.render_page(reports, datetime.now(UTC).date()), encoding="utf-8"
        )
    if as_json:
        click.echo(to_json({"files": reports}, indent=2))
    else:
        for line in quality_report.format_reports(reports, shutil.get_terminal_size().columns):
            click.echo(line)
    ctx.exit(1 if report.refused else 0)


def _read_corpora(files: Sequence[str], reporter: console.ConsoleReporter) -> list[Corpus]:
    found = list(readers.find_sources(files))
    return [
        file.corpus
        for file in labelled_files.read_labelled_files(
            found, reporter, load_settings().max_text_chars
        )
    ]


def _read_origins(file: Path | None) -> Mapping[str, CorpusOrigin]:
    return model_card.read_origins(file) if file else {}


def _command_line(ctx: click.Context, files: Sequence[str], held_out: Sequence[str]) -> str:
    """The command line, with the names of the files but not where they happened to lie."""
    words = ["storyfold", "train", *(Path(file).name for file in files)]
    words += [word for file in held_out for word in ("--held-out", Path(file).name)]
    return shlex.join([*words, "--whole"] if ctx.params["whole"] else words)


def _log(message: str) -> None:
    click.echo(message, err=True)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except (
        UnlabelledError,
        NoTrainingDataError,
        TooManyArticlesError,
        model_card.UnreadableOriginsError,
    ) as error:
        raise click.ClickException(str(error)) from error
