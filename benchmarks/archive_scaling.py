"""Measure how the cost of clustering an archive with Spark grows with its size and workers.

    python -m benchmarks.archive_scaling --articles 1000 10000 --masters 'local[1]' 'local[2]'

The articles are those of the starter corpus, multiplied. Every copy replaces each longer word by a
word of its own, so that copies share no more than unrelated articles do, and dates are spread by
20,000 articles a day.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from service.archive.backfill import backfill
from service.archive.session import open_session
from service.ingest.readers import find_sources

STARTER: Final = Path(__file__).parents[1] / "seeds" / "starter.jsonl"
ARTICLES_PER_DAY: Final = 20_000
FILES: Final = 8
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def replace_words(text: str, copy: int) -> str:
    """Replace each longer word by one that only this copy has, in its case."""

    def rename(match: re.Match[str]) -> str:
        word = match[0]
        digest = blake2b(f"{copy}/{word.lower()}".encode(), digest_size=4).digest()
        made = "".join(chr(97 + byte % 26) for byte in digest) + word[4:].lower()
        return made.capitalize() if word[0].isupper() else made

    return _LONG_WORD.sub(rename, text)


def iter_articles(n_articles: int) -> Iterator[dict[str, Any]]:
    records = [json.loads(line) for line in STARTER.read_text(encoding="utf-8").splitlines()]
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(n_articles):
        copy, position = divmod(number, len(records))
        record = records[position]
        days = copy * len(records) / ARTICLES_PER_DAY
        yield {
            "id": f"{record['id']}-{copy}",
            "title": replace_words(record["title"], copy),
            "text": replace_words(record["text"], copy),
            "source": record["source"],
            "language": record["language"],
            "published_at": (start + timedelta(days=days, minutes=position)).isoformat(),
        }


def write_archive(folder: Path, n_articles: int) -> None:
    folder.mkdir(parents=True)
    files = [(folder / f"{number}.jsonl").open("w", encoding="utf-8") for number in range(FILES)]
    for number, article in enumerate(iter_articles(n_articles)):
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
