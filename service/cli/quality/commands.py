"""The commands ``storyfold train`` and ``storyfold evaluate``."""

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
from service.cli.options import format_examples, load_settings
from service.cli.quality import evaluate as quality_evaluate
from service.cli.quality import labelled_files, model_card
from service.cli.quality import report as quality_report
from service.cli.quality import train as quality_train
from service.cli.quality.labelled_files import LabelledFile, UnlabelledError
from service.cli.quality.model_card import CorpusOrigin
from service.ingest import readers

_FILES_ARGUMENT: Final = click.argument("files", nargs=-1, required=True, metavar="FILES...")
_FILE_PATH: Final = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog=format_examples(
        "storyfold train news.jsonl.gz headlines.jsonl.gz",
        "storyfold train labelled/ --held-out later.jsonl --out model.json --card MODEL.md",
    )
)
@_FILES_ARGUMENT
@click.option(
    "--held-out",
    multiple=True,
    metavar="FILE",
    help="Labelled file to score for the card, but not to train on. [none]",
)
@click.option(
    "--pairs",
    "pair_files",
    multiple=True,
    nargs=2,
    metavar="ARTICLES PAIRS",
    help="Articles, and labelled pairs of them, to train on as well. [none]",
)
@click.option("--use-all", is_flag=True, help="Train on the second halves by date too. [no]")
@click.option(
    "--out", type=_FILE_PATH, default="similarity.json", help="Model to write. [similarity.json]"
)
@click.option("--card", type=_FILE_PATH, help="Model card to write, which takes minutes. [none]")
@click.option(
    "--origins",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file with name, description, licence, source and weights of each file. [none]",
)
@click.option(
    "--leave-one-out/--no-leave-one-out",
    default=True,
    help="Score each file by a model of the others, which takes minutes. [yes]",
)
@click.pass_context
def train(
    ctx: click.Context,
    files: Sequence[str],
    held_out: Sequence[str],
    pair_files: Sequence[tuple[str, str]],
    use_all: bool,
    out: Path,
    card: Path | None,
    origins: Path | None,
    leave_one_out: bool,
) -> None:
    """Train the similarity model on labelled files.

    FILES hold JSON lines as for ingest, with one more field: `event`, the same string for all
    articles that report one event. The model is trained on the first half of each file by date, so
    that it can be scored on the second. It is a small JSON file of weights, and the same files
    give the same model. To use it, replace clustering/similarity/weights.json.

    PAIRS hold JSON lines with the ids `id_a` and `id_b` of two ARTICLES and `same_event`: true,
    false, or null to leave the pair out.

    The table shows each file scored by a model of all the others (leave-one-corpus-out), beside
    the best that a single TF-IDF threshold reaches on it. The card has this table, the data, the
    weights, and scores by time (trained on first halves, scored on second halves).
    """
    reporter = console.ConsoleReporter()
    with _one_line_errors():
        known_origins = _read_origins(origins)
        corpora = [*_read_corpora(files, reporter), *_read_pair_corpora(pair_files, reporter)]
        weights = {name: origin.weights for name, origin in known_origins.items()}
        training_data = quality_train.TrainingData(
            corpora, _read_corpora(held_out, reporter), use_all, weights
        )
        model = training_data.train(_log)
        out.write_text(model.to_json(), encoding="utf-8")
        folds = quality_train.leave_one_corpus_out(training_data, _log) if leave_one_out else []
        for line in model_card.format_left_out(folds):
            click.echo(line)
        if card:
            command = _command_line(ctx, files, held_out)
            measured = quality_train.build_card(
                training_data, model, folds, known_origins, command, _log
            )
            text = model_card.render_card(measured, datetime.now(UTC).date())
            card.write_text(text, encoding="utf-8")
    reporter.show_suppressed()
    ctx.exit(1 if reporter.has_errors else 0)


@click.command(
    epilog=format_examples(
        "storyfold evaluate seeds/starter.jsonl",
        "storyfold evaluate labelled/*.jsonl.gz --baseline --html quality.html",
    )
)
@_FILES_ARGUMENT
@click.option(
    "--baseline", is_flag=True, help="Compare with the best single TF-IDF threshold. [no]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table. [no]")
@click.option("--html", type=_FILE_PATH, help="HTML page with charts to write as well. [none]")
@click.pass_context
def evaluate(
    ctx: click.Context, files: Sequence[str], baseline: bool, as_json: bool, html: Path | None
) -> None:
    """Cluster labelled files and compare the result with the labels.

    FILES hold JSON lines as for ingest, with the labels `event`, `duplicate_group` or both. The
    articles are clustered in order of date, as the command cluster does, without their labels. The
    output has metrics for all articles, for the second half by date (which the similarity model
    was not trained on) and for each language; then the worst merges and splits with their
    evidence.

    The baseline is the best result of a single TF-IDF cosine threshold chosen with the labels, by
    connected components or average link, with and without time windows.
    """
    reporter = console.ConsoleReporter()
    with _one_line_errors():
        labelled = _read_labelled_files(files, reporter)
        reports = [
            quality_evaluate.evaluate(file, with_baseline=baseline, log=_log) for file in labelled
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
    reporter.show_suppressed()
    ctx.exit(1 if reporter.has_errors else 0)


def _read_corpora(files: Sequence[str], reporter: console.ConsoleReporter) -> list[Corpus]:
    return [file.corpus for file in _read_labelled_files(files, reporter)]


def _read_pair_corpora(
    pair_files: Sequence[tuple[str, str]], reporter: console.ConsoleReporter
) -> list[Corpus]:
    max_text_chars = load_settings().max_text_chars
    return [
        labelled_files.read_labelled_pairs(
            next(iter(readers.find_sources([articles]))), Path(pairs), reporter, max_text_chars
        )
        for articles, pairs in pair_files
    ]


def _read_labelled_files(
    files: Sequence[str], reporter: console.ConsoleReporter
) -> list[LabelledFile]:
    return labelled_files.read_labelled_files(
        list(readers.find_sources(files)), reporter, load_settings().max_text_chars
    )


def _read_origins(file: Path | None) -> Mapping[str, CorpusOrigin]:
    return model_card.read_origins(file) if file else {}


def _command_line(ctx: click.Context, files: Sequence[str], held_out: Sequence[str]) -> str:
    """The command line, with file names but without their folders."""
    words = ["storyfold", "train", *(Path(file).name for file in files)]
    words += [word for file in held_out for word in ("--held-out", Path(file).name)]
    for pair_file in ctx.params["pair_files"]:
        words += ["--pairs", *(Path(file).name for file in pair_file)]
    return shlex.join([*words, "--use-all"] if ctx.params["use_all"] else words)


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
        labelled_files.UnreadablePairsError,
    ) as error:
        raise click.ClickException(str(error)) from error
