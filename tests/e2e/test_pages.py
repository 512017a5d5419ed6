"""The pages in a real browser: Debian's Chromium, driven by Playwright."""

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
MORE_PAGES = ["/admin?q=nothing-like-it", "/admin/events/e2", "/admin/events/e99", "/admin?since=x"]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """A served newsroom with all that is hard to show; the tests only look at it."""
    with running_app(tmp_path_factory.mktemp("hard") / "store.db") as app:
        fill(ArticleRecorder(app.extensions[extensions.STORE]))
        with serve_app(app) as address:
            yield address


def fill(article_recorder: ArticleRecorder) -> None:
    article_recorder.record(
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
            source="A source with a name so long that it fits into no lane of any picture " * 2,
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
    with page_opener(browser, site) as visit:
        yield visit


@pytest.mark.parametrize("address", PAGES + MORE_PAGES)
def test_no_page_scrolls_sideways_on_a_telephone(open_page, address):
    page = open_page(address, width=360)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() != "broken"


@pytest.mark.parametrize(
    ("address", "scheme"),
    [*((address, "light") for address in PAGES + MORE_PAGES), *((it, "dark") for it in PAGES)],
)
def test_axe_finds_no_violation(open_page, address, scheme):
    page = open_page(address, color_scheme=scheme)
    for fold in page.query_selector_all("details:not([open]) > summary"):
        fold.click()

    assert axe_violations(page) == []


def test_axe_finds_no_violation_in_an_empty_newsroom(browser, app):
    with serve_app(app) as address:
        page = browser.new_page()
        page.goto(address + "/admin")
        found = axe_violations(page)
        page.close()

    assert found == []


def test_keys_walk_through_the_list_and_open_an_event(open_page, site):
    page = open_page("/admin")
    rows = [row.text_content() for row in page.query_selector_all("[data-row]")]
    focused = "document.activeElement.textContent"

    page.keyboard.press("j")
    assert page.evaluate(focused) == rows[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(focused) == rows[2]
    page.keyboard.press("k")
    assert page.evaluate(focused) == rows[1]
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/events/e*")
    page.keyboard.press("u")
    page.wait_for_url("**/admin/events")


def test_slash_goes_to_the_search_and_typing_there_is_only_typing(open_page):
    page = open_page("/admin")

    page.keyboard.press("/")
    page.keyboard.type("jk/u")
    assert page.input_value("#q") == "jk/u"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-row]')")
    page.keyboard.press("/")
    page.keyboard.type("Event 42")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Event+42**")
    expect(page.locator("[data-row]")).to_have_text(["Event 42"])


def test_shortcuts_of_the_browser_are_left_alone(open_page):
    page = open_page("/admin")

    page.keyboard.press("Control+j")
    assert not page.evaluate("document.activeElement.matches('[data-row]')")


def test_the_first_tab_skips_to_the_content(open_page):
    page = open_page("/admin")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_everything_works_without_script(open_page):
    page = open_page("/admin", java_script_enabled=False)

    page.fill("#q", "harbour")
    page.click(".search button")
    page.wait_for_url("**q=harbour**")
    page.click("[data-row]")
    page.wait_for_url("**/admin/events/e*")
    page.click("article summary >> nth=0")
    expect(page.locator(".fulltext").first).to_be_visible()
    page.click("article .headline a")
    page.wait_for_url("**/admin/articles/**")


def test_an_hour_in_the_picture_leads_to_its_events(open_page):
    page = open_page("/admin")

    page.locator(".bars a").last.click(force=True)
    page.wait_for_url("**since=**until=**")
    expect(page.locator(".chosen a")).to_have_count(2)
    expect(page.locator("[data-row]")).not_to_have_count(0)


@pytest.mark.parametrize("address", ["/admin", "/admin/events/e1"])
def test_styles_are_applied_under_the_content_policy(open_page, address):
    page = open_page(address)

    font = page.evaluate("getComputedStyle(document.querySelector('.headline')).fontFamily")
    assert "serif" in font
    fill = page.evaluate(
        "getComputedStyle(document.querySelector('.bar:not(.none), .dot:not(.copy)')).fill"
    )
    assert fill != "rgb(0, 0, 0)"
