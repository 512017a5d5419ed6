"""The command ``storyfold train-vectors``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import click

from clustering.learning import semantic_training
from clustering.learning.datasets import Corpus
from clustering.learning.semantic_training import PairTable, Task, VectorCorpus
from clustering.similarity.model import default_similarity
from service.cli import console
from service.cli.options import format_examples, load_settings
from service.cli.quality import labelled_files
from service.cli.quality.labelled_files import LabelledFile
from service.embeddings.centred import CentredEncoder
from service.embeddings.encoder import encoded_text
from service.engine import encoders
from service.ingest import readers

_Model = TypeVar("_Model")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    epilog=format_examples(
        "storyfold train-vectors across.jsonl.gz --pairs articles.jsonl.gz pairs.jsonl.gz",
    )
)
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option(
    "--pairs",
    type=(_FILE, _FILE),
    multiple=True,
    metavar="ARTICLES PAIRS",
    help="File of articles, and one of pairs with id_a, id_b and same_event. [none]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Folder to write both models to. [.]",
)
def train_vectors(files: Sequence[str], pairs: Sequence[tuple[Path, Path]], out: Path) -> None:
    """Train the two regressions that use sentence vectors.

    FILES are labelled as for train. Prints how each regression does on every corpus that is left
    out of its training, then writes cross_language_weights.json and semantic_weights.json. To use
    them, replace those in clustering/similarity.
    """
    encoder = _require_encoder()
    try:
        corpora = [
            *(_with_vectors(encoder, file.corpus) for file in _read(files)),
            *(_with_vectors(encoder, _read_pairs(*pair)) for pair in pairs),
        ]
    except labelled_files.UnreadablePairsError as error:
        raise click.ClickException(str(error)) from error
    across = _require_pairs(semantic_training.cross_language_pairs(corpora), "in two languages")
    undated = _require_pairs(
        semantic_training.undated_pairs(corpora, default_similarity()), "in one language"
    )
    _report("across languages, without vectors", across, semantic_training.ACROSS_BY_KEYS)
    _report("across languages, with vectors", across, semantic_training.ACROSS_BY_VECTORS)
    _report("undated", undated, semantic_training.UNDATED)
    out.mkdir(parents=True, exist_ok=True)
    cross_language = semantic_training.train_cross_language(across)
    (out / "cross_language_weights.json").write_text(cross_language.to_json(), encoding="utf-8")
    semantic = semantic_training.train_semantic(undated)
    (out / "semantic_weights.json").write_text(semantic.to_json(), encoding="utf-8")


def _require_pairs(tables: list[PairTable], kind: str) -> list[PairTable]:
    """The tables, if they have anything to learn from."""
    if not any(table.same.any() and not table.same.all() for table in tables):
        raise click.ClickException(
            f"no file has similar articles {kind} of one event and of two: nothing to learn from"
        )
    return tables


def _require_encoder() -> CentredEncoder:
    encoder = encoders.from_settings(load_settings())
    if encoder is None:
        raise click.ClickException("no encoder: set STORYFOLD_EMBEDDINGS, or install an extra")
    return encoder


def _read(files: Sequence[str]) -> list[LabelledFile]:
    if not files:
        return []
    reporter = console.ConsoleReporter()
    sources = list(readers.find_sources(files))
    max_chars = load_settings().max_text_chars
    return labelled_files.read_labelled_files(sources, reporter, max_chars, require_labels=False)


def _read_pairs(articles: Path, labels: Path) -> Corpus:
    source = next(iter(readers.find_sources([str(articles)])))
    reporter, max_chars = console.ConsoleReporter(), load_settings().max_text_chars
    return labelled_files.read_labelled_pairs(
        source, labels, reporter, max_chars, across_languages=True
    )


def _with_vectors(encoder: CentredEncoder, corpus: Corpus) -> VectorCorpus:
    documents = [encoded_text(item.article.title, item.article.text) for item in corpus.items]
    return VectorCorpus(corpus, encoder.encode(documents))


def _report(title: str, tables: Sequence[PairTable], task: Task[_Model]) -> None:
    click.echo(f"{title}: F1 and precision at the threshold, best F1; each corpus left out")
    for score in semantic_training.leave_one_out(tables, task):
        numbers = f"{score.f1:.3f}  {score.precision:.3f}  {score.best_f1:.3f}"
        click.echo(f"  {score.name:24} {numbers}")
