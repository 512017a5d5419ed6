"""Login and logout in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from service.web import extensions
from tests.e2e.browser_pages import OpenPage, axe_violations, fits_viewport, serve_app
from tests.support.stored_articles import ArticleRecorder, RecordedArticle
from tests.support.users import EDITOR_PASSWORD, READER_PASSWORD, USERS

pytestmark = pytest.mark.browser


@pytest.fixture
def site(open_app) -> Iterator[str]:
    app = open_app(users=USERS)
    ArticleRecorder(app.extensions[extensions.STORE]).record(RecordedArticle("first", 1, 1))
    with serve_app(app) as url:
        yield url


def submit_login(page: Page, name: str = "anna", password: str = EDITOR_PASSWORD) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    with page.expect_navigation():
        page.click(".login-form button")


def test_login_leads_to_the_requested_page_and_logout_to_the_form(
    open_page: OpenPage,
) -> None:
    page = open_page("/admin/events/e1?page=1")
    assert "/admin/login" in page.url
    submit_login(page)
    page.wait_for_url("**/admin/events/e1?page=1")
    assert page.inner_text(".account span") == "anna, editor"
    page.click(".account button")
    page.wait_for_url("**/admin/login")
    page.go_back(wait_until="load")
    expect(page.locator(".account")).to_have_count(0)
    expect(page.locator(".login-form")).to_have_count(1)


def test_login_and_logout_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("ben")
    page.keyboard.press("Tab")
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(READER_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Log out":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/login")


def test_wrong_password_is_reported_and_can_be_retyped(open_page: OpenPage) -> None:
    page = open_page()
    submit_login(page, password="not the password")
    expect(page.locator("[role=alert]")).to_have_text("The name or the password is wrong.")
    expect(page.locator("#name")).to_have_value("anna")
    expect(page.locator("#password")).to_have_value("")
    expect(page.locator("#password")).to_be_focused()  # set a moment after the page has loaded
    assert page.title().startswith("Not logged in")
    page.keyboard.type(EDITOR_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")


def test_login_and_logout_work_without_script(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    submit_login(page)
    page.wait_for_url("**/admin")
    page.click(".account button")
    page.wait_for_url("**/admin/login")


def test_cookie_is_hidden_from_scripts_and_other_sites(open_page: OpenPage) -> None:
    page = open_page()
    submit_login(page)
    page.wait_for_url("**/admin")
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_another_site_cannot_log_a_user_out(open_page: OpenPage, site: str) -> None:
    page = open_page()
    submit_login(page)
    page.wait_for_url("**/admin")
    other_site = page.context.new_page()
    # To a browser, the same machine under another name is another site.
    other_site.goto(site.replace("127.0.0.1", "localhost") + "/admin/login")
    other_site.route(
        "**/lure",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{site}/admin/logout"><button>Win</button></form>',
        ),
    )
    other_site.goto(site.replace("127.0.0.1", "localhost") + "/lure")
    other_site.click("button")
    other_site.wait_for_url(f"{site}/admin/logout")
    page.reload()
    assert page.inner_text(".account span") == "anna, editor"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation(open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(color_scheme=scheme, width=width)
    assert axe_violations(page) == []
    assert fits_viewport(page)
    submit_login(page, name="x" * 64, password="wrong")
    assert axe_violations(page) == []
    assert fits_viewport(page)
    submit_login(page)
    page.wait_for_url("**/admin")
    assert axe_violations(page) == []
    assert fits_viewport(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_the_local_only_page(browser, open_app, scheme) -> None:
    app = open_app(trusted_proxies="127.0.0.1")  # so that no request counts as local
    with serve_app(app) as url:
        page = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 800})
        page.goto(url + "/admin")
        violations, title = axe_violations(page), page.inner_text("h1")
        page_width = page.evaluate("document.documentElement.scrollWidth")
        page.close()
    assert (violations, title) == ([], "For this machine only")
    assert page_width <= 360


@pytest.mark.parametrize("width", [390, 1280])
def test_header_of_an_editor_is_one_line_and_holds_every_page(
    open_page: OpenPage, width: int
) -> None:
    page = open_page(width=width)
    submit_login(page)
    middles = page.locator(".site-header > *").evaluate_all(
        "parts => parts.map(part => part.getBoundingClientRect())"
        ".map(box => box.y + box.height / 2)"
    )
    assert max(middles) - min(middles) < 12
    page.click(".more summary")
    expect(page.locator(".more a").first).to_be_visible()
    assert fits_viewport(page)
    assert not axe_violations(page)
    page.keyboard.press("Escape")
    expect(page.locator(".more a").first).to_be_hidden()
