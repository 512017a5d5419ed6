"""A flood of one template: the same report many times, with different names and numbers.

The processor time for one article must not grow with the number of earlier ones, and no two
articles may be joined.
"""

from __future__ import annotations

import random
from collections import Counter
from statistics import median
from time import process_time

from benchmarks.duplicate_stream import Stream
from benchmarks.output import Row, options, show
from clustering.features.fingerprint import compute_fingerprint

ARTICLES_PER_TEMPLATE = 20_000
WINDOW = 1_000
"""Articles at the start and at the end of the flood whose times are compared."""
TEMPLATES = {
    "earnings": (
        "{name} Inc of {place} on {day} reported net income of {n} million dollars, or {n} "
        "cents a share, for the three months that ended in {month}, compared with {n} million "
        "dollars, or {n} cents a share, in the same period of the year before. Revenue rose {n} "
        "percent to {n} million dollars. Analysts had expected earnings of {n} cents a share on "
        "average, not counting one-off gains and costs. The company's chief executive, {name} "
        "{name}, said in a statement that demand had been strong in all divisions and that the "
        "order book was well filled for the rest of the year. For the full year the company now "
        "expects revenue of between {n} and {n} million dollars and earnings of between {n} and "
        "{n} cents a share. Shares of {name} closed at {n} dollars on {day}, up {n} percent "
        "since the beginning of the year. The board declared a quarterly dividend of {n} cents "
        "a share, payable on {month} {n} to shareholders of record on {month} {n}. {name}, "
        "which was founded in {place} in {n}, makes parts for the {word} industry and employs "
        "{n} people at {n} sites. This report was produced automatically from data supplied by "
        "the company and was not checked by an editor before it was published."
    ),
    "weather": (
        "{place}: cloudy at first on {day}, sunny later, with a high of {n} degrees in the "
        "afternoon. Light winds from the {word}. Overnight lows around {n}. Chance of rain {n} "
        "percent. The outlook for {day}: dry, with a high of {n} degrees."
    ),
}


def fill(template: str, rng: random.Random) -> str:
    """Return a template with random names and numbers."""
    for field in ("name", "place", "word"):
        while f"{{{field}}}" in template:
            name = _name(rng) if field != "word" else _name(rng).lower()
            template = template.replace(f"{{{field}}}", name, 1)
    for field, choices in (("day", DAYS), ("month", MONTHS), ("n", range(10, 3000))):
        while f"{{{field}}}" in template:
            template = template.replace(f"{{{field}}}", str(rng.choice(choices)), 1)
    return template


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = ("January", "March", "April", "June", "July", "September", "October", "December")


def _name(rng: random.Random) -> str:
    syllables = ("ba", "den", "fi", "gor", "ka", "lem", "mo", "nur", "pel", "ros", "tav", "wi")
    return "".join(rng.choices(syllables, k=3)).title()


def measure(name: str, articles: int) -> Row:
    rng, stream = random.Random(1), Stream()
    seconds, verified = [], 0
    for _ in range(articles):
        fingerprint = compute_fingerprint(fill(TEMPLATES[name], rng))
        started = process_time()
        arrival = stream.add(fingerprint)
        seconds.append(process_time() - started)
        verified += len(arrival.compared)
    start, end = median(seconds[:WINDOW]), median(seconds[-WINDOW:])
    sizes = Counter(stream.groups())
    return {
        "template": name,
        "articles": articles,
        "ms at the start": 1000 * start,
        "ms at the end": 1000 * end,
        "ratio": end / start,
        "slowest ms": 1000 * max(seconds),
        "verified per article": verified / articles,
        "false groups": sum(size > 1 for size in sizes.values()),
        "largest group": max(sizes.values()),
    }


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument(
        "--articles", type=int, default=ARTICLES_PER_TEMPLATE, help="of each template"
    )
    args = parser.parse_args()
    show((measure(name, args.articles) for name in TEMPLATES), args.json)


if __name__ == "__main__":
    main()
