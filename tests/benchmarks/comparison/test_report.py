"""The page of results, and its summary in README."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.comparison.__main__ import write
from benchmarks.comparison.articles import load_articles
from benchmarks.comparison.figures import Figure
from benchmarks.comparison.report import Results, find_summary, summarise
from benchmarks.comparison.sizes import Sizes


def make_results(signatures: float) -> Results:
    return Results(
        articles=load_articles(None, 150),
        sizes=Sizes(n_live=150, n_rounds=1, seconds=1),
        figures=[
            Figure("signatures from raw text, texts/s", (signatures,), "rensa", (1_000.0,)),
            Figure("signatures from raw text, texts/s", (signatures,), "datasketch", (500.0,)),
            Figure("taking in by batches, articles/s", (100.0,), "datasketch", (500.0,)),
            Figure("memory of an empty service, MB", (250.0,)),
        ],
        programs=[
            {"program": "storyfold cluster", "s": 8.0, "ratio": 4.0, "pair F1": 0.99},
            {"program": "text-dedup", "s": 2.0, "ratio": 1.0, "pair F1": 0.5},
        ],
        sampled_stages=[{"stage": "clean", "by batches, ms": 1.5}],
        stages={},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    return folder


def test_summary_gives_the_ratios() -> None:
    summary = summarise(make_results(2_000.0))
    assert "2,000 raw texts a second: 2 times rensa, 4 times datasketch" in summary
    assert "0.2 of the rate at which datasketch only signs them" in summary
    assert "takes 4 times as long as the program of text-dedup" in summary


def test_page_has_every_figure_and_names_the_articles(folder: Path) -> None:
    write(make_results(2_000.0), folder)
    page = (folder / "RESULTS.md").read_text()
    assert "| memory of an empty service, MB | 250 |" in page
    assert "| clean | 1.5 |" in page
    assert "the starter corpus, multiplied" in page
    assert (folder / "results.svg").exists()


def test_readme_quotes_the_new_summary_instead_of_the_old_one(folder: Path) -> None:
    write(make_results(2_000.0), folder)
    readme = folder.parent / "README.md"
    old = find_summary((folder / "RESULTS.md").read_text())
    readme.write_text(f"# Storyfold\n\n{old}\n[more](x)\n")
    write(make_results(3_000.0), folder)
    new = find_summary((folder / "RESULTS.md").read_text())
    assert readme.read_text() == f"# Storyfold\n\n{new}\n[more](x)\n"
    assert "3,000 raw texts" in " ".join(new.split())
