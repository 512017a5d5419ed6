import re
import time
from collections.abc import Iterator

import pytest

from clustering.types import Evidence
from service import queries
from tests.support.stored_articles import MINUTE, NOON, RecordedArticle

SCRIPT = "<script>alert('x')</script>"
REPRINT = Evidence(
    jaccard=0.71,
    containment=0.94,
    duplicate_score=0.97,
    event_probability=0.83,
    runner_up=(7, 0.12),
    shared_terms=("harbour", "cranes"),
)


def page(client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    assert answer.mimetype == "text/html"
    return answer.get_data(as_text=True)


def links(html: str, wanted: str) -> list[str]:
    """Addresses of links, in order, each once, as a browser would follow them."""
    found = [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]*)"', html)]
    return list(dict.fromkeys(href for href in found if re.fullmatch(wanted, href)))


def listed(html: str) -> list[str]:
    return links(html, r"/admin/events/e\d+")


@pytest.fixture
def storm(article_recorder):
    """One event: an own report, its reprint, and another report; and an event beside it."""
    article_recorder.record(
        RecordedArticle("first", 1, 1, url="https://www.post.example/harbour?a=1&b=2"),
        RecordedArticle(
            "reprint",
            1,
            1,
            title="Harbour open again",
            source="Coast Echo",
            published=NOON + 50 * MINUTE,
            url="javascript:alert(1)",
            duplicate_of="first",
            evidence=REPRINT,
        ),
        RecordedArticle(
            "report",
            1,
            2,
            title="Cranes lost in storm",
            text="Two cranes fell from the north quay. " * 30 + "The end.",
            source="Wire",
            published=NOON + 20 * MINUTE,
            evidence=Evidence(event_probability=0.66, shared_terms=("quay",)),
        ),
        RecordedArticle("other", 2, 3, title="Budget passed", published=NOON - 600 * MINUTE),
    )


def test_an_empty_store_says_how_to_post_the_first_article(client):
    html = page(client, "/admin")

    assert "curl http://localhost/v1/articles" in html
    assert "<form" not in html


@pytest.mark.parametrize("address", ["/admin", "/admin/", "/admin/events"])
def test_the_list_has_several_addresses(client, storm, address):
    assert listed(page(client, address)) == ["/admin/events/e1", "/admin/events/e2"]


def test_the_list_tells_size_copies_sources_and_times(client, storm):
    html = " ".join(page(client, "/admin").split())

    assert "<strong>3 articles</strong>, 1 of them a copy" in html
    for source in ("Port Ellery Post", "Coast Echo", "Wire"):
        assert f"<bdi>{source}</bdi>" in html
    assert 'datetime="2025-05-04T12:50:00Z"' in html
    assert "2 events, 4 articles" in html


def test_the_list_names_key_terms_where_there_are_any(client, storm):
    html = page(client, "/admin")

    assert html.count('aria-label="Key terms"') == 1
    terms = html[html.index('aria-label="Key terms"') :].partition("</ul>")[0]
    assert '<li dir="auto">storm</li>' in terms


def test_events_per_hour_are_drawn(client, storm):
    html = page(client, "/admin")

    assert 'class="bar"' in html
    assert "since=2025-05-04T12:00&until=2025-05-04T13:00" in html.replace("%3A", ":").replace(
        "&amp;", "&"
    )


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("q=harbour", ["e1"]),
        ("q=CRANES", ["e1"]),
        ("q=budget", ["e2"]),
        ("q=nothing-like-it", []),
        ("source=Coast Echo", ["e1"]),
        ("language=de", []),
        ("min_size=2", ["e1"]),
        ("since=2025-05-04T11:00", ["e1"]),
        ("until=2025-05-04T11:00", ["e2"]),
        ("until=2025-05-04", ["e1", "e2"]),
        ("until=2025-05-03", []),
        ("q=+&source=&since=", ["e1", "e2"]),
    ],
)
def test_search_and_filters(client, storm, query, events):
    html = page(client, f"/admin?{query}")

    assert listed(html) == [f"/admin/events/{event}" for event in events]
    assert ("Nothing fits" in html) == (not events)


