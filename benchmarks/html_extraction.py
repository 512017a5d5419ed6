"""Precision and recall of the words of an article that are extracted from its page.

Precision, recall and F1 are those of the multiset of words in each page (a word that occurs twice
must be found twice; a word is a run of letters, digits and underscores, case kept), averaged over
pages. The folder holds gold.jsonl (`file`, `url`, `text`) and the gzipped pages. The extractor does
not get the address.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from trafilatura import bare_extraction

from benchmarks.output import Row, options, show
from service.ingest.parsing.html_page import extract

VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "default": {},
    "favor_precision": {"favor_precision": True},
    "favor_recall": {"favor_recall": True},
    "fast": {"fast": True},
    "no tables": {"include_tables": False},
    "comments": {"include_comments": True},
}
N_FOLDS: Final = 6
_WORD: Final = re.compile(r"\w+")


class Page(NamedTuple):
    html: str
    host: str
    gold: str


class Score(NamedTuple):
    precision: float
    recall: float
    f1: float


def pages(folder: Path) -> Iterator[Page]:
    for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        gold: dict[str, Any] = json.loads(line)
        html = gzip.decompress((folder / gold["file"]).read_bytes()).decode(errors="replace")
        yield Page(html, urlsplit(gold["url"]).hostname or "", gold["text"])


def score(extracted: str, gold: str) -> Score:
    found_words, gold_words = Counter(_WORD.findall(extracted)), Counter(_WORD.findall(gold))
    n_common = (found_words & gold_words).total()
    if not n_common:
        return Score(0.0, 0.0, 0.0)
    precision, recall = n_common / found_words.total(), n_common / gold_words.total()
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def extract_with(html: str, **options_: Any) -> str:
    document = bare_extraction(html, **{"include_comments": False, **options_})
    return str(getattr(document, "text", None) or "")


def row(name: str, scores: list[Score], seconds: float | None = None) -> Row:
    means = {
        field: fmean(getattr(page_score, field) for page_score in scores) for field in Score._fields
    }
    return {
        "options": name,
        "pages": len(scores),
        **means,
        "lowest F1": min(page_score.f1 for page_score in scores),
        "ms per page": "" if seconds is None else round(1000 * seconds / len(scores)),
    }


def score_cross_validated(all_pages: list[Page], scores: dict[str, list[Score]]) -> list[Score]:
    """Score each page with the options that are best on the other folds of hosts."""
    hosts = sorted({page.host for page in all_pages})
    fold_of = [hosts.index(page.host) % N_FOLDS for page in all_pages]
    best_options = {}
    for held_out in range(N_FOLDS):
        training_pages = [page for page, fold in enumerate(fold_of) if fold != held_out]
        best_options[held_out] = max(
            scores, key=lambda name: fmean(scores[name][page].f1 for page in training_pages)
        )
    return [scores[best_options[fold]][page] for page, fold in enumerate(fold_of)]


def measure(folder: Path) -> Iterator[Row]:
    all_pages = list(pages(folder))
    extract(all_pages[0].html)  # loads modules and word lists
    started = process_time()
    served_scores = [score(extract(page.html).text, page.gold) for page in all_pages]
    yield row("as served", served_scores, process_time() - started)
    scores = {
        name: [score(extract_with(page.html, **variant), page.gold) for page in all_pages]
        for name, variant in VARIANTS.items()
    }
    yield from (row(name, page_scores) for name, page_scores in scores.items())
    yield row("chosen on other hosts", score_cross_validated(all_pages, scores))


def main() -> None:
    args = options(__doc__).parse_args()
    show(measure(args.data), args.json)


if __name__ == "__main__":
    main()
