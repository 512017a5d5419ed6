"""The pages of events and articles, as HTML."""

import re
import time
from collections.abc import Iterator

import pytest

from clustering.types import Evidence
from service import queries
from service.queries import search
from tests.support.stored_articles import MINUTE, NOON, RecordedArticle
from tests.support.users import form_token

SCRIPT = "<script>alert('x')</script>"
COPY_EVIDENCE = Evidence(
    jaccard=0.71,
    containment=0.94,
    duplicate_score=0.97,
    event_probability=0.83,
    runner_up=(7, 0.12),
    shared_terms=("harbour", "cranes"),
)


def get_page(client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    assert response.mimetype == "text/html"
    return response.get_data(as_text=True)


def links(html: str, pattern: str) -> list[str]:
    """URLs of links that match a pattern, without repetitions, as a browser would follow them."""
    hrefs = [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]*)"', html)]
    return list(dict.fromkeys(href for href in hrefs if re.fullmatch(pattern, href)))


def listed_events(html: str) -> list[str]:
    urls = links(html, r"/admin/events/e\d+(\?back=.*)?")
    return [url.partition("?")[0] for url in urls]


@pytest.fixture
def storm(article_recorder):
    """Event e1 with a copy and two duplicate groups, and event e2 with one article."""
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
            evidence=COPY_EVIDENCE,
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
        RecordedArticle(
            "other",
            2,
            3,
            title="Budget passed",
            text="The council has passed it.",
            published=NOON - 600 * MINUTE,
            url="https://post.example/budget?a=1&b=2",
        ),
    )


def test_list_of_an_empty_store_tells_how_to_post_an_article(client):
    html = get_page(client, "/admin")

    assert "curl http://localhost/v1/articles" in html
    assert "<form" not in html


@pytest.mark.parametrize("url", ["/admin", "/admin/", "/admin/events"])
def test_list_has_several_urls(client, storm, url):
    assert listed_events(get_page(client, url)) == ["/admin/events/e1"]
    assert listed_events(get_page(client, f"{url}?singles=1")) == [
        "/admin/events/e1",
        "/admin/events/e2",
    ]


def test_list_shows_sizes_sources_times_and_titles(client, storm):
    html = " ".join(get_page(client, "/admin").split())

    assert "<strong>3 articles</strong>, 2 independent sources: " in html
    for source in ("Port Ellery Post", "Coast Echo", "Wire"):
        assert f"<bdi>{source}</bdi>" in html
    assert 'datetime="2025-05-04T12:50:00Z"' in html
    assert "Newest: <bdi>Cranes lost in storm</bdi> (<bdi>Wire</bdi>)" in html
    assert "1 event</p>" in html
    assert "Show 1 more event with one article" in html


def test_list_has_the_day_before_the_newest_article_by_rank(client, article_recorder):
    hour = 60 * MINUTE
    many = [
        RecordedArticle(f"m{n}", 1, n, source=f"S{n}", published=NOON - 10 * hour)
        for n in range(1, 9)
    ]
    few = [
        RecordedArticle(f"f{n}", 20, n, source=f"S{n}", published=NOON - 5 * hour) for n in (20, 21)
    ]
    old = [RecordedArticle(f"o{n}", 30, n, published=NOON - 30 * hour) for n in (30, 31)]
    single = RecordedArticle("single", 40, 40, published=NOON)
    article_recorder.record(*many, *few, *old, single)

    def numbers(query: str) -> list[str]:
        return [url.rpartition("/")[2] for url in listed_events(get_page(client, f"/admin{query}"))]

    assert numbers("") == ["e1", "e20"]
    assert numbers("?sort=newest") == ["e20", "e1"]
    assert numbers("?within=3d") == ["e1", "e20", "e30"]
    assert numbers("?within=all&singles=1&sort=newest") == ["e40", "e20", "e1", "e30"]
    assert numbers("?q=harbour") == ["e40", "e20", "e1", "e30"]
    assert numbers("?q=harbour&sort=size") == ["e1", "e30", "e20", "e40"]


