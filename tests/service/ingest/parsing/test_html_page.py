"""What is read from a whole page besides its text: address, outlet and date of publication."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("trafilatura")

from trafilatura import bare_extraction

from service.ingest.parsing.html_page import EXTRACTION_OPTIONS, extract
from service.ingest.parsing.page_identity import is_name_of_host

PAGES = Path(__file__).parents[3] / "compat" / "pages"
PARAGRAPHS = "".join(
    f"<p>The lock at Brenn stays shut, the canal board told boat owners in its letter {n}.</p>"
    for n in range(6)
)
EVENING = "2026-03-09T22:45:00-03:00"
MORNING = "2026-03-10T06:05:00+01:00"
ADDRESS = "https://brenn.example/news/lock"


def page(head: str = "", body: str = "", aside: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>Lock shut</title>{head}</head><body>'
        f"<nav><a href='/'>Home</a></nav><article><h1>Lock shut</h1>{body}{PARAGRAPHS}</article>"
        f"<aside>{aside}</aside></body></html>"
    )


def json_ld(content: str) -> str:
    return f'<script type="application/ld+json">{content}</script>'


def meta(name: str, content: str, attribute: str = "property") -> str:
    return f'<meta {attribute}="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (json_ld(f'{{"@type": "NewsArticle", "datePublished": "{EVENING}"}}'), ""),
        (json_ld(f'[{{}}, {{"@type": "Report", "datePublished": "{EVENING}"}}]'), ""),
        (
            json_ld(
                '{"@graph": [{"@type": "WebSite", "dateCreated": "2009-01-01"}, '
                f'{{"@type": "BlogPosting", "datePublished": "{EVENING}", '
                '"dateModified": "2026-04-01"}]}'
            ),
            "",
        ),
        (json_ld(f'{{"headline": "not "valid" JSON", "datePublished": "{EVENING}"}}'), ""),
        (meta("article:published_time", EVENING), ""),
        (meta("DC.date.issued", EVENING, "name"), ""),
        (meta("datePublished", EVENING, "itemprop"), ""),
        (meta("date", "soon", "name") + meta("pubdate", EVENING, "name"), ""),
        ("", f"<time itemprop='datePublished' datetime='{EVENING}'>yesterday</time>"),
        ("", f"<time class='entry-date published' datetime='{EVENING}'>yesterday</time>"),
        ("", f"<time pubdate datetime='{EVENING}'>yesterday</time>"),
        ("", f"<abbr class='published' title='{EVENING}'>yesterday</abbr>"),
        ("", f"<span itemprop='datePublished'>{EVENING}</span>"),
        (
            json_ld('{"@type": "ImageObject", "datePublished": "2009-01-01"}')
            + json_ld('{"@type": "WebPage", "datePublished": "2010-01-01"}')
            + '<script type="application/LD+JSON">'
            f'{{"@type": "Article", "datePublished": "{EVENING}"}}</script>',
            "",
        ),
    ],
)  # fmt: skip
def test_declared_date_is_read_with_its_time_of_day(head: str, body: str) -> None:
    aside = f"<time datetime='{MORNING}'>10 March</time>"
    assert extract(page(head, body, aside), ADDRESS).published_at == EVENING


@pytest.mark.parametrize(
    ("body", "aside"),
    [
        ("", "<footer>© 2021 Brenn Media. All rights reserved 2021.</footer>"),
        ("<p>The lock was built on 3 October 1911 and rebuilt on 1954-06-02.</p>", ""),
        ("", "<a href='/other'>Fish stolen</a> <time datetime='2026-01-30'>30 January 2026</time>"),
        ("<p>2026年3月9日</p>", ""),
        ("", f"<time class=published datetime='{EVENING}'></time>"
             f"<time class=published datetime='{MORNING}'></time>"),
        ("<!-- 2026-03-09T22:45:00 -->", "<img src='/2026/03/09/lock.jpg'>"),
    ],
)  # fmt: skip
def test_date_that_only_stands_somewhere_on_the_page_is_not_taken(body: str, aside: str) -> None:
    assert extract(page(body=body, aside=aside), ADDRESS).published_at is None


def test_day_in_the_address_is_the_last_resort() -> None:
    address = "https://brenn.example/2026/3/9/lock-shut"
    assert extract(page(), address).published_at == "2026-03-09"
    declared = page(meta("article:published_time", EVENING))
    assert extract(declared, address).published_at == EVENING


def test_declared_date_that_cannot_be_read_is_returned_for_the_warning() -> None:
    assert extract(page(meta("pubdate", "soon", "name")), ADDRESS).published_at == "soon"


@pytest.mark.parametrize("name", ["report.html"])
def test_text_is_that_of_trafilatura(name: str) -> None:
    html = (PAGES / name).read_text(encoding="utf-8")
    document = bare_extraction(html, with_metadata=True, **EXTRACTION_OPTIONS)
    read = extract(html)
    assert (read.text, read.title) == (document.text, document.title)


CANONICAL = '<link rel="canonical" href="https://agency.example/lock">'


def test_address_of_open_graph_is_that_of_a_copy_of_another_sites_article() -> None:
    head = CANONICAL + meta("og:url", "https://www.brenn.example/lock")
    assert extract(page(head)).url == "https://www.brenn.example/lock"
    head = CANONICAL + meta("og:url", "https://m.agency.example/lock?utm_source=x")
    assert extract(page(head)).url == "https://agency.example/lock"


def test_address_may_be_anothers_if_the_outlets_name_does_not_fit() -> None:
    assert not extract(page(CANONICAL + meta("og:site_name", "Brenn Courier"))).is_own_url
    assert extract(page(CANONICAL + meta("og:site_name", "The Agency"))).is_own_url
    assert extract(page(CANONICAL)).is_own_url


@pytest.mark.parametrize(
    "head",
    [
        meta("og:url", "https://brenn.example/lock"),
        json_ld('{"@type": "NewsArticle", "url": "https://brenn.example/lock"}'),
        json_ld(
            '[{"@type": "NewsArticle", "mainEntityOfPage": {"@id": "https://brenn.example/lock"}}]'
        ),
        "<!-- saved from url=(0026)https://brenn.example/lock -->",
        "<!--\n Page saved with SingleFile \n url: https://brenn.example/lock \n saved: today -->",
    ],
)
def test_own_address_of_a_copy_comes_before_that_of_the_original(head: str) -> None:
    read = extract(page(CANONICAL + head))
    assert (read.url, read.source, read.is_own_url) == (
        "https://brenn.example/lock",
        "brenn.example",
        True,
    )


@pytest.mark.parametrize(
    ("head", "outlet"),
    [
        (json_ld('{"@type": "Article", "publisher": {"name": "Brenn Courier"}}'), "Brenn Courier"),
        (json_ld('{"@type": "Article", "publisher": "Brenn Courier"}'), "Brenn Courier"),
        (meta("application-name", "Brenn Courier", "name"), "Brenn Courier"),
        ("<title>Lock shut | Brenn Courier</title>", "Brenn Courier"),
        ("<title>Lock shut – ブレン新聞</title>", "ブレン新聞"),
        ('<base href="https://www.brenn.example/">', "brenn.example"),
        (
            '<link rel="alternate" type="application/rss+xml" href="https://brenn.example/rss">',
            "brenn.example",
        ),
    ],
)
def test_outlet_of_a_page_without_the_name_of_its_site(head: str, outlet: str) -> None:
    html = page(CANONICAL + head)
    if "<title>" in head:
        html = html.replace("<title>Lock shut</title>", "")
    read = extract(html)
    assert (read.source, read.is_own_url) == (outlet, False)


@pytest.mark.parametrize(
    "head",
    [
        json_ld('{"@type": "Organization", "name": "Brenn", "url": "https://brenn.example/about"}'),
        json_ld('{"@type": "NewsArticle", "url": "https://brenn.example/"}'),
        json_ld("{broken"),
        meta("og:url", "https://[brenn.example/lock"),
        "<title>Lock shut again</title>",
    ],
)
def test_page_that_says_nothing_of_its_own_has_the_declared_address(head: str) -> None:
    read = extract(page(CANONICAL + head))
    assert (read.url, read.source) == ("https://agency.example/lock", "agency.example")


@pytest.mark.parametrize(
    ("name", "url", "fits"),
    [
        ("The Salt Marsh Times", "https://www.saltmarsh.example/a", True),
        ("The Salt Marsh Times", "https://news.salt-marsh-times.example/a", True),
        ("The Salt Marsh Times", "https://smtimes.example/a", True),
        ("KX", "https://kx.example/a", True),
        ("saltmarsh.example", "https://saltmarsh.example/a", True),
        ("Salt Marsh Times", "https://agency.example/a", False),
        ("Comet", "https://agency.co.example/a", False),
        ("", "https://agency.example/a", False),
    ],
)
def test_names_that_fit_a_host(name: str, url: str, fits: bool) -> None:
    assert is_name_of_host(name, url) is fits
