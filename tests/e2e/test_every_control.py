"""Every page on a phone and on a desk, light and dark: by mouse alone, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_pages import OpenPage, axe_violations, fits_viewport, page_opener, serve_app
from tests.e2e.devices import DEVICES, Device, unreached_controls
from tests.support.apps import copy_store, running_app
from tests.support.users import EDITOR_PASSWORD, user_entry

pytestmark = [pytest.mark.browser, pytest.mark.slow]

USERS = user_entry("boss", "admin", EDITOR_PASSWORD)
ROBOT = {"Authorization": "Bearer robot"}
PAGES = {
    "front": "/admin?limit=20",
    "list": "/admin?within=all&singles=1&limit=20",
    "search": "/admin?q=harbour&min_size=1",
    "nothing found": "/admin?source=Nobody",
    "event": "/admin/events/{event}",
    "article": "/admin/articles/{article}",
    "storyline": "/admin/events/{event}/storyline",
    "move": "/admin/move-article/{article}?q=harbour",
    "merge": "/admin/merge-event/{event}?q=harbour",
    "questions": "/admin/review-queue",
    "log": "/admin/history",
    "sources": "/admin/sources",
    "compare": "/admin/compare?first={article}&second={other}",
    "sensitivity": "/admin/threshold",
    "webhooks": "/admin/webhooks",
    "access": "/admin/access",
    "no such event": "/admin/events/e99999",
}


class Site:
    """A running site, ids of what is on it, and the cookies of somebody who may do everything."""

    def __init__(self, url: str, client: Any, browser: Browser) -> None:
        self.url = url
        events = client.get("/v1/events?sort=size", headers=ROBOT).get_json()["items"]
        event = client.get(f"/v1/events/{events[0]['event_id']}", headers=ROBOT).get_json()
        texts = [group["canonical_article_id"] for group in event["groups"]]
        self.ids = {
            "event": events[0]["event_id"],
            "second_event": events[1]["event_id"],
            "article": texts[0],
            "other": texts[1],
        }
        self.session = _log_in(url, browser)

    def path(self, page: str) -> str:
        return PAGES[page].format(**self.ids)


def _log_in(url: str, browser: Browser) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/admin")
    page.fill("#name", "boss")
    page.fill("#password", EDITOR_PASSWORD)
    page.click(".login-form button")
    page.wait_for_url("**/admin")
    session = context.storage_state()
    context.close()
    return session


def open_site(store: Path, browser: Browser) -> Iterator[Site]:
    with running_app(store, users=USERS, tokens="robot") as app:
        client = app.test_client()
        lock = {"kind": "lock_event", "event_id": "e3", "actor": "boss"}
        assert client.post("/v1/decisions", json=lock, headers=ROBOT).status_code == 201
        hook = {"url": "http://127.0.0.1:9/hook"}
        assert client.post("/v1/webhooks", json=hook, headers=ROBOT).status_code == 201
        with serve_app(app) as url:
            yield Site(url, client, browser)


@pytest.fixture(scope="module")
def unchanged(
    starter_store: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Site]:
    """A site that the tests do not change."""
    store = tmp_path_factory.mktemp("controls") / "store.db"
    copy_store(starter_store, store)
    yield from open_site(store, browser)


@pytest.fixture
def changed(starter_store: Path, tmp_path: Path, browser: Browser) -> Iterator[Site]:
    copy_store(starter_store, tmp_path / "store.db")
    yield from open_site(tmp_path / "store.db", browser)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_every_control_is_reached(
    browser: Browser, unchanged: Site, name: str, width: int, scheme: str
) -> None:
    with page_opener(browser, unchanged.url) as open_page:
        page = open_page(
            unchanged.path(name), width, color_scheme=scheme, storage_state=unchanged.session
        )
        page.eval_on_selector_all("main details", "all => all.forEach(each => each.open = true)")
        assert axe_violations(page) == []
        assert fits_viewport(page)
        assert unreached_controls(page) == {}


def button(page: Page, label: str, nth: int = 0) -> Any:
    return page.get_by_role("button", name=label).nth(nth)


def link(page: Page, label: str) -> Any:
    return page.get_by_role("link", name=label, exact=True).first


def search_and_filter(page: Page, device: Device, site: Site) -> None:
    device.write(page.locator("#q"), "harbour")
    device.press(button(page, "Search"))
    page.wait_for_url("**q=harbour**")
    device.press(page.locator(".list-bar summary"))
    device.write(page.get_by_label("Source"), "Talmar Wire")
    device.press(button(page, "Search"))
    page.wait_for_url("**source=Talmar+Wire**")
    device.press(page.locator(".filters a", has_text="Source"))
    expect(page.locator(".filters a")).to_have_count(1)


def change_the_list(page: Page, device: Device, site: Site) -> None:
    device.press(link(page, "All"))
    page.wait_for_url("**within=all**")
    device.press(link(page, "Most articles"))
    page.wait_for_url("**sort=size**")
    device.press(page.locator(".folded a"))
    page.wait_for_url("**singles=1**")
    device.press(page.locator(".pages .older"))
    page.wait_for_url("**cursor=**")
    device.press(page.locator(".pages [rel=prev]"))
    page.wait_for_url(lambda url: "cursor" not in url)


def mark_as_reviewed(page: Page, device: Device, site: Site) -> None:
    device.press(page.get_by_role("checkbox").first)
    device.press(button(page, "Mark as reviewed"))
    expect(page.get_by_text("reviewed by boss")).to_have_count(1)
    device.press(page.locator(".is-reviewed [data-item-link]"))
    page.wait_for_url("**/admin/events/e**")
    device.press(button(page, "Not reviewed"))
    expect(page.locator(".chip")).to_have_count(0)


def answer_skip_flag_and_undo(page: Page, device: Device, site: Site) -> None:
    first = page.locator(".pair .headline a").first.get_attribute("href")
    for label, notice in {"Skip": "Skipped", "Flag": "Flagged", "Different": "Different"}.items():
        device.press(button(page, label))
        expect(page.locator(".notice")).to_contain_text(notice)
        device.press(page.locator(".notice").get_by_role("button", name="Undo"))
        expect(page.locator(".pair .headline a").first).to_have_attribute("href", first or "")


def cut_and_tie(page: Page, device: Device, site: Site) -> None:
    device.write(page.get_by_label("Event id"), site.ids["second_event"])
    device.press(button(page, "Tie"))
    expect(page.get_by_text("tied by boss")).to_have_count(1)
    tied = page.locator("li", has_text="tied by boss")
    device.press(tied.get_by_role("button", name="Cut").last)
    expect(page.get_by_text("tied by boss")).to_have_count(0)


def compare_two_articles(page: Page, device: Device, site: Site) -> None:
    device.press(page.locator(".more summary"))
    device.press(link(page, "Compare"))
    page.wait_for_url("**/admin/compare")
    device.write(page.get_by_label("First article"), site.ids["article"])
    device.write(page.get_by_label("Second article"), site.ids["other"])
    device.press(button(page, "Compare"))
    expect(page.locator(".pair > article")).to_have_count(2)


def undo_in_the_log(page: Page, device: Device, site: Site) -> None:
    device.press(link(page, "Active only"))
    page.wait_for_url("**active=true")
    device.press(page.locator("#d1").get_by_role("button", name="Undo"))
    expect(page.locator(".notice")).to_contain_text("Undid: Locked")


def compute_a_proposal(page: Page, device: Device, site: Site) -> None:
    device.press(button(page, "Compute a proposal"))
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("omput")


def stop_and_resume(page: Page, device: Device, site: Site) -> None:
    device.press(button(page, "Stop"))
    expect(page.locator(".webhook strong")).to_have_text("Stopped")
    device.press(button(page, "Resume"))
    expect(button(page, "Stop")).to_be_visible()


def make_and_withdraw(page: Page, device: Device, site: Site) -> None:
    device.write(page.get_by_label("Name, such as that of the program"), "crawler")
    device.press(button(page, "Make the token"))
    device.press(button(page, "Withdraw"))
    expect(button(page, "Withdraw")).to_have_count(0)
    device.write(page.locator("#user-name"), "rita")
    device.write(page.locator("#user-password"), "a long enough password")
    device.press(button(page, "Make the user"))
    device.press(button(page, "Remove"))
    expect(button(page, "Remove")).to_have_count(0)


def insist_in_a_conflict(page: Page, device: Device, site: Site) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    button(other, "Lock").click()
    expect(other.locator(".notice")).to_contain_text("Locked")
    other.close()
    device.press(page.locator(".rename summary"))
    device.write(page.get_by_label("Headline"), "Another headline ")
    device.press(page.locator(".rename form button"))
    expect(page.locator("h1")).to_have_text("Not saved: the data has changed")
    device.press(button(page, "Do it anyway"))
    expect(page.locator("h1")).to_contain_text("Another headline")


ACTIONS: dict[str, tuple[str, Callable[[Page, Device, Site], None]]] = {
    "search": ("list", search_and_filter),
    "list": ("front", change_the_list),
    "reviewed": ("front", mark_as_reviewed),
    "questions": ("questions", answer_skip_flag_and_undo),
    "storyline": ("storyline", cut_and_tie),
    "compare": ("sources", compare_two_articles),
    "log": ("log", undo_in_the_log),
    "sensitivity": ("sensitivity", compute_a_proposal),
    "webhooks": ("webhooks", stop_and_resume),
    "access": ("access", make_and_withdraw),
    "conflict": ("event", insist_in_a_conflict),
}
"""Actions that other tests of pages do not try with both devices, each on its page."""


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ACTIONS)
def test_action_is_done_by_one_device(
    browser: Browser, changed: Site, name: str, device: str, width: int, scheme: str
) -> None:
    page_name, act = ACTIONS[name]
    with page_opener(browser, changed.url) as open_page:
        page = open_page(
            changed.path(page_name), width, color_scheme=scheme, storage_state=changed.session
        )
        act(page, DEVICES[device], changed)


def test_login_and_logout_by_either_device(browser: Browser, unchanged: Site) -> None:
    with page_opener(browser, unchanged.url) as open_page:
        for device in DEVICES.values():
            log_in_and_out(open_page, device)


def log_in_and_out(open_page: OpenPage, device: Device) -> None:
    page = open_page("/admin", 390)
    assert axe_violations(page) == []
    assert unreached_controls(page) == {}
    device.write(page.locator("#name"), "boss")
    device.write(page.locator("#password"), EDITOR_PASSWORD)
    device.press(button(page, "Log in"))
    page.wait_for_url("**/admin")
    device.press(button(page, "Log out"))
    page.wait_for_url("**/admin/login")