def test_list_of_single_articles_is_not_folded_away(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1), RecordedArticle("b", 2, 2))
    assert len(listed_events(get_page(client, "/admin"))) == 2


def test_reviewed_mark_goes_when_the_event_changes(client, storm, article_recorder):
    form = {"event_ids": ["e1", "e99"], "back": "/admin?unreviewed=1"}
    form["csrf_token"] = form_token(client)
    response = client.post("/admin/reviewed", data=form)
    assert (response.status_code, response.location) == (303, "/admin?unreviewed=1")
    assert "reviewed by <bdi>anonymous</bdi>" in get_page(client, "/admin")
    assert listed_events(get_page(client, "/admin?unreviewed=1&singles=1")) == ["/admin/events/e2"]
    article_recorder.record(RecordedArticle("later", 1, 9))
    assert "reviewed by" not in get_page(client, "/admin")
    client.post("/admin/reviewed", data=form)
    client.post("/admin/reviewed", data={**form, "reviewed": "no"})
    assert "reviewed by" not in get_page(client, "/admin")


def test_search_shows_the_found_words_in_their_passage(client, storm):
    html = get_page(client, "/admin?q=quay")

    assert listed_events(html) == ["/admin/events/e1"]
    assert "from the north <mark>quay</mark>" in html


def test_wrong_filter_is_explained_in_words(client, storm):
    page = get_page(client, "/admin?language=English", status=422)

    assert "Please check what was entered" in page
    assert "Language: must be the code of a language, such as &#34;en&#34;" in page


def test_number_of_events_is_a_lower_bound_where_the_search_stops(client, storm, monkeypatch):
    def total(query: str) -> str:
        return re.findall(r'class="totals">([^<]*)<', get_page(client, f"/admin?q={query}"))[0]

    assert total("harbour") == "1 event"
    monkeypatch.setattr(search, "MAX_ARTICLES_SEARCHED", 1)
    assert total("harbour") == "at least 1 event"
    assert total("budget") == "1 event"
    monkeypatch.setattr(search, "MAX_ARTICLES_SEARCHED", 0)
    assert total("harbour") == "at least 0 events"
    assert "only the latest of them were searched" in get_page(client, "/admin?q=harbour")


def test_search_survives_opening_an_event(client, storm):
    (opened,) = links(get_page(client, "/admin?q=quay"), r"/admin/events/e1\?.*")
    event = get_page(client, opened)
    assert links(event, r"/admin\?q=quay") == ["/admin?q=quay"]
    (article, *_) = links(event, r"/admin/articles/first\?back=.*")
    assert links(get_page(client, article), r"/admin/events/e1\?back=.*q%3Dquay") == [opened]


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("e2", "/admin/events/e2"),
        (" g1 ", "/admin/events/e1"),
        ("http://www.post.example/budget?b=2&a=1&utm_source=x", "/admin/articles/other"),
        ("report", None),
        ("e99", None),
        ("https://post.example/other", None),
    ],
)
def test_pasted_id_or_address_leads_to_what_it_names(client, storm, pasted, url):
    response = client.get("/admin/events", query_string={"q": pasted})
    assert response.location == url
    assert response.status_code == (303 if url else 200)


def test_list_suggests_sources_with_a_similar_name(client, storm):
    html = get_page(client, "/admin?source=echo")
    assert links(html, r"/admin/events\?source=Coast\+Echo")
    assert "Did you mean" not in get_page(client, "/admin?source=Coast+Echo&language=de")


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
        ("q=+&source=&since=", ["e1"]),
    ],
)
def test_search_and_filters_select_events(client, storm, query, events):
    html = get_page(client, f"/admin?{query}")

    assert listed_events(html) == [f"/admin/events/{event}" for event in events]
    assert ("No matching events" in html) == (not events)


