from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.ingest.parsing import query_parameters
from service.ingest.parsing.urls import canonicalise

PLAIN = "https://example.com/2025/05/budget"


@pytest.mark.parametrize(
    "shared",
    [
        "https://example.com/2025/05/budget/",
        "http://EXAMPLE.com:80/2025/05/budget",
        "https://www.example.com/2025/05/budget#comments",
        "https://www2.example.com/2025/05/budget",
        "https://m.example.com/2025/05/budget",
        "https://amp.example.com/2025/05/budget",
        "https://www.example.com/2025/05/budget/amp/",
        "https://example.com/2025/05/budget.amp?amp=1",
        "https://example.com/2025/05/budget?utm_source=a&UTM_MEDIUM=b&fbclid=c&gclid=d&_ga=e",
        "https://example.com/2025/05/budget?at_medium=rss&ns_campaign=x&ref_src=twsrc",
        "https://example.com/2025/05/%62udget",
        "  https://user:pw@example.com./2025/05/budget ",
        "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/2025/05/budget/amp",
        "https://www.google.com/amp/s/www.example.com/2025/05/budget",
        "https://www.google.co.uk/amp/s/amp.example.com/2025/05/budget?utm_source=a",
        "https://www.bing.com/amp/s/www.example.com/2025/05/budget",
        "https://www-example-com.cdn.ampproject.org/v/s/www.example.com/2025/05/budget?amp_gsa=1&usqp=mq",
        "https://example-com.bing-amp.com/c/s/example.com/2025/05/budget",
        "https://example.com/amp/2025/05/budget",
        "https://example.com/2025/05/budget/?outputType=amp",
        "https://mobile.example.com/2025/05/budget",
        "https://touch.www.example.com/2025/05/budget",
        "https://example.com/2025/05/budget/index.html",
        "https://example.com/2025/05/budget/index.php?PHPSESSID=0f3a",
        "https://example.com/2025/05/budget/default.aspx",
        "https://example.com/2025/05/budget;jsessionid=0f3a.node1",
        "https://example.com/2025/05/./x/../budget",
        "https://example.com:443/2025/05/budget#:~:text=fourteen%20hours",
        "https://example.com/2025/05/budget?mc_cid=1&mc_eid=2&__twitter_impression=true&srsltid=x",
        "https://example.com/2025/05/budget?&&",
        "https://example.com/2025/05/budget?utm_source=a&amp;utm_medium=b&#038;utm_term=c",
        "https://example.com/2025/05/budget?amp;fbclid=b",
        "https://example.com/2025/05/budget?rss=1",
        "https://example.com/2025/05/budget?partner=rss",
        "https://example.com/2025/05/budget?m=1",
        "https://example.com/2025/05/budget?__tn__=-R&__cft__[0]=AZ",
        "https://example.com/2025/05/budget?sessionid=9f86d081884c7d659a2f",
        "https://example.com/2025/05/budget#xtor=RSS-1",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.com%2F2025%2F05%2Fbudget&usg=x",
        "https://google.de/url?q=https://m.example.com/2025/05/budget?utm_source=g&sa=D",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2F2025%2F05%2Fbudget%3Ffbclid%3D1",
        "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.com%2F2025%2F05%2Fbudget&rut=1",
        "https://web.archive.org/web/20250506070809/https://example.com/2025/05/budget",
        "https://web.archive.org/web/20250506070809id_/http:/www.example.com:80/2025/05/budget",
        "https://web.archive.org/web/2025/https://example.com/2025/05/budget?utm_source=x#top",
        "https://archive.ph/2025.05.06-070809/https://example.com/2025/05/budget",
        "https://library.example/wayback/20250506070809mp_/https://example.com/2025/05/budget",
        "https://news.google.com/url?url=https://example.com/2025/05/budget",
        "https://out.reddit.com/t3_x?url=https%3A%2F%2Fexample.com%2F2025%2F05%2Fbudget",
        "https://example.com/2025/05/budget?replytocom=7&share=twitter",
        "https://example.com/2025/05/budget?s=20&mode=amp#comment-7",
        "https://example.com//2025/05//budget",
        "//example.com/2025/05/budget",
    ],
)
def test_all_shared_forms_have_one_canonical_form(shared: str) -> None:
    assert canonicalise(shared) == PLAIN


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://example.com/story?id=1", "https://example.com/story?id=2"),
        ("https://example.com/?p=17", "https://example.com/?p=18"),
        ("https://example.com/Story", "https://example.com/story"),
        ("https://news.example.com/a", "https://sport.example.com/a"),
        ("https://example.com:8080/a", "https://example.com/a"),
        ("https://example.com/#!/story/1", "https://example.com/#!/story/2"),
        ("https://example.com/camp", "https://example.com/c"),
        ("https://amp.dev/", "https://m.dev/"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/#/story/1", "https://example.com/#/story/2"),
        ("https://example.com/news.php?sid=1", "https://example.com/news.php?sid=2"),
        ("https://example.com/news?article=1&page=2", "https://example.com/news?article=1&page=3"),
        ("https://example.com/index.php?id=1", "https://example.com/index.php?id=2"),
        ("https://example.com/index.php/one", "https://example.com/index.php/two"),
        ("https://example.com/a?x=1&x=2", "https://example.com/a?x=2&x=1"),
        ("https://m.co.uk/a", "https://amp.co.uk/a"),
        ("https://straße.example/a", "https://strasse.example/a"),
        ("https://en.example.org/a", "https://de.example.org/a"),
        ("https://example.com/a?title=b+c", "https://example.com/a?title=b%2Bc"),
        ("https://example.com/a;story=1", "https://example.com/a;story=2"),
        ("https://example.com/debate?sessionid=7", "https://example.com/debate?sessionid=8"),
        ("https://example.com/debate?session_id=2025-a", "https://example.com/debate"),
        ("https://example.com/#article=7", "https://example.com/#article=8"),
        ("https://example.com/live#post-7", "https://example.com/live#post-8"),
        ("https://example.com/live#block-5f3a", "https://example.com/live"),
        ("https://example.com/live#liveblog-entry-7", "https://example.com/live#liveblog-entry-8"),
        ("https://example.com/ticker#msg77", "https://example.com/ticker#msg78"),
        ("https://example.com/notices#20250504", "https://example.com/notices#20250505"),
        ("https://example.com/app#article/7", "https://example.com/app#article/8"),
        ("https://example.com/app#?newsid=7", "https://example.com/app#?newsid=8"),
        ("https://example.com/?share=twitter", "https://example.com/?share=reddit"),
        ("https://example.com/find?s=20", "https://example.com/find?s=21"),
        ("https://example.com/?m=1", "https://example.com/"),
        ("https://example.com/read.php?m=1", "https://example.com/read.php?m=0"),
        ("https://example.com/list?at_home=1", "https://example.com/list?at_home=2"),
        ("https://example.com/list?ns_id=1", "https://example.com/list?ns_id=2"),
        ("https://example.com/list?pk_article=1", "https://example.com/list"),
        ("https://example.com/a?mbid=17", "https://example.com/a?mbid=18"),
        ("https://example.com/a?rss=2", "https://example.com/a?rss=3"),
        ("https://google.com/url?url=javascript:1", "https://google.com/url?url=javascript:2"),
        ("https://example.com/url?url=https://a.example", "https://a.example"),
        ("https://archive.org/details/a", "https://archive.org/details/b"),
    ],
)
def test_parts_that_identify_an_article_are_kept(first: str, second: str) -> None:
    assert canonicalise(first) != canonicalise(second)


