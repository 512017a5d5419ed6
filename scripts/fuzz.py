"""Fuzz the parsers of what clients send, with atheris, for a fixed number of runs each.

    python -m scripts.fuzz 20000 [TARGET]...

A run that raises something else than a refusal ends the program with the input. Such inputs become
tests. Needs Python 3.11 on x86-64, for which atheris has wheels.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import atheris

with atheris.instrument_imports(include=["clustering", "service"]):
    from clustering import Article, extract_features
    from clustering.features import normalize
    from service.common import dates, strict_json
    from service.ingest.parsing import html_fragment, urls
    from service.ingest.readers.text_formats import TEXT_READERS
    from service.ingest.submission import InvalidArticleError, validate_article
    from service.store.search.query import parse_query
    from service.web.http.content_encoding import open_body
    from service.web.http.problems import ProblemError
    from service.web.http.request_body import iter_bounded_lines

MAX_CHARS: Final = 100_000


def fuzz_cleaning(data: bytes) -> None:
    """Clean a text as HTML and as plain text."""
    text = data.decode(errors="replace")
    normalize.clean(html_fragment.html_to_text(text))


def fuzz_features(data: bytes) -> None:
    """Extract shingles, terms and language."""
    text = data.decode(errors="replace")
    extract_features(Article(1, text[:40], text))


def fuzz_dates(data: bytes) -> None:
    """Read a date."""
    with suppress(ValueError):
        dates.parse_date(data.decode(errors="replace"))


def fuzz_addresses(data: bytes) -> None:
    """Canonicalise an address; doing it again must change nothing."""
    with suppress(ValueError):
        address = urls.canonicalise(f"https://a.example/{data.decode(errors='replace')}")
        assert urls.canonicalise(address) == address, address


def fuzz_lines(data: bytes) -> None:
    """Read the lines of a batch, and validate the articles in them."""
    for line in iter_bounded_lines(io.BytesIO(data), 1 << 16):
        with suppress(ValueError, InvalidArticleError):
            validate_article(strict_json.parse(line.decode("utf-8-sig")), max_text_chars=MAX_CHARS)


def fuzz_tables(data: bytes) -> None:
    """Read a CSV table."""
    for _ in TEXT_READERS["csv"](io.BytesIO(b"id,text,published_at\n" + data), "fuzzed"):
        pass


def fuzz_bodies(data: bytes) -> None:
    """Decompress a body, up to a limit."""
    for encoding in ("gzip", "deflate", "br"):
        with suppress(ProblemError):
            open_body(io.BytesIO(data), encoding, MAX_CHARS).read()


def fuzz_queries(data: bytes) -> None:
    """Parse what is searched for."""
    with suppress(ValueError):
        parse_query(data.decode(errors="replace"))


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    name.removeprefix("fuzz_"): target
    for name, target in list(globals().items())
    if name.startswith("fuzz_")
}


SEEDS: Final[dict[str, list[bytes]]] = {
    "cleaning": [b"<p>A &amp; b</p><br>c", b"LONDON (Reuters) - Text"],
    "features": ["The ferry Älma ran aground. 渡轮搁浅 паром".encode()],
    "dates": [b"2025-05-04T10:00:00+02:00", b"Sun, 4 May 2025 10:00 GMT", b"4. Mai 2025"],
    "addresses": [b"index.html?utm_source=a&id=1#post-7", b"web/20250504000000/https://b.example/"],
    "lines": [
        b'{"id": "a", "url": "https://a.example/", "html": "<p>x</p>", "language": "en"}\n',
        b'{"@type": "NewsArticle", "headline": "x", "datePublished": "2025-05-04"}\n',
    ],
    "tables": [b'1,"a ""b"" c",2025-05-04\n', b"sep=;\n2;x;y\n"],
    "bodies": [gzip.compress(b"text"), zlib.compress(b"text")],
    "queries": [b'a "b c" OR begin* -without'],
}
"""Inputs to begin with; the others are made from them."""


def run(name: str, n_runs: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    warnings.simplefilter("ignore")
    with TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS[name]):
            Path(folder, str(number)).write_bytes(seed)
        options = [f"-atheris_runs={n_runs}", "-seed=1", "-max_len=400"]
        atheris.Setup([sys.argv[0], *options, folder], TARGETS[name])
        atheris.Fuzz()


def main(n_runs: str, *names: str) -> None:
    """Fuzz the named targets, by default all, each in a process of its own."""
    if len(names) == 1:
        run(names[0], int(n_runs))
        return
    for name in names or TARGETS:
        print(name, flush=True)
        command = [sys.executable, "-m", "scripts.fuzz", n_runs, name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
