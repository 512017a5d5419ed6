"""Syllables that invented words are made of."""

from __future__ import annotations

SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu"),
    *("pa", "re", "si", "to", "vu", "wa", "xe", "yi", "zo"),
)
