"""The admin pages in a real browser: Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from clustering.types import Evidence
from service.web import extensions
from tests.e2e.browser_pages import OpenPage, axe_violations, page_opener, serve_app
from tests.support.apps import running_app
from tests.support.stored_articles import MINUTE, NOON, ArticleRecorder, RecordedArticle

pytestmark = pytest.mark.browser

PAGES = ["/admin", "/admin?q=harbour&min_size=2", "/admin/events/e1", "/admin/articles/reprint"]
FURTHER_PAGES = [
    "/admin?q=nothing-like-it",
    "/admin/events/e2",
    "/admin/events/e99",
    "/admin?since=x",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """A site with articles that are hard to show; the tests do not change it."""
    with running_app(tmp_path_factory.mktemp("pages") / "store.db") as app:
        record_articles(ArticleRecorder(app.extensions[extensions.STORE]))
        with serve_app(app) as url:
            yield url


def record_articles(recorder: ArticleRecorder) -> None:
    recorder.record(
        RecordedArticle("first", 1, 1, url="https://post.example/harbour", text="Long. " * 2000),
        RecordedArticle(
            "reprint",
            1,
            1,
            title="<script>document.title = 'broken'</script>",
            source="Coast Echo",
            published=NOON + 300 * MINUTE,
            duplicate_of="first",
            evidence=Evidence(0.71, 0.94, 0.97, 0.83, (2, 0.12), ("harbour", "cranes")),
        ),
        RecordedArticle(
            "report",
            1,
            2,
            title="Harbour" + "wordwithoutend" * 30,
            source="A source with a name so long that it fits into no lane of any chart " * 2,
            published=NOON + 200 * MINUTE,
            evidence=Evidence(event_probability=0.66, shared_terms=("x" * 200,)),
        ),
        RecordedArticle(
            "arabic", 2, 3, title="إعادة فتح الميناء بعد العاصفة", language="ar", source="المرسى"
        ),
        RecordedArticle("untitled", 3, 4, title="", published=None, source=None, language="und"),
        *(
            RecordedArticle(f"a{n}", n, n, title=f"Event {n}", published=NOON - n)
            for n in range(5, 80)
        ),
    )


@pytest.fixture
def open_page(browser, site) -> Iterator[OpenPage]:
    with page_opener(browser, site) as opener:
        yield opener


@pytest.mark.parametrize("url", PAGES + FURTHER_PAGES)
def test_no_page_scrolls_sideways_on_a_phone(open_page, url):
    page = open_page(url, width=360)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() != "broken"


@pytest.mark.parametrize(
    ("url", "scheme"),
    [*((url, "light") for url in PAGES + FURTHER_PAGES), *((url, "dark") for url in PAGES)],
)
def test_axe_finds_no_violation(open_page, url, scheme):
    page = open_page(url, color_scheme=scheme)
    # Opened by script: the open menu of the header may cover what a click would open next.
    page.eval_on_selector_all("details", "all => all.forEach(each => each.open = true)")

    assert axe_violations(page) == []


def test_axe_finds_no_violation_in_an_empty_store(browser, app):
    with serve_app(app) as url:
        page = browser.new_page()
        page.goto(url + "/admin")
        violations = axe_violations(page)
        page.close()

    assert violations == []


def test_keys_move_through_the_list_and_open_an_event(open_page, site):
    page = open_page("/admin?singles=1")
    headlines = [link.text_content() for link in page.query_selector_all("[data-item-link]")]
    focused = "document.activeElement.textContent"

    page.keyboard.press("j")
    assert page.evaluate(focused) == headlines[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(focused) == headlines[2]
    page.keyboard.press("k")
    assert page.evaluate(focused) == headlines[1]
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/events/e**")
    page.keyboard.press("u")
    page.wait_for_url(lambda url: url.endswith("/admin?singles=1"))


def test_slash_focuses_the_search_where_keys_are_text(open_page):
    page = open_page("/admin")

    page.keyboard.press("/")
    page.keyboard.type("jk/u")
    assert page.input_value("#q") == "jk/u"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-item-link]')")
    page.keyboard.press("/")
    page.keyboard.type("Event 42")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Event+42**")
    expect(page.locator("[data-item-link]")).to_have_text(["Event 42"])


def test_browser_shortcuts_are_not_overridden(open_page):
    page = open_page("/admin")

    page.keyboard.press("Control+j")
    assert not page.evaluate("document.activeElement.matches('[data-item-link]')")


def test_first_tab_stop_skips_to_the_content(open_page):
    page = open_page("/admin")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_pages_work_without_script(open_page):
    page = open_page("/admin", java_script_enabled=False)

    page.fill("#q", "harbour")
    page.click(".search button")
    page.wait_for_url("**q=harbour**")
    page.click("[data-item-link]")
    page.wait_for_url("**/admin/events/e**")
    page.click("article summary >> nth=0")
    expect(page.locator(".fulltext").first).to_be_visible()
    page.click("article .headline a")
    page.wait_for_url("**/admin/articles/**")


def test_ten_events_fit_on_a_screen(open_page):
    page = open_page("/admin?singles=1")
    page.set_viewport_size({"width": 1280, "height": 900})

    boxes = [event.bounding_box() for event in page.locator(".event").all()]
    assert sum(box is not None and box["y"] + box["height"] <= 900 for box in boxes) >= 10


def test_search_survives_opening_an_event_and_coming_back(open_page):
    page = open_page("/admin?q=Event&min_size=1")
    page.locator("[data-item-link]").nth(3).click()
    page.wait_for_url("**/admin/events/e**")
    page.keyboard.press("u")
    page.wait_for_url(lambda url: url.endswith("/admin?q=Event&min_size=1"))


@pytest.mark.parametrize("url", ["/admin", "/admin/events/e1"])
def test_styles_apply_under_the_content_security_policy(open_page, url):
    page = open_page(url)

    font = page.evaluate("getComputedStyle(document.querySelector('.headline')).fontFamily")
    assert "serif" in font
    color = page.evaluate("getComputedStyle(document.querySelector('.headline a')).color")
    assert color != "rgb(0, 0, 238)"
