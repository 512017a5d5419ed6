"""Invented articles that look like copies and are none, and copies that do not look like it."""

from __future__ import annotations

from typing import Final, NamedTuple

from clustering import Article, Features, extract_features
from clustering.features.fingerprint import Fingerprint


class Story(NamedTuple):
    """Title, text and outlet of an article."""

    title: str
    text: str
    source: str = "Vestad Tidings"


def make_features(story: Story, key: int = 1, hours: float = 0) -> Features:
    """The features of a story, published some hours after the first ones."""
    published = 1.79e9 + 3600 * hours
    return extract_features(Article(key, story.title, story.text, published, story.source))


def make_fingerprint(story: Story) -> Fingerprint:
    return Fingerprint.from_bytes(make_features(story).fingerprint)


NOTICE: Final = (
    "Read the Vestad Tidings wherever you are, on paper, on your telephone or in your mailbox each"
    " morning. Members get the crossword, the letter of the editor and all pages since 1911. Our"
    " reporters are paid by readers like you, and you can leave whenever you want."
)
STUB: Final = (
    "The rest of this page is kept for members. Log in or try the first month for nothing to go on"
    " reading. If you are a member already, enter your address and we send you a link."
)
LOCK: Final = Story(
    "Sluice at Hammarn shut after crack is found",
    "The sluice at Hammarn was shut on Monday because divers found a crack in the lower gate, the"
    " canal board said. Barges must wait until a new gate has been forged in Drenby.",
)
TENOR: Final = Story(
    "Tenor Ilmar Roosk to open festival in Selje",
    "Ilmar Roosk, who sang Otello in Milan last spring, will open the festival in Selje with two"
    " evenings of Estonian songs, the organisers announced at a breakfast for the press.",
    "Selje Echo",
)
WIRE: Final = " ".join(
    [
        LOCK.text,
        "The crack is forty centimetres long and runs along a weld from the eighties, said Berit"
        " Aaltonen, the engineer in charge. About thirty barges with gravel and grain are waiting"
        " above the lock.",
        "Skippers asked for a refund of the dues that they had paid for the week. The board meets"
        " on Thursday. The canal between Hammarn and Drenby was dug by hand in four years, and"
        " carries a million tonnes of goods a year.",
    ]
)
QUAKE: Final = (
    "An earthquake of magnitude {} shook the coast {} kilometres off {} at {} on {}, the seismic"
    " office said. Nobody was hurt. Books fell from shelves in {} and {}, callers told the radio."
)
FIRST_QUAKE: Final = Story(
    "Earthquake off Selje",
    QUAKE.format(4.1, 20, "Selje", "2:15", "Monday", "Selje", "Korvik"),
)
OTHER_QUAKE: Final = Story(
    "Earthquake off Drenby",
    QUAKE.format(5.3, 31, "Drenby", "7:40", "Friday", "Tolle", "Asker"),
    "Selje Echo",
)
CORRECTED_QUAKE: Final = Story(
    "Earthquake off Selje",
    QUAKE.format(4.6, 20, "Selje", "2:15", "Monday", "Selje", "Korvik"),
    "Selje Echo",
)


def with_notice(story: Story, notice: str = NOTICE, *, first: bool = False) -> Story:
    """The story with a notice after or before its text."""
    parts = [notice, story.text] if first else [story.text, notice]
    return story._replace(text="\n\n".join(parts))
