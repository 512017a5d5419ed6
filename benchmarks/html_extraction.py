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
FOLDS: Final = 6
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


def score(found: str, gold: str) -> Score:
    ours, theirs = Counter(_WORD.findall(found)), Counter(_WORD.findall(gold))
    common = (ours & theirs).total()
    if not common:
        return Score(0.0, 0.0, 0.0)
    precision, recall = common / ours.total(), common / theirs.total()
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def variant(html: str, **chosen: Any) -> str:
    given: dict[str, Any] = {"include_comments": False, **chosen}
    document = bare_extraction(html, **given)
    return str(getattr(document, "text", None) or "")


def row(name: str, scores: list[Score], seconds: float | None = None) -> Row:
    means = {field: fmean(getattr(one, field) for one in scores) for field in Score._fields}
    worst = {"lowest F1": min(one.f1 for one in scores)}
    time = "" if seconds is None else round(1000 * seconds / len(scores))
    return {"options": name, "pages": len(scores), **means, **worst, "ms a page": time}


def chosen_elsewhere(of: list[Page], scores: dict[str, list[Score]]) -> list[Score]:
    """Each page scored with the options that are best on the other hosts' folds."""
    hosts = sorted({page.host for page in of})
    fold = [hosts.index(page.host) % FOLDS for page in of]
    picked = {}
    for held_out in range(FOLDS):
        rest = [at for at, its in enumerate(fold) if its != held_out]
        picked[held_out] = max(scores, key=lambda it: fmean(scores[it][at].f1 for at in rest))
    return [scores[picked[its]][at] for at, its in enumerate(fold)]


def measure(folder: Path) -> Iterator[Row]:
    found = list(pages(folder))
    extract(found[0].html)  # loads what is loaded once
    began = process_time()
    served = [score(extract(page.html).text, page.gold) for page in found]
    yield row("as served", served, process_time() - began)
    scores = {
        name: [score(variant(page.html, **chosen), page.gold) for page in found]
        for name, chosen in VARIANTS.items()
    }
    yield from (row(name, those) for name, those in scores.items())
    yield row("chosen on other hosts", chosen_elsewhere(found, scores))


def main() -> None:
    args = options(__doc__).parse_args()
    show(measure(args.data), args.json)


if __name__ == "__main__":
    main()