def test_a_search_stays_in_its_box_and_each_filter_can_be_taken_away(client, storm):
    html = page(client, "/admin?q=a%22b&min_size=2")

    assert 'value="a&#34;b"' in html
    assert links(html, r"/admin/events\?(q|min_size)=.*") == [
        "/admin/events?min_size=2",
        "/admin/events?q=a%22b",
    ]


@pytest.mark.parametrize("query", ["since=foo", "until=2025-02-30", "min_size=x", "cursor=%00"])
def test_a_filter_that_cannot_be_read_is_answered_with_a_page(client, storm, query):
    html = page(client, f"/admin?{query}", status=422)

    assert f"<code>{query.partition('=')[0]}</code>" in html
    assert 'href="/admin/events"' in html


def walk(client, address: str | None, way: str) -> Iterator[tuple[str, list[str]]]:
    """Follow the links to older ("next") or newer ("prev") events; yield what each page lists."""
    while address:
        html = page(client, address)
        yield address, listed(html)
        onward = re.search(f'href="([^"]*)" rel="{way}"', html)
        address = onward and onward[1].replace("&amp;", "&")


def test_pages_of_the_list_lead_through_all_events_and_back(client, article_recorder):
    # Many at one time, so that a page ends between events that only their numbers tell apart.
    article_recorder.record(
        *(RecordedArticle(f"a{n}", n, n, published=NOON + n // 30) for n in range(1, 131))
    )
    article_recorder.record(RecordedArticle("other", 999, 999, title="Budget passed"))

    (*_, (last, _)) = older = list(walk(client, "/admin?q=harbour", "next"))
    assert [len(events) for _, events in older] == [50, 50, 30]
    assert [event for _, events in older for event in events] == [
        f"/admin/events/e{n}" for n in range(130, 0, -1)
    ]
    newer = list(walk(client, last, "prev"))
    assert [events for _, events in newer] == [events for _, events in reversed(older)]


def test_an_event_shows_each_reprint_below_its_original(client, storm):
    html = page(client, "/admin/events/e1")

    order = [html.index(f'id="a-{name}"') for name in ("first", "reprint", "report")]
    assert order == sorted(order)
    assert '<p class="copies-of">1 copy</p>' in html


def test_an_event_gives_the_reasons_in_words_and_numbers(client, storm):
    html = page(client, "/admin/events/e1")

    assert "94 % of the shorter text stands in the other one" in html
    for number in ("0.71", "0.94", "0.97", "0.83"):
        assert f"<dd>{number}" in html
    assert 'href="/admin/events/e7">e7</a> with 12 %' in html
    assert '<li dir="auto">cranes</li>' in html
    assert "with a probability of 66 %" in html
    assert "The first report of this event" in html


def test_an_event_draws_a_lane_for_each_source(client, storm):
    html = page(client, "/admin/events/e1")

    assert html.count('class="lane"') == 3
    assert len(re.findall(r'<circle class="dot copy" cx="[\d.]+%"', html)) == 1
    assert "<title>4 May 2025, 12:50: Harbour open again (copy)</title>" in html


def test_undated_articles_do_not_stretch_the_timeline(client, article_recorder):
    article_recorder.record(
        RecordedArticle("a", 1, 1, published=NOON - 9e7),
        RecordedArticle("b", 1, 2, published=NOON - 9e7 + 3600),
        RecordedArticle("c", 1, 3, published=None),
    )
    html = page(client, "/admin/events/e1")

    assert "<dd>1 hour</dd>" in html
    assert "1 article without a date is not in the picture" in html
    assert "undated, received" in html


def test_only_web_addresses_are_linked_and_without_a_trace(client, storm):
    html = page(client, "/admin/events/e1")

    wanted = '<a href="https://www.post.example/harbour?a=1&amp;b=2" rel="noopener noreferrer">'
    assert wanted in html
    assert "Read it at post.example" in html
    assert "javascript:" not in html
    assert 'href="javascript:' not in page(client, "/admin/articles/reprint")


def test_a_broken_address_breaks_no_page(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1, url="http://[broken"))

    assert "Read it at http://[broken" in page(client, "/admin/events/e1")
    page(client, "/admin/articles/a")


def test_a_fault_inside_is_told_without_its_details(client, storm, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(queries, "list_events", fail)
    html = page(client, "/admin", status=500)

    assert "internal error" in html
    assert "secret" not in html


def test_a_very_long_text_is_cut_on_the_events_page_only(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1, text="word " * 100_000 + "The end."))

    event = page(client, "/admin/events/e1")
    assert len(event) < 50_000
    assert "The whole text" in event
    assert "The end." in page(client, "/admin/articles/a")


def test_the_full_text_can_be_unfolded(client, storm):
    html = page(client, "/admin/events/e1")

    assert html.count("<summary>Full text</summary>") == 3
    assert html.count("The end.") == 1


def test_an_article_shows_its_text_and_its_place(client, storm):
    html = page(client, "/admin/articles/reprint")

    assert "The harbour reopened on Sunday" in html
    assert links(html, r"/admin/events/e1") == ["/admin/events/e1"]
    assert links(html, r"/admin/articles/.*") == ["/admin/articles/first"]
    assert "94 % of the shorter text" in html


def test_an_article_shows_its_earlier_versions(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour shut"))
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour open", text="It reopened."))
    html = page(client, "/admin/articles/a")

    assert "Earlier versions" in html
    assert html.index("Harbour open") < html.index("Earlier versions") < html.index("Harbour shut")


@pytest.mark.parametrize(
    "name", ["https://news.example/a//b?c=d", "with space", "ä/ö", "100%", "a?b#c", "wire:2025/7"]
)
def test_articles_are_found_by_whatever_id_they_were_given(client, article_recorder, name):
    article_recorder.record(RecordedArticle(name, 1, 1, title="Found it"))

    (address,) = links(page(client, "/admin/events/e1"), r"/admin/articles/.*")
    assert "Found it" in page(client, address)


def test_an_event_that_merged_leads_to_the_survivor(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1))
    article_recorder.record(RecordedArticle("a", 2, 2))

    answer = client.get("/admin/events/e1")
    assert (answer.status_code, answer.location) == (308, "/admin/events/e2")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/events/e99",
        "/admin/events/e0",
        "/admin/events/g1",
        "/admin/events/99999999999999999999999",
        "/admin/articles/none",
        "/admin/nowhere",
    ],
)
def test_what_is_not_there_is_answered_with_a_page(client, storm, address):
    assert "Not Found" in page(client, address, status=404)


