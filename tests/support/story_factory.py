"""Invented articles for tests, variants of their texts, and an index to add them to.

Everything is drawn from seeds, so that a failure can be reproduced.
"""

from __future__ import annotations

import html
import random
from collections.abc import Callable, Iterable, Sequence

from hypothesis import settings

from clustering import Article, ArticleIndex, Features, extract_features
from clustering.similarity.idf import IdfSnapshot
from clustering.types import Assignment

deterministic = settings(derandomize=True, deadline=None, max_examples=100)
"""Hypothesis draws the same examples each time."""

_COMMON_WORDS = """
about above after again against almost along already although always among another answer around
asked autumn bank become before began behind below best better between board bridge broken building
bus called came careful carried centre chance change children church city clear close coast cold
common company corner council country court crossing danger decision deep delay door doubt drove
early east empty end enough evening every evidence family farm fell field final fire first flood
follow forest found friend garden gave glass gone ground growing half hall harbour harder heard
heavy help high hill hospital hour house hundred island judge key kitchen known lake large last
later leader leave less letter level light line little local long lower market meeting member middle
mile minister minute money month morning mountain moved music near need never night nobody north
notice nothing offer office officer old open order outside paid paper park part passed past people
perhaps place plan police poor port price public quick quiet rail rain reached ready repair report
rescue rest rich river road roof room round rule safe said sale school sea second secret seen seven
several ship shop short show side silent simple sister small snow soft soon south speech square
station stone storm street strong student summer sure table teacher term thing third thought three
time told tower town trade train tree trial turn under until used valley vessel village visit vote
voice waited walk wall warm watch water week west white whole wide wife wind window winter without
witness woman wood word work worse writer year young
"""
COMMON_WORDS = _COMMON_WORDS.split()

_SOUNDS = (
    "b br d dr f g gr h k kl l m n p r s st t tr v w z",
    "a e i o u ae ai ei oa ou",
    "ck ld lm nd ng r rn sk ss th v x",
)
_OPENINGS, _MIDDLES, _ENDINGS = (sounds.split() for sounds in _SOUNDS)