def test_search_box_keeps_its_text_and_each_filter_can_be_removed(client, storm):
    html = get_page(client, "/admin?q=a%22b&min_size=2")

    assert 'value="a&#34;b"' in html
    assert {"/admin/events?min_size=2", "/admin/events?q=a%22b"} <= {
        *links(html, r"/admin/events\?(q|min_size)=.*")
    }


@pytest.mark.parametrize(
    ("query", "label"),
    [
        *(("since=foo", "From"), ("until=2025-02-30", "Until")),
        *(("min_size=x", "Minimum articles"), ("cursor=%00", "Cursor")),
    ],
)
def test_invalid_filter_gives_an_error_page(client, storm, query, label):
    html = get_page(client, f"/admin?{query}", status=422)

    assert f"<li>{label}: " in html
    assert 'href="/admin/events"' in html


def follow_links(client, url: str | None, rel: str) -> Iterator[tuple[str, list[str]]]:
    """Follow links to older ("next") or newer ("prev") events; yield the events of each page."""
    while url:
        html = get_page(client, url)
        yield url, listed_events(html)
        match = re.search(f'href="([^"]*)" rel="{rel}"', html)
        url = match and match[1].replace("&amp;", "&")


def test_page_links_lead_through_all_events_and_back(client, article_recorder):
    # Many have the same time, so pages end between events that differ only in their numbers.
    article_recorder.record(
        *(RecordedArticle(f"a{n}", n, n, published=NOON + n // 30) for n in range(1, 131))
    )
    article_recorder.record(
        RecordedArticle("other", 999, 999, title="Budget passed", text="It passed.")
    )

    (*_, (last, _)) = older = list(follow_links(client, "/admin?q=harbour", "next"))
    assert [len(events) for _, events in older] == [50, 50, 30]
    assert [event for _, events in older for event in events] == [
        f"/admin/events/e{n}" for n in range(130, 0, -1)
    ]
    newer = list(follow_links(client, last, "prev"))
    assert [events for _, events in newer] == [events for _, events in reversed(older)]


def test_event_shows_copies_below_their_canonical_article(client, storm):
    html = get_page(client, "/admin/events/e1")

    order = [html.index(f'id="a-{name}"') for name in ("first", "reprint", "report")]
    assert order == sorted(order)
    assert '<p class="copies-label">1 copy</p>' in html


def test_event_shows_the_evidence_in_words_and_numbers(client, storm):
    html = get_page(client, "/admin/events/e1")

    assert "A copy: 94 % of the shorter text is in the other one." in html
    for share in (71, 94, 97, 83):
        assert f"<dd>{share} %" in html
    assert 'Not joined: <a href="/admin/events/e7">event e7</a>, 12 % likely.' in html
    assert '<li dir="auto">cranes</li>' in html
    assert "Joined automatically: 66 % likely to report this event." in html
    assert "Nothing similar enough had arrived before it." in html


def test_timeline_has_a_lane_for_each_source(client, storm):
    html = get_page(client, "/admin/events/e1")

    assert html.count('class="lane"') == 3
    assert len(re.findall(r'<circle class="dot copy" cx="[\d.]+%"', html)) == 1
    assert "<title>4 May 2025, 12:50: Harbour open again (copy)</title>" in html


def test_timeline_leaves_out_undated_articles(client, article_recorder):
    article_recorder.record(
        RecordedArticle("a", 1, 1, published=NOON - 9e7),
        RecordedArticle("b", 1, 2, published=NOON - 9e7 + 3600),
        RecordedArticle("c", 1, 3, published=None),
    )
    html = get_page(client, "/admin/events/e1")

    assert "1 article without a date is not shown" in html
    assert "undated, received" in html


def test_only_web_urls_are_linked_and_without_referrer(client, storm):
    html = get_page(client, "/admin/events/e1")

    link = '<a href="https://www.post.example/harbour?a=1&amp;b=2" rel="noopener noreferrer">'
    assert link in html
    assert "Read it at post.example" in html
    assert "javascript:" not in html
    assert 'href="javascript:' not in get_page(client, "/admin/articles/reprint")


def test_malformed_url_breaks_no_page(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1, url="http://[broken"))

    assert "Read it at http://[broken" in get_page(client, "/admin/events/e1")
    get_page(client, "/admin/articles/a")


def test_internal_error_page_hides_the_details(client, storm, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(queries, "list_and_count_events", fail)
    html = get_page(client, "/admin", status=500)

    assert "internal error" in html
    assert "secret" not in html


def test_very_long_text_is_truncated_on_the_event_page_only(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1, text="word " * 100_000 + "The end."))

    event = get_page(client, "/admin/events/e1")
    assert len(event) < 50_000
    assert "Show the whole text" in event
    assert "The end." in get_page(client, "/admin/articles/a")


def test_full_texts_can_be_unfolded(client, storm):
    html = get_page(client, "/admin/events/e1")

    assert html.count("<summary>Full text</summary>") == 3
    assert html.count("The end.") == 1


def test_article_shows_its_text_and_its_assignment(client, storm):
    html = get_page(client, "/admin/articles/reprint")

    assert "The harbour reopened on Sunday" in html
    assert links(html, r"/admin/events/e1") == ["/admin/events/e1"]
    assert links(html, r"/admin/articles/.*") == ["/admin/articles/first"]
    assert "94 % of the shorter text" in html


def test_article_shows_its_earlier_versions(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour shut"))
    article_recorder.record(RecordedArticle("a", 1, 1, title="Harbour open", text="It reopened."))
    html = get_page(client, "/admin/articles/a")

    assert "Earlier versions" in html
    assert html.index("Harbour open") < html.index("Earlier versions") < html.index("Harbour shut")


@pytest.mark.parametrize(
    "name", ["https://news.example/a//b?c=d", "with space", "ä/ö", "100%", "a?b#c", "wire:2025/7"]
)
def test_articles_are_found_by_any_id(client, article_recorder, name):
    article_recorder.record(RecordedArticle(name, 1, 1, title="Found it"))

    (url,) = links(get_page(client, "/admin/events/e1"), r"/admin/articles/.*")
    assert "Found it" in get_page(client, url)


def test_merged_event_redirects_to_the_surviving_event(client, article_recorder):
    article_recorder.record(RecordedArticle("a", 1, 1))
    article_recorder.record(RecordedArticle("a", 2, 2))

    response = client.get("/admin/events/e1")
    assert (response.status_code, response.location) == (308, "/admin/events/e2")


@pytest.mark.parametrize(
    "url",
    [
        "/admin/events/e99",
        "/admin/events/e0",
        "/admin/events/g1",
        "/admin/events/99999999999999999999999",
        "/admin/articles/none",
        "/admin/nowhere",
    ],
)
def test_unknown_urls_give_a_404_page(client, storm, url):
    assert "Not Found" in get_page(client, url, status=404)


@pytest.mark.parametrize(
    "url", ["/admin", "/admin/events/e1", "/admin/articles/first", "/admin/events/e99"]
)
def test_pages_load_nothing_from_other_sites(client, storm, url):
    response = client.get(url)
    html = response.get_data(as_text=True)

    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r'<style|\sstyle="|\son\w+="|<script(?! defer src="/admin/static)', html)
    assert not re.search(r'(?:src|<link[^>]*href)="(?!/admin/static/|/feeds/)', html)


def test_pages_require_a_token_if_one_is_configured(open_app):
    client = open_app(tokens="sesame").test_client()

    response = client.get("/admin")
    assert response.status_code == 401
    assert "Basic" in str(response.headers.getlist("WWW-Authenticate"))
    assert client.get("/admin", auth=("", "sesame")).status_code == 200
    with client.get("/admin/static/admin.css") as styles:  # public
        assert styles.status_code == 200
    assert "Bearer YOUR_TOKEN" in client.get("/admin", auth=("", "sesame")).get_data(as_text=True)


def test_article_fields_are_escaped(client, article_recorder):
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
    urls = ["/admin", f"/admin?q={SCRIPT}", "/admin/events/e1", "/admin/articles/a"]
    for url in [*urls, f"/admin/{SCRIPT}", f"/admin?since={SCRIPT}"]:
        html = client.get(url).get_data(as_text=True)
        assert "<script>" not in html, url
        assert '" onload="' not in html, url


def test_texts_carry_language_and_direction(client, article_recorder):
    article_recorder.record(
        RecordedArticle("a", 1, 1, title="إعادة فتح الميناء", text="أعيد فتح", language="ar")
    )
    article_recorder.record(RecordedArticle("b", 2, 2, title="港口重新开放", language="zh"))

    for url in ("/admin", "/admin/events/e1", "/admin/articles/a"):
        assert re.search(r'dir="auto" lang="ar">(<a[^>]*>)?إعادة', get_page(client, url)), url
    assert 'dir="auto" lang="zh"' in get_page(client, "/admin/events/e2")


def test_articles_without_title_text_source_and_date(client, article_recorder):
    article_recorder.record(
        RecordedArticle("a", 1, 1, title="", text="", source=None, published=None, language="und")
    )

    assert "Without a title" in get_page(client, "/admin")
    assert "Unknown source" in get_page(client, "/admin/events/e1")
    html = get_page(client, "/admin/articles/a")
    assert "No text was received." in html
    assert 'lang="und"' not in html


def test_event_of_2000_articles_has_pages(client, article_recorder):
    copies = [
        RecordedArticle(f"c{n}", 1, 1, duplicate_of="first", published=NOON + n)
        for n in range(1500)
    ]
    reports = [RecordedArticle(f"r{n}", 1, 2 + n, published=NOON + n) for n in range(499)]
    article_recorder.record(RecordedArticle("first", 1, 1, published=NOON - 1), *copies, *reports)

    started = time.perf_counter()
    first = get_page(client, "/admin/events/e1")
    assert time.perf_counter() - started < 2
    assert len(first) < 300_000
    assert "page 1 of 40" in first
    shown_articles = set()
    for number in range(1, 41):
        html = get_page(client, f"/admin/events/e1?page={number}")
        shown_articles.update(re.findall(r'id="a-(\w+)"', html))
    assert len(shown_articles) == 2000
    assert ", continued" in get_page(client, "/admin/events/e1?page=2")


@pytest.mark.parametrize("number", ["0", "-3", "99", "x"])
def test_page_number_out_of_range_shows_the_nearest_page(client, storm, number):
    assert 'id="a-first"' in get_page(client, f"/admin/events/e1?page={number}")


def test_list_of_10000_events_is_fast(client, article_recorder):
    article_recorder.record(
        *(RecordedArticle(f"a{n}", n, n, published=NOON + n) for n in range(1, 10_001))
    )
    get_page(client, "/admin?q=nothing-like-it")

    for query in ("", "?q=harbour", "?source=Wire", "?min_size=2"):
        started = time.perf_counter()
        get_page(client, f"/admin{query}")
        assert time.perf_counter() - started < 1, query


def test_posted_articles_are_shown_with_their_evidence(client, make_article):
    original = make_article(1, source="Wire", published_at="2025-05-04T12:00:00Z")
    reprint = {**original, "id": "reprint", "source": "Echo", "title": "Another headline"}
    client.post("/v1/articles", json=original)
    assigned = client.post("/v1/articles", json=reprint).get_json()
    assert assigned["duplicate_of"] == "story-1"

    html = get_page(client, f"/admin/events/{assigned['event_id']}")
    assert html.index('id="a-story-1"') < html.index('id="a-reprint"')
    assert "The same text, word for word." in html
    assert "Wire" in html
    assert "Echo" in html