def test_order_of_parameters_does_not_matter() -> None:
    canonical = canonicalise("https://example.com/story?b=2&utm_id=9&a=1")
    assert (
        canonical
        == canonicalise("https://example.com/story?a=1&b=2")
        == "https://example.com/story?a=1&b=2"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://BÜCHER.example/a", "https://www.bücher.example/a"),
        ("https://例え.example/a", "http://xn--r8jz45g.example/a"),
        ("https://en.m.wiki.example/a", "https://en.wiki.example/a"),
        ("https://example.com/a.amp.html", "https://example.com/a.html"),
        ("https://example.com/a?q=b%20c", "https://example.com/a?q=b+c"),
        ("https://example.com/%7eone/%c3%a9", "https://example.com/~one/é"),
        ("https://example.com:8080/a?utm_id=1", "http://example.com:8080/a/"),
        ("http://[2001:DB8::1]/a", "https://[2001:db8::1]/a#b"),
        ("https://example.com?utm_source=a", "https://example.com/index.html"),
        ("https://example.com/#!/story/1", "https://www.example.com/?fbclid=1#!/story/1"),
    ],
)
def test_spellings_of_one_address_have_one_canonical_form(first: str, second: str) -> None:
    assert canonicalise(first) == canonicalise(second)


def test_non_ascii_letters_are_escaped() -> None:
    escaped = "https://example.com/%C3%A9lection?q=%C5%82"
    assert canonicalise("https://example.com/élection?q=ł") == canonicalise(escaped) == escaped


@pytest.mark.parametrize(
    "url",
    [
        "",
        "budget",
        "/a/b",
        "ftp://example.com/a",
        "javascript:alert(1)",
        "https://",
        "http://[::1",
        "http://ex ample.com/",
        "http://<b>/",
        "http://\u200b/",
        "https://example.com:port/",
    ],
)
def test_other_than_web_addresses_are_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="http or https"):
        canonicalise(url)