@pytest.mark.parametrize(
    "address", ["/admin", "/admin/events/e1", "/admin/articles/first", "/admin/events/e99"]
)
def test_pages_let_nothing_in_from_outside(client, storm, address):
    answer = client.get(address)
    html = answer.get_data(as_text=True)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r'<style|\sstyle="|\son\w+="|<script(?! defer src="/admin/static)', html)
    assert not re.search(r'(?:src|<link[^>]*href)="(?!/admin/static/)', html)


def test_pages_ask_for_a_token_where_one_is_set(open_app):
    client = open_app(tokens="sesame").test_client()

    answer = client.get("/admin")
    assert answer.status_code == 401
    assert "Basic" in str(answer.headers.getlist("WWW-Authenticate"))
    assert client.get("/admin", auth=("", "sesame")).status_code == 200
    with client.get("/admin/static/admin.css") as styles:  # the same for everybody
        assert styles.status_code == 200
    assert "Bearer YOUR_TOKEN" in client.get("/admin", auth=("", "sesame")).get_data(as_text=True)


def test_words_of_articles_are_never_markup(client, article_recorder):
    article_recorder.record(
        RecordedArticle(
            "a",
            1,
            1,
            title=SCRIPT,
            text=SCRIPT,
            source=SCRIPT,
            evidence=Evidence(event_probability=0.5, shared_terms=(SCRIPT,)),
        ),
        RecordedArticle('"><script>', 1, 2, title=f'" onload="{SCRIPT}', source='" onload="'),
    )
    addresses = ["/admin", f"/admin?q={SCRIPT}", "/admin/events/e1", "/admin/articles/a"]
    for address in [*addresses, f"/admin/{SCRIPT}", f"/admin?since={SCRIPT}"]:
        html = client.get(address).get_data(as_text=True)
        assert "<script>" not in html, address
        assert '" onload="' not in html, address


