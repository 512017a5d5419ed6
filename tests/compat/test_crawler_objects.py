"""Articles as other packages output them, posted unchanged.

`objects/` holds the output of the programs in `makers/`, each run with the package of its name. The
slow tests install the packages, run the programs again, and post their current output.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import cache
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


def read_recorded(package: str) -> dict[str, Any]:
    return json.loads((HERE / "objects" / f"{package}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def make_objects() -> Callable[[str], dict[str, Any]]:
    """Return a function that makes objects with the real packages, each package run once."""

    @cache
    def make(package: str) -> dict[str, Any]:
        return run_maker(venv_python(package.replace("_", "-")), package)

    return make


def run_maker(python: Path, package: str) -> dict[str, Any]:
    page = HERE / "pages" / PAGES.get(package, "report.html")
    # Some packages try to fetch lists from the web, and work without them.
    unreachable_proxy = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    command = [python, "-P", HERE / "makers" / f"{package}.py", page]
    result = subprocess.run(
        command, env=os.environ | unreachable_proxy, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)


def check_stored_article(client: FlaskClient, article: dict[str, Any], expected: Expected) -> None:
    result = client.post("/v1/articles", json=article).get_json()
    assert result["aliases"] == expected.aliases
    stored = client.get(f"/v1/articles/{result['article_id']}").get_json()
    assert stored["title"] == TITLE
    assert stored["text"].startswith(FIRST)
    assert stored["text"].endswith(expected.last)
    assert "<" not in stored["text"]
    assert dates.parse(stored["published_at"]) == dates.parse(expected.published_at)
    for field in ("source", "language", "canonical_url"):
        assert stored[field] == getattr(expected, field), field


@every_object
def test_recorded_object_is_accepted_unchanged(client: FlaskClient, expected: Expected) -> None:
    check_stored_article(client, read_recorded(expected.package)[expected.object], expected)


@pytest.mark.slow
@every_object
def test_object_of_the_current_package_is_accepted_unchanged(
    client: FlaskClient, make_objects: Callable[[str], dict[str, Any]], expected: Expected
) -> None:
    article = make_objects(expected.package)[expected.object]
    check_stored_article(client, article, expected)
    assert article.keys() == read_recorded(expected.package)[expected.object].keys()
