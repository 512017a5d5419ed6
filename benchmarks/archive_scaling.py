"""Measure how the cost of clustering an archive with Spark grows with its size and workers.

    python -m benchmarks.archive_scaling --articles 1000 10000 --masters 'local[1]' 'local[2]'

The articles are those of the starter corpus, multiplied (`multiplied_corpus`), with dates spread by
20,000 articles a day.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks.multiplied_corpus import iter_articles, read_corpus
from service.archive.backfill import backfill
from service.archive.session import open_session
from service.ingest.readers import find_sources

ARTICLES_PER_DAY: Final = 20_000
FILES: Final = 8


def write_archive(folder: Path, n_articles: int) -> None:
    folder.mkdir(parents=True)
    files = [(folder / f"{number}.jsonl").open("w", encoding="utf-8") for number in range(FILES)]
    articles = islice(iter_articles(read_corpus(None), ARTICLES_PER_DAY), n_articles)
    for number, article in enumerate(articles):
        files[number * FILES // n_articles].write(json.dumps(article) + "\n")
    for file in files:
        file.close()


def count_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(master: str, n_articles: int) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="archive-"))
    write_archive(home / "in", n_articles)
    stages: dict[str, float] = {}
    spark = open_session(master)
    spark.sparkContext.setLogLevel("ERROR")
    try:
        sources = list(find_sources([str(home / "in")]))
        started = time.monotonic()
        backfill(
            spark,
            sources,
            home / "out",
            on_stage=lambda name, _, seconds: stages.update({name: round(seconds or 0, 1)}),
        )
        seconds = time.monotonic() - started
        sizes = {path.name: count_bytes(path) for path in (home / "out").iterdir() if path.is_dir()}
    finally:
        spark.stop()
    result = {
        "master": master,
        "articles": n_articles,
        "seconds": round(seconds, 1),
        "ms_per_article": round(1000 * seconds / n_articles, 2),
        "input_bytes_per_article": count_bytes(home / "in") // n_articles,
        "written_bytes_per_article": sum(sizes.values()) // n_articles,
        "stages": stages,
        "bytes": sizes,
    }
    shutil.rmtree(home)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--masters", nargs="+", default=["local[2]"])
    options = parser.parse_args()
    for n_articles in options.articles:
        for master in options.masters:
            print(json.dumps(measure(master, n_articles)), flush=True)


if __name__ == "__main__":
    main()
