"""The command ``storyfold train-vectors``."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

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
    corpora = [
        *(_with_vectors(encoder, file.corpus) for file in _read(files)),
        *(_with_pairs(encoder, _read([str(articles)])[0], labels) for articles, labels in pairs),
    ]
    across = semantic_training.cross_language_pairs(corpora)
    undated = semantic_training.undated_pairs(corpora, default_similarity())
    _report("across languages, without vectors", across, semantic_training.ACROSS_BY_KEYS)
    _report("across languages, with vectors", across, semantic_training.ACROSS_BY_VECTORS)
    _report("undated", undated, semantic_training.UNDATED)
    out.mkdir(parents=True, exist_ok=True)
    cross_language = semantic_training.train_cross_language(across)
    (out / "cross_language_weights.json").write_text(cross_language.to_json(), encoding="utf-8")
    semantic = semantic_training.train_semantic(undated)
    (out / "semantic_weights.json").write_text(semantic.to_json(), encoding="utf-8")


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


def _with_vectors(
    encoder: CentredEncoder, corpus: Corpus, pairs: Iterable[tuple[int, int, bool]] = ()
) -> VectorCorpus:
    documents = [encoded_text(item.article.title, item.article.text) for item in corpus.items]
    return VectorCorpus(corpus, encoder.encode(documents), tuple(pairs))


def _with_pairs(encoder: CentredEncoder, file: LabelledFile, labels: Path) -> VectorCorpus:
    key_of = {article_id: key for key, article_id in file.ids.items()}
    pairs = (
        (key_of[pair["id_a"]], key_of[pair["id_b"]], pair["same_event"])
        for pair in _read_pairs(labels)
        if pair["same_event"] is not None and {pair["id_a"], pair["id_b"]} <= key_of.keys()
    )
    return _with_vectors(encoder, file.corpus, pairs)


def _read_pairs(file: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _report(title: str, tables: Sequence[PairTable], task: Task[_Model]) -> None:
    click.echo(f"{title}: F1 and precision at the threshold, best F1; each corpus left out")
    for score in semantic_training.leave_one_out(tables, task):
        numbers = f"{score.f1:.3f}  {score.precision:.3f}  {score.best_f1:.3f}"
        click.echo(f"  {score.name:24} {numbers}")
