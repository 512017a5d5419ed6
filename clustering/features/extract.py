"""Features of one article: language, fingerprint, terms and wire agency."""

from __future__ import annotations

from clustering.features.fingerprint import Fingerprint, compute_fingerprint, is_too_short
from clustering.features.language import DetectedLanguage, canonical_code, detect_language
from clustering.features.normalize import clean
from clustering.features.terms import extract_terms
from clustering.features.wire_agency import detect_wire_agency
from clustering.types import Article, Features


def extract_features(article: Article) -> Features:
    """Compute all features of an article. They depend on nothing but the article.

    Parameters
    ----------
    article : Article

    Returns
    -------
    Features
    """
    title, text = clean(article.title), clean(article.text)
    body = text or title
    language = _language(article.language, f"{title}\n{text}")
    terms = extract_terms(title, text, language.code, language.likeliest)
    fingerprint = compute_fingerprint(body, article.url, article.source, title, terms)
    n_words = len(text.split()) if text else 0
    return Features(
        language.code,
        fingerprint.to_bytes(),
        terms.to_bytes(),
        article.published,
        article.source,
        n_words,
        tuple(_warnings(fingerprint, body)),
        detect_wire_agency(title, text),
        article.date_only,
    )


def _language(given: str | None, text: str) -> DetectedLanguage:
    if not given:
        return detect_language(text)
    code = canonical_code(given)
    return DetectedLanguage(code, code)


def _warnings(fingerprint: Fingerprint, body: str) -> list[str]:
    if not len(fingerprint.shingles):
        return ["the article has no words and cannot be matched"]
    if is_too_short(fingerprint):
        n_words = len(body.split())
        length = "1 word" if n_words == 1 else f"{n_words} words"
        return [f"only {length}: the article is a near-duplicate only of an identical text"]
    return []
