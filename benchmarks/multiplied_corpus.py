"""As many articles as are wanted: a corpus, and copies of it in which most words are others.

In each copy, a rare word becomes one that only this copy has, as names do in unrelated news. A
common word becomes another common one of about the same frequency, so that the vocabulary grows no
faster than in real news. So copies share no more with each other than unrelated articles do, while
duplicates and events within one copy remain what they are. Nothing is drawn at random: the same
corpus gives the same copies.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any, Final

STARTER: Final = Path(__file__).parents[1] / "seeds" / "starter.jsonl"
LABELS: Final = ("event", "duplicate_group")
_MIN_COMMON_ARTICLES: Final = 8
"""A word in fewer articles is rare, at least a name of one event."""
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4,}")
"""Shorter words stay: they are mostly the function words of a language."""
_START: Final = datetime(2024, 1, 1, tzinfo=UTC)

Record = dict[str, Any]


def read_corpus(path: Path | None) -> list[Record]:
    """Return the records of a file of JSON lines, or of the starter corpus; all have a text."""
    opened = gzip.open if path and path.suffix == ".gz" else open
    with opened(path or STARTER, "rt", encoding="utf-8") as lines:
        return [record for record in map(json.loads, lines) if record.get("text")]


def iter_articles(corpus: Sequence[Record], articles_per_day: int) -> Iterator[Record]:
    """Yield the corpus, and then copies of it, without end.

    Parameters
    ----------
    corpus : sequence of dict
        Fields of articles, with labels if there are any.
    articles_per_day : int
        Determines the dates, which replace those of the corpus: other articles arrive in between.
    """
    substitution = _WordSubstitution(corpus)
    for copy in count():
        renamed = substitution.of_copy(copy)
        for position, record in enumerate(corpus):
            days = (copy * len(corpus) + position) / articles_per_day
            yield {
                **record,
                "id": f"{record.get('id', position)}-{copy}",
                "url": None,
                "title": renamed.in_text(record.get("title") or ""),
                "text": renamed.in_text(record["text"]),
                "published_at": (_START + timedelta(days=days)).isoformat(),
                **{name: _label(record[name], copy) for name in LABELS if name in record},
            }


def _label(label: object, copy: int) -> str | None:
    return None if label is None else f"{label}-{copy}"


class _WordSubstitution:
    """Which words of a corpus are common, in classes of about the same frequency."""

    def __init__(self, corpus: Iterable[Record]) -> None:
        frequencies: Counter[str] = Counter()
        for record in corpus:
            frequencies.update({word.lower() for word in _LONG_WORD.findall(record["text"])})
        by_class: defaultdict[int, list[str]] = defaultdict(list)
        for word, n_articles in sorted(frequencies.items()):
            if n_articles >= _MIN_COMMON_ARTICLES:
                by_class[n_articles.bit_length()].append(word)
        self._classes = list(by_class.values())

    def of_copy(self, copy: int) -> _Renaming:
        """Return the substitution of one copy; the first is the corpus as it is."""
        if copy == 0:
            return _Renaming(0, {})
        shuffled = random.Random(copy)
        return _Renaming(
            copy,
            {
                word: other
                for words in self._classes
                for word, other in zip(words, shuffled.sample(words, len(words)), strict=True)
            },
        )


class _Renaming:
    """The words of one copy."""

    def __init__(self, copy: int, common_words: Mapping[str, str]) -> None:
        self._copy, self._common_words = copy, common_words

    def in_text(self, text: str) -> str:
        return _LONG_WORD.sub(self._rename, text) if self._copy else text

    def _rename(self, match: re.Match[str]) -> str:
        word = match[0].lower()
        renamed = self._common_words.get(word) or self._invent(word)
        return renamed.capitalize() if match[0][0].isupper() else renamed

    def _invent(self, word: str) -> str:
        digest = blake2b(f"{self._copy}/{word}".encode(), digest_size=4).digest()
        return "".join(chr(97 + byte % 26) for byte in digest) + word[4:]