def test_languages_and_directions_are_told_to_the_browser(client, article_recorder):
    article_recorder.record(
        RecordedArticle("a", 1, 1, title="إعادة فتح الميناء", text="أعيد فتح", language="ar")
    )
    article_recorder.record(RecordedArticle("b", 2, 2, title="港口重新开放", language="zh"))

    for address in ("/admin", "/admin/events/e1", "/admin/articles/a"):
        assert re.search(r'dir="auto" lang="ar">(<a[^>]*>)?إعادة', page(client, address)), address
    assert 'dir="auto" lang="zh"' in page(client, "/admin/events/e2")


def test_articles_without_title_text_source_and_date(client, article_recorder):
    article_recorder.record(
        RecordedArticle("a", 1, 1, title="", text="", source=None, published=None, language="und")
    )

    assert "Without a title" in page(client, "/admin")
    assert "Unknown source" in page(client, "/admin/events/e1")
    html = page(client, "/admin/articles/a")
    assert "It came without a text." in html
    assert 'lang="und"' not in html


def test_an_event_of_2000_articles_comes_in_pages(client, article_recorder):
    copies = [
        RecordedArticle(f"c{n}", 1, 1, duplicate_of="first", published=NOON + n)
        for n in range(1500)
    ]
    reports = [RecordedArticle(f"r{n}", 1, 2 + n, published=NOON + n) for n in range(499)]
    article_recorder.record(RecordedArticle("first", 1, 1, published=NOON - 1), *copies, *reports)

    started = time.perf_counter()
    first = page(client, "/admin/events/e1")
    assert time.perf_counter() - started < 2
    assert len(first) < 300_000
    assert "page 1 of 40" in first
    seen = set()
    for number in range(1, 41):
        html = page(client, f"/admin/events/e1?page={number}")
        seen.update(re.findall(r'id="a-(\w+)"', html))
    assert len(seen) == 2000
    assert ", continued" in page(client, "/admin/events/e1?page=2")


@pytest.mark.parametrize("number", ["0", "-3", "99", "x"])
def test_a_page_that_is_not_there_is_the_nearest_one(client, storm, number):
    assert 'id="a-first"' in page(client, f"/admin/events/e1?page={number}")


def test_10000_events_stay_fast(client, article_recorder):
    article_recorder.record(
        *(RecordedArticle(f"a{n}", n, n, published=NOON + n) for n in range(1, 10_001))
    )
    page(client, "/admin?q=nothing-like-it")

    for query in ("", "?q=harbour", "?source=Wire", "?min_size=2"):
        started = time.perf_counter()
        page(client, f"/admin{query}")
        assert time.perf_counter() - started < 1, query


def test_what_is_posted_is_shown_with_its_reasons(client, make_article):
    original = make_article(1, source="Wire", published_at="2025-05-04T12:00:00Z")
    reprint = {**original, "id": "reprint", "source": "Echo", "title": "Another headline"}
    client.post("/v1/articles", json=original)
    placed = client.post("/v1/articles", json=reprint).get_json()
    assert placed["duplicate_of"] == "story-1"

    html = page(client, f"/admin/events/{placed['event_id']}")
    assert html.index('id="a-story-1"') < html.index('id="a-reprint"')
    assert "Copy" in html
    assert "Wire" in html
    assert "Echo" in html
