"""All that is computed from one article alone: language, fingerprint, terms, origin."""

from __future__ import annotations

from functools import cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from clustering.fingerprints import Fingerprint, fingerprint
from clustering.model import Article, Features
from clustering.origin import wire_origin
from clustering.roster import UNDETERMINED
from clustering.terms import extract
from clustering.text import clean
from clustering.verification import is_brief

SURE: Final = 0.9
"""Probability from which a detected language is believed."""
READ_CHARACTERS: Final = 2000


def analyse(article: Article) -> Features:
    """Compute what judging an article needs.

    Parameters
    ----------
    article : Article

    Returns
    -------
    Features
    """
    title, text = clean(article.title), clean(article.text)
    body = text or title
    language = article.language or detect(f"{title}\n{text}")
    print_ = fingerprint(body, article.url, article.source)
    terms = extract(title, text, language)
    n_words = len(text.split()) if text else 0
    return Features(
        language,
        print_.to_bytes(),
        terms.to_bytes(),
        article.published,
        article.source,
        n_words,
        tuple(_warnings(print_, body)),
        wire_origin(title, text),
    )


def detect(text: str) -> str:
    """Detect the language of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ISO 639-1 code; "und" where it can't be told.
    """
    language, sure = _identifier().classify(text[:READ_CHARACTERS])
    return str(language) if sure >= SURE else UNDETERMINED


def _warnings(print_: Fingerprint, body: str) -> list[str]:
    if not len(print_.shingles):
        return ["there is not one word in it: it can't be matched with anything"]
    if is_brief(print_):
        n_words = len(body.split())
        return [f"too short to be matched: {n_words} words are a duplicate only of their equal"]
    return []


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
