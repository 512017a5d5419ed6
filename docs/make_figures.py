"""Draw the figures of docs/duplicates.md from the starter corpus, as SVG.

`make figures` runs this script, which writes docs/pictures/*.svg. A test draws the figures again,
and compares them and the numbers in the text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Final

from clustering import Article, ArticleIndex, extract_features
from clustering.duplicates.comparison import (
    DUPLICATE_THRESHOLD,
    FULL_WEIGHT_GROUPS,
    MIN_SHARED_SHINGLES,
    Comparison,
    compare,
    shingle_weight,
)
from clustering.explain.explanation import Explanation, Passage
from clustering.explain.pair import explain
from clustering.features.fingerprint import Fingerprint
from service.ingest.starter_corpus import CORPUS_PATH
from service.ingest.submission import validate_article

FOLDER: Final = Path(__file__).parent / "pictures"
CUT_DOWN: Final = ("s001", "s008")
SHARED_NOTICE: Final = ("s016", "s021")
BINS: Final = 20

_PAPER, _INK, _SOFT, _REST = "#fffefb", "#1d1b18", "#5e574c", "#ddd6c8"
_RARE, _COMMON = "#2f6f8f", "#d08a2e"
_WIDTH: Final = 760


@dataclass(frozen=True)
class Pair:
    """Two articles of the corpus, their comparison, and whether they are near-duplicates."""

    ids: tuple[str, str]
    is_duplicate: bool
    compared: Comparison
    shared_bands: int


class Corpus:
    """The starter corpus in an index, as the service has it."""

    def __init__(self) -> None:
        records = [
            json.loads(line) for line in CORPUS_PATH.read_text(encoding="utf-8").splitlines()
        ]
        self.gold = {record["id"]: record["duplicate_group"] for record in records}
        self.articles = {
            record["id"]: validate_article(record, max_text_chars=1_000_000).to_article(key)
            for key, record in enumerate(records, start=1)
        }
        self.features = {
            article.key: extract_features(article) for article in self.articles.values()
        }
        self.fingerprints = {
            name: Fingerprint.from_bytes(self.features[article.key].fingerprint)
            for name, article in self.articles.items()
        }
        self.index = ArticleIndex(
            lambda keys: {key: self.features[key].fingerprint for key in keys}
        )
        for article in self.articles.values():
            self._add(article)

    def _add(self, article: Article) -> None:
        features = self.features[article.key]
        with self.index.begin() as change:
            change.propose(article.key, features)
            change.commit()
        if self.index.is_snapshot_due():
            self.index.reset_idf(self.index.snapshot())

    def explain(self, first: str, second: str) -> Explanation:
        """Explain a pair as `storyfold explain` does."""
        pair = self.articles[first], self.articles[second]
        group_frequency = partial(self.index.group_frequency, pair[0].key, pair[1].key)
        return explain(*pair, group_frequency, self.index.idf_snapshot)

    def pairs(self) -> list[Pair]:
        """Every pair that shares enough shingles to be compared."""
        return [
            pair
            for ids in combinations(self.articles, 2)
            if (pair := self._pair(*ids)).compared.containment
            * min(len(self.fingerprints[name].shingles) for name in ids)
            >= MIN_SHARED_SHINGLES - 0.5
        ]

    def _pair(self, first: str, second: str) -> Pair:
        fingerprint, other_fingerprint = self.fingerprints[first], self.fingerprints[second]
        keys = self.articles[first].key, self.articles[second].key
        compared = compare(
            fingerprint,
            other_fingerprint,
            lambda text: shingle_weight(self.index.group_frequency(*keys, text.sampled_shingles)),
        )
        bands = int(sum(fingerprint.band_hashes == other_fingerprint.band_hashes))
        return Pair((first, second), self.gold[first] == self.gold[second], compared, bands)


def facts(corpus: Corpus) -> list[str]:
    """Return the sentences of the text that hold measured numbers."""
    pairs = corpus.pairs()
    duplicates = [pair for pair in pairs if pair.is_duplicate]
    others = [pair for pair in pairs if not pair.is_duplicate]
    cut_down = corpus.explain(*CUT_DOWN).duplicate
    shared_notice = corpus.explain(*SHARED_NOTICE).duplicate
    below = sum(pair.compared.jaccard < shared_notice.jaccard for pair in duplicates)
    without_band = sum(not pair.shared_bands for pair in duplicates)
    with_keys = sum(_count_shared_keys(corpus, pair) >= 2 for pair in duplicates)
    missed = sum(not pair.compared.is_linked for pair in duplicates)
    joined = sum(pair.compared.is_linked for pair in others)
    return [
        f"a Jaccard index of {cut_down.jaccard:.2f} and a containment of"
        f" {cut_down.containment:.2f}",
        f"a Jaccard index of {shared_notice.jaccard:.2f} and a containment of"
        f" {shared_notice.containment:.2f}",
        f"{below} of the {len(duplicates)} pairs of near-duplicates",
        f"{without_band} of the {len(duplicates)} share no band",
        f"{with_keys} of the {len(duplicates)} share at least two sampled shingles",
        f"share {cut_down.n_shared_sampled} sampled shingles",
        f"weight of {shared_notice.mean_shared_weight:.2f} on average",
        f"score falls from {shared_notice.containment:.2f} to {shared_notice.score:.2f}",
        f"{len(others)} other pairs",
        f"{missed} of the {len(duplicates)} near-duplicates falls short",
        f"{joined} of the other pairs reaches it",
    ]


def bars(explanation: Explanation, names: tuple[str, str]) -> str:
    """Draw two texts as bars, with their shared passages."""
    lengths = [article.n_shingles for article in (explanation.first, explanation.second)]
    scale = (_WIDTH - 90) / max(*lengths, 1)
    parts = [
        _bar(name, y, length * scale)
        for name, y, length in zip(names, (24, 104), lengths, strict=True)
    ]
    parts += [_link(passage, scale) for passage in reversed(explanation.duplicate.passages)]
    return _drawing(176, [*parts, *_legend(156)])


def _bar(name: str, y: int, width: float) -> str:
    label = f'<text x="8" y="{y + 19}" fill="{_INK}">{name}</text>'
    return label + f'<rect x="70" y="{y}" width="{width:.1f}" height="28" fill="{_REST}"/>'


def _link(passage: Passage, scale: float) -> str:
    frequency = passage.group_frequency
    colour = _COMMON if frequency and frequency[1] > FULL_WEIGHT_GROUPS else _RARE
    starts = passage.first_start, passage.second_start
    above, below = (70 + (word - 1) * scale for word in starts)
    width = passage.n_words * scale
    corners = f"{above:.1f},52 {above + width:.1f},52 {below + width:.1f},104 {below:.1f},104"
    boxes = "".join(
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="28" fill="{colour}"/>'
        for x, y in ((above, 24), (below, 104))
    )
    return f'<polygon points="{corners}" fill="{colour}" opacity="0.25"/>{boxes}'


def _legend(y: int) -> list[str]:
    entries = (
        (_RARE, 70, f"in both, in up to {FULL_WEIGHT_GROUPS} groups"),
        (_COMMON, 330, "in both, in more groups"),
        (_REST, 540, "in one text only"),
    )
    return [
        f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{x + 18}" y="{y + 11}" fill="{_SOFT}">{label}</text>'
        for colour, x, label in entries
    ]


def histograms(pairs: list[Pair]) -> str:
    """Draw Jaccard index and score of near-duplicates (upwards) and other pairs (downwards)."""
    jaccards = [(pair.is_duplicate, pair.compared.jaccard) for pair in pairs]
    scores = [(pair.is_duplicate, pair.compared.score) for pair in pairs]
    x = 390 + DUPLICATE_THRESHOLD * 310
    threshold_line = (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="36" y2="252" stroke="{_INK}" stroke-dasharray="4"/>'
    )
    note = f'<text x="{x + 5:.1f}" y="48" fill="{_INK}">{DUPLICATE_THRESHOLD}</text>'
    return _drawing(
        310,
        [
            *_histogram("Jaccard index", 40, jaccards),
            *_histogram("score", 390, scores),
            threshold_line,
            note,
        ],
    )


def _histogram(title: str, left: int, values: list[tuple[bool, float]]) -> list[str]:
    parts = [f'<text x="{left}" y="20" fill="{_INK}">{title}</text>']
    for upwards, colour in ((True, _RARE), (False, _COMMON)):
        counts = [0] * BINS
        for is_duplicate, value in values:
            counts[min(int(value * BINS), BINS - 1)] += is_duplicate == upwards
        parts += [
            _column(left, bin_number, count, upwards, colour)
            for bin_number, count in enumerate(counts)
            if count
        ]
    parts.append(f'<line x1="{left}" x2="{left + 310}" y1="150" y2="150" stroke="{_INK}"/>')
    for tick in (0, 0.5, 1):
        parts.append(f'<text x="{left + tick * 304:.0f}" y="275" fill="{_SOFT}">{tick:g}</text>')
    parts.append(f'<text x="{left}" y="298" fill="{_RARE}">up: near-duplicates</text>')
    parts.append(f'<text x="{left + 140}" y="298" fill="#9a6117">down: other pairs</text>')
    return parts


def _column(left: int, bin_number: int, count: int, upwards: bool, colour: str) -> str:
    height = min(count * 8, 96)
    y, label = (150 - height, 146 - height) if upwards else (150, 163 + height)
    x = left + bin_number * 310 / BINS
    return (
        f'<rect x="{x:.1f}" y="{y}" width="14" height="{height}" fill="{colour}"/>'
        f'<text x="{x + 7:.1f}" y="{label}" font-size="10" text-anchor="middle"'
        f' fill="{_SOFT}">{count}</text>'
    )


def _drawing(height: int, parts: list[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="13">\n'
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>\n{body}\n</svg>\n'
    )


def figures(corpus: Corpus) -> dict[str, str]:
    """Draw every figure, by file name."""
    return {
        "cut-down.svg": bars(corpus.explain(*CUT_DOWN), CUT_DOWN),
        "shared-notice.svg": bars(corpus.explain(*SHARED_NOTICE), SHARED_NOTICE),
        "scores.svg": histograms(corpus.pairs()),
    }


def _count_shared_keys(corpus: Corpus, pair: Pair) -> int:
    first, second = ({*corpus.fingerprints[name].sampled_shingles.tolist()} for name in pair.ids)
    return len(first & second)


def main() -> None:
    """Write every figure."""
    corpus = Corpus()
    for name, drawing in figures(corpus).items():
        (FOLDER / name).write_text(drawing, encoding="utf-8")
        print(FOLDER / name)
    print(*facts(corpus), sep="\n")


if __name__ == "__main__":
    main()
