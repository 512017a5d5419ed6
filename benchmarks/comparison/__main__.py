"""Storyfold beside other libraries, in turns, on the same articles.

`make bench` installs the libraries and runs this; the results are written to benchmarks/RESULTS.md
and quoted in README.md.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.comparison.articles import load_articles
from benchmarks.comparison.picture import draw
from benchmarks.comparison.program_rounds import ProgramRounds
from benchmarks.comparison.report import Results, find_summary, wrap_summary, write_report
from benchmarks.comparison.service_rounds import ServiceRounds
from benchmarks.comparison.signature_rounds import measure_signatures
from benchmarks.comparison.signing_process import SigningProcess, write_texts
from benchmarks.comparison.sizes import Sizes

_PICTURE: Final = "results.svg"
_REPORT: Final = "RESULTS.md"


def compare(sizes: Sizes, corpus: Path | None) -> Results:
    """Measure everything."""
    articles = load_articles(corpus, sizes.n_articles)
    with TemporaryDirectory() as name:
        folder = Path(name)
        texts = write_texts(articles.texts, folder / "texts.jsonl")
        _say("signatures")
        figures = measure_signatures(texts, sizes.signed_per_round, sizes.n_rounds)
        _say("service")
        with SigningProcess("datasketch", texts) as signing:
            service = ServiceRounds(folder, articles.records, signing, sizes)
            service.measure()
        _say("programs")
        programs = ProgramRounds(folder, articles.first(sizes.n_grouped))
        programs.measure(sizes.n_rounds)
        figures += service.figures + programs.figures()
        return Results(
            articles, sizes, figures, programs.rows(), service.sampled_stages, service.stages
        )


def _say(what: str) -> None:
    print(f"measuring: {what}", flush=True)


def write(results: Results, folder: Path) -> None:
    """Write the page and its picture, and quote the page in README if README quoted the old one."""
    report, readme = folder / _REPORT, folder.parent / "README.md"
    if report.exists() and readme.exists():
        quoted = find_summary(report.read_text(encoding="utf-8"))
        text = readme.read_text(encoding="utf-8")
        readme.write_text(text.replace(quoted, wrap_summary(results)), encoding="utf-8")
    (folder / _PICTURE).write_text(draw(results.figures), encoding="utf-8")
    report.write_text(write_report(results, _PICTURE), encoding="utf-8")


def main() -> None:
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--live", type=int, default=2_000, help="articles before anything is timed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of a round at a fixed rate")
    parser.add_argument("--articles", type=Path, help="JSON lines instead of the starter corpus")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1], help="folder")
    args = parser.parse_args()
    results = compare(Sizes(args.live, args.rounds, args.seconds), args.articles)
    write(results, args.out)
    print(args.out / _REPORT)


if __name__ == "__main__":
    main()