def amp_wrapped(times: int) -> str:
    return "https://" + "google.com/amp/s/" * times + "example.com/2025/05/budget"


def test_nested_amp_wrappers_are_removed() -> None:
    assert canonicalise(amp_wrapped(5000)) == PLAIN


@pytest.fixture
def dropped_also() -> Iterator[None]:
    query_parameters.drop_also(["Ref", "shop_*"])
    yield
    query_parameters.drop_also([])


@pytest.mark.usefixtures("dropped_also")
def test_more_parameters_can_be_dropped() -> None:
    assert canonicalise(f"{PLAIN}?ref=7&shop_id=8&shop_=9") == PLAIN
    assert canonicalise(f"{PLAIN}?referrer=7") != PLAIN


def test_every_dropped_parameter_names_its_source_and_is_listed_once() -> None:
    path = Path(query_parameters.__file__).with_name("dropped_parameters.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sources = {"AdGuard", "tracking-query-params-registry", "own observation"}
    assert {row["source"] for row in rows} == sources
    assert all(row["set_by"] and row["parameter"].islower() for row in rows)
    keys = [(row["parameter"], row["dropped"]) for row in rows]
    assert len({*keys}) == len(keys)


URL_PARTS = st.sampled_from(
    [
        *("amp", "/", "index.html", ".amp", ".html", "..", ".", "a", "B", "%2e", "%2F", "//", "é"),
        *(";jsessionid=1", "default.aspx", "%", " ", "?", "&", "=", "utm_x=1", "id=7"),
        *(
            "#",
            "!",
            ":",
            "@",
            "m=1",
            "rss=1",
            "&amp;",
            "amp;",
            "sid=",
            "0123456789abcdefg",
            "article=",
        ),
        *("url?url=https://", "web/2025/http:/", "url?q=https://google.com/"),
    ]
)
RANDOM_PARTS = st.lists(URL_PARTS, max_size=12).map("".join) | st.text(max_size=30)
HOSTS = st.lists(
    st.sampled_from(["www", "m", "mobile", "amp", "en", "co", "uk", "com", "example", "google"])
    | st.just("web.archive.org"),
    min_size=1,
    max_size=6,
).map(".".join)


@settings(max_examples=1000)
@given(HOSTS, RANDOM_PARTS)
def test_canonicalise_is_idempotent(host: str, rest: str) -> None:
    try:
        canonical = canonicalise(f"http://{host}/{rest}")
    except ValueError:
        return
    assert canonicalise(canonical) == canonical


@settings(max_examples=500)
@given(
    st.text()
    | st.builds("https://{}".format, RANDOM_PARTS)
    | st.builds("https://{}/".format, st.text())
)
def test_any_text_is_canonicalised_or_rejected(url: str) -> None:
    try:
        canonical = canonicalise(url)
    except ValueError:
        return
    assert canonical.startswith("https://")
    assert canonical.isascii()


URL_TEMPLATES = [
    "https://example.com/news/{}",
    "https://example.com/news/{}.html",
    "https://example.com/{}/index.html",
    "https://example.com/a-{}",
    "https://example.com/amp/news/{}",
    "https://www.google.com/amp/s/example.com/news/{}",
    "https://example.com/index.php?id={}",
    "https://example.com/?p={}",
    "https://example.com/news_view.html?idx={}&page=1&find=",
    "https://example.com/modules.php?name=News&file=article&sid={}",
    "https://example.com/story?a=1&storyId={}&utm_source=x",
    "https://example.com/#!/story/{}",
]
NAMES = st.integers(0, 10**9).map(str) | st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
DECORATIONS = ["", "?utm_source=a&fbclid=b", "?gclid=1#top", "#comments", "/?smid=tw", "/amp"]


@settings(max_examples=500)
@given(st.sampled_from(URL_TEMPLATES), NAMES, NAMES)
def test_different_articles_keep_different_addresses(
    template: str, first: str, second: str
) -> None:
    assume(first != second)
    assume({"amp", "index"}.isdisjoint({first, second}))
    assert canonicalise(template.format(first)) != canonicalise(template.format(second))


@given(NAMES, st.sampled_from(DECORATIONS), st.sampled_from(["", "www.", "m.", "amp.", "mobile."]))
def test_decorations_do_not_change_the_canonical_form(
    name: str, decoration: str, device: str
) -> None:
    shared = canonicalise(f"http://{device}example.com/news/{name}{decoration}")
    assert shared == canonicalise(f"https://example.com/news/{name}")