class StoryFactory:
    """Makes texts from a seed; two of them share common words only."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def invented_name(self) -> str:
        """Return a name that is in no dictionary."""
        parts = (self.random.choice(_OPENINGS) + self.random.choice(_MIDDLES) for _ in range(2))
        return ("".join(parts) + self.random.choice(_ENDINGS)).capitalize()

    def names(self, size: int = 6) -> list[str]:
        """Return the names of one story."""
        return [self.invented_name() for _ in range(size)]

    def sentence(self, names: Sequence[str]) -> str:
        """Return a sentence of 9 to 17 words, about a fifth of them names."""
        words = [
            self.random.choice(names)
            if self.random.random() < 0.2
            else self.random.choice(COMMON_WORDS)
            for _ in range(self.random.randint(9, 17))
        ]
        words[0] = words[0].capitalize()
        return " ".join(words) + "."

    def text(self, n_sentences: int = 18, names: Sequence[str] = ()) -> str:
        """Return a text in paragraphs of three sentences; 18 sentences have about 230 words."""
        names = names or self.names()
        sentences = [self.sentence(names) for _ in range(n_sentences)]
        paragraphs = (sentences[start : start + 3] for start in range(0, n_sentences, 3))
        return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)

    def earnings_report(self) -> str:
        """Return a report from a template, with invented names and numbers."""
        company, chief, product, rival = self.names(4)
        profit, share, sales, before, jobs = (self.random.randint(11, 989) for _ in range(5))
        return (
            f"{company} said on {self.random.choice(_DAYS)} that its profit in the "
            f"{self.random.choice(_QUARTERS)} quarter rose to {profit} million crowns, or {share} "
            f"cents a share, as demand for {product} held up better than expected.\n\n"
            f"Sales came to {sales} million crowns, compared with {before} million a year earlier. "
            f"Analysts had expected less.\n\n"
            f"“We are pleased with the quarter,” said {chief}, chief executive of {company}, which "
            f"competes with {rival}. The company plans to hire {jobs} people."
        )

    def with_ocr_errors(self, text: str, share: float = 0.06) -> str:
        """Return the text with OCR errors in some words."""
        confusions = str.maketrans("leoSnB", "1c05u8")
        return " ".join(
            word.translate(confusions) if self.random.random() < share else word
            for word in text.split(" ")
        )

    def with_words_replaced(self, text: str, share: float = 0.06) -> str:
        """Return the text with some words replaced."""
        words = text.split(" ")
        return " ".join(
            self.random.choice(COMMON_WORDS) if self.random.random() < share else word
            for word in words
        )


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_QUARTERS = ("first", "second", "third", "fourth")

BOILERPLATE = (
    "This outlet keeps small files on your device to learn which stories are read and to pay for "
    "them with advertisements. By reading on you agree to that; you may take back your consent at "
    "any time under settings, where you also find out how to cancel a subscription, whom to ask "
    "about corrections and how to send us a letter. All rights reserved; no part may be printed "
    "again without permission in writing."
)


def truncate(text: str, share: float = 0.4) -> str:
    """Return the first part of a text, in whole words."""
    words = text.split(" ")
    return " ".join(words[: int(len(words) * share)])


def typographic(text: str) -> str:
    """Return the text with typographic quotes, dashes and spaces."""
    return text.replace('"', "”").replace("'", "’").replace(" - ", " — ").replace(". ", ".\u00a0")


COPY_VARIANTS: dict[str, Callable[[str, StoryFactory], str]] = {
    "cut to 40%": lambda text, _: truncate(text),
    "without its lead": lambda text, _: text.partition("\n\n")[2],
    "under another head": lambda text, factory: f"{factory.sentence(factory.names())}\n\n{text}",
    "notice before": lambda text, _: f"{BOILERPLATE}\n\n{text}",
    "notice after": lambda text, _: f"{text}\n\n{BOILERPLATE}",
    "notice in the middle": lambda text, _: text.replace("\n\n", f"\n\n{BOILERPLATE}\n\n", 1),
    "words changed": lambda text, factory: factory.with_words_replaced(text),
    "other quotes and spaces": lambda text, _: typographic(text),
    "scanned": lambda text, factory: factory.with_ocr_errors(text),
    "all capitals": lambda text, _: text.upper(),
    "entities": lambda text, _: html.escape(text).replace("e", "&#101;"),
    "tags": lambda text, _: "<p>" + text.replace("\n\n", "</p>\n<p class='x'>") + "</p>",
    "paragraphs moved": lambda text, _: "\n\n".join(reversed(text.split("\n\n"))),
    "marks of direction": lambda text, _: text.replace(" ", " \u200f"),
    "soft hyphens": lambda text, _: text.replace("ar", "a\u00adr"),
    "full width": lambda text, _: text.replace("a", "ａ"),
}
"""Changes that outlets and crawlers make to a text."""


def make_article(key: int, text: str, published: float | None = None, **fields: str) -> Article:
    """Return an article in English, without title and source unless given."""
    return Article(key, fields.pop("title", ""), text, published, **{"language": "en", **fields})


class IndexHarness:
    """An index with the features, assignments and snapshot that a service would store."""

    def __init__(self) -> None:
        self.features: dict[int, Features] = {}
        self.assignments: dict[int, Assignment] = {}
        self.idf_snapshot = IdfSnapshot().to_bytes()
        self.next_group = self.next_event = 1
        self.index = ArticleIndex(self._fetch)

    def add(self, key: int, features: Features) -> Assignment:
        self.features[key] = features
        with self.index.begin() as change:
            proposal = change.propose(key, features)
            change.commit()
        assert proposal.assignment is not None
        self._record(proposal.assignment, *proposal.reassigned)
        if self.index.is_snapshot_due():
            self.idf_snapshot = self.index.snapshot()
            self.index.update_idf(self.idf_snapshot)
        return proposal.assignment

    def remove(self, key: int) -> None:
        with self.index.begin() as change:
            proposal = change.propose_removal(key)
            change.commit()
        del self.assignments[key], self.features[key]
        self._record(*proposal.reassigned)

    def take_snapshot(self) -> None:
        """Weigh terms by what was seen so far."""
        self.idf_snapshot = self.index.snapshot()
        self.index.reset_idf(self.idf_snapshot)

    def reloaded(self) -> ArticleIndex:
        """A new index, loaded with the recorded features and assignments."""
        index = ArticleIndex(self._fetch)
        index.reset_idf(self.idf_snapshot)
        rows = ((key, features, self.assignments[key]) for key, features in self.features.items())
        index.load(rows, self.next_group, self.next_event)
        return index

    def _fetch(self, keys: Sequence[int]) -> dict[int, bytes]:
        return {key: self.features[key].fingerprint for key in keys}

    def _record(self, *assignments: Assignment) -> None:
        for assignment in assignments:
            self.assignments[assignment.article] = assignment
            self.next_group = max(self.next_group, assignment.group + 1)
            self.next_event = max(self.next_event, assignment.event + 1)

    def add_texts(self, texts: Iterable[str]) -> list[Assignment]:
        """Add texts, numbered from 1; return their assignments after the last."""
        for key, text in enumerate(texts, start=1):
            self.add(key, extract_features(make_article(key, text)))
        return [self.assignments[key] for key in sorted(self.assignments)]


def duplicate_groups_of(texts: Iterable[str]) -> list[int]:
    """The duplicate group of each text after all are added."""
    return [assignment.group for assignment in IndexHarness().add_texts(texts)]
