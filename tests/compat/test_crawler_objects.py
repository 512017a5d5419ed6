"""Articles as crawlers write them, posted as they are.

`objects/` holds what the programs in `makers/` printed, each run with the package it is named for;
the slow tests install the packages, run them again, and post what they make now.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from service.common import dates
from tests.support.venvs import venv_python

HERE = Path(__file__).parent
PAGES = {"feedparser": "feed.xml"}

URL = "https://courier.example/2025/05/12/corran-point-lighthouse"
TITLE = "Lighthouse at Corran Point goes dark for repairs"
FIRST = "The lighthouse at Corran Point will be dark for six weeks"
MORNING, MIDNIGHT = "2025-05-12T07:45:00Z", "2025-05-12T00:00:00Z"


class Expected(NamedTuple):
    package: str
    object: str
    aliases: dict[str, str]
    published_at: str = MORNING
    source: str | None = "Tarbrook Courier"
    language: str | None = "en"
    canonical_url: str | None = URL
    last: str = "before the herring season opens in July."


EXPECTED = [
    Expected(
        "news_please",
        "library",
        {"text": "maintext", "published_at": "date_publish", "source": "source_domain"},
        source="courier.example",
    ),
    Expected(
        "news_please",
        "json-file",
        {"text": "maintext", "published_at": "date_publish", "source": "source_domain"},
        source="courier.example",
    ),
    Expected(
        "news_please",
        "item",
        {
            "title": "article_title",
            "text": "article_text",
            "published_at": "article_publish_date",
            "source": "source_domain",
            "language": "article_language",
        },
        source="courier.example",
    ),
    Expected(
        "fundus",
        "whole",
        {"text": "body", "published_at": "publishing_date"},
        source=None,
        language=None,
        canonical_url=None,
    ),
    Expected(
        "fundus",
        "chosen",
        {
            "text": "plaintext",
            "published_at": "publishing_date",
            "language": "lang",
            "source": "publisher",
        },
        canonical_url=None,
    ),
    Expected(
        "newspaper4k",
        "article",
        {"published_at": "publish_date", "source": "meta_site_name"},
        published_at=MIDNIGHT,
    ),
    Expected(
        "trafilatura",
        "json",
        {"url": "source", "published_at": "date", "source": "source-hostname"},
        published_at=MIDNIGHT,
        language=None,
    ),
    Expected(
        "feedparser",
        "entry",
        {"url": "link", "text": "content/0/value", "published_at": "published_parsed"},
        source=None,
        language=None,
        last="by the keeper, Osric Vane & his daughter.",
    ),
    Expected(
        "extruct",
        "graph",
        {
            "url": "@graph/1/mainEntityOfPage/@id",
            "title": "@graph/1/headline",
            "text": "@graph/1/articleBody",
            "published_at": "@graph/1/datePublished",
            "source": "@graph/1/publisher/name",
            "language": "@graph/1/inLanguage",
        },
    ),
    Expected(
        "extruct",
        "article",
        {
            "url": "mainEntityOfPage/@id",
            "title": "headline",
            "text": "articleBody",
            "published_at": "datePublished",
            "language": "inLanguage",
        },
        source=None,
    ),
    Expected(
        "mediacloud_metadata",
        "story",
        {"title": "article_title", "text": "text_content", "published_at": "publication_date"},
        published_at=MIDNIGHT,
        source=None,
    ),
]

every_object = pytest.mark.parametrize(
    "expected", EXPECTED, ids=lambda expected: f"{expected.package}-{expected.object}"
)


def recorded(package: str) -> dict[str, Any]:
    return json.loads((HERE / "objects" / f"{package}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def made() -> Iterator[Any]:
    """Make objects with the real packages, each package asked once."""
    known: dict[str, dict[str, Any]] = {}

    def make(package: str) -> dict[str, Any]:
        if package not in known:
            known[package] = run(venv_python(package.replace("_", "-")), package)
        return known[package]

    return make


def run(python: Path, package: str) -> dict[str, Any]:
    page = HERE / "pages" / PAGES.get(package, "report.html")
    # Some would like to fetch lists from the web, and do without.
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    command = [python, "-P", HERE / "makers" / f"{package}.py", page]
    done = subprocess.run(command, env=os.environ | nowhere, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def check(client: FlaskClient, article: dict[str, Any], expected: Expected) -> None:
    answer = client.post("/v1/articles", json=article).get_json()
    assert answer["aliases"] == expected.aliases
    taken = client.get(f"/v1/articles/{answer['article_id']}").get_json()
    assert taken["title"] == TITLE
    assert taken["text"].startswith(FIRST)
    assert taken["text"].endswith(expected.last)
    assert "<" not in taken["text"]
    assert dates.parse(taken["published_at"]) == dates.parse(expected.published_at)
    for field in ("source", "language", "canonical_url"):
        assert taken[field] == getattr(expected, field), field


@every_object
def test_a_recorded_object_is_taken_as_it_is(client: FlaskClient, expected: Expected) -> None:
    check(client, recorded(expected.package)[expected.object], expected)


@pytest.mark.slow
@every_object
def test_an_object_made_now_is_taken_as_it_is(
    client: FlaskClient, made: Any, expected: Expected
) -> None:
    article = made(expected.package)[expected.object]
    check(client, article, expected)
    assert article.keys() == recorded(expected.package)[expected.object].keys()
