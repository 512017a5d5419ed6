"""Decisions in a real browser: by mouse, by keyboard, without script, and by two editors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import storm_articles
from tests.e2e.browser_pages import OpenPage, axe_violations, fits_viewport, page_opener, serve_app
from tests.support.apps import copy_store, running_app
from tests.support.users import EDITOR_PASSWORD, USERS, user_entry

pytestmark = pytest.mark.browser

EVENT_PAGE = "/admin/events/e1"
WITH_NOTICE = re.compile(r"[?&]done=d\d+")


@pytest.fixture(scope="module")
def storm_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the storm articles; each test gets a copy."""
    path = tmp_path_factory.mktemp("storm") / "store.db"
    with running_app(path) as app:
        storm_articles.post_articles(app.test_client())
    return path


@pytest.fixture
def site(storm_store: Path, tmp_path: Path, open_app: Callable[..., Flask]) -> Iterator[str]:
    copy_store(storm_store, tmp_path / "store.db")
    with serve_app(open_app()) as url:
        yield url


def article_item(page: Page, article_id: str) -> Locator:
    return page.locator(f"[id='a-{article_id}']")


def select_by_mouse(page: Page, *article_ids: str) -> None:
    for article_id in article_ids:
        article_item(page, article_id).get_by_role("checkbox").check()


def select_by_keys(page: Page, *article_ids: str) -> None:
    for article_id in article_ids:
        article_item(page, article_id).locator("[data-item-link]").focus()
        page.keyboard.press("x")
        expect(article_item(page, article_id).get_by_role("checkbox")).to_be_checked()


def click_in_edit_menu(page: Page, article_id: str, button: str) -> None:
    article_item(page, article_id).get_by_text("Edit", exact=True).click()
    article_item(page, article_id).get_by_role("button", name=button).click()


def press_on(page: Page, article_id: str, key: str) -> None:
    article_item(page, article_id).locator("[data-item-link]").focus()
    page.keyboard.press(key)


def click(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).first.click()


def search_by_mouse(page: Page, picker: str, words: str) -> None:
    page.wait_for_url(f"**{picker}")
    page.fill("#q", words)
    click(page, "Search")
    page.wait_for_url(f"**q={words}**")


def search_by_keys(page: Page, picker: str, words: str) -> None:
    page.wait_for_url(f"**{picker}")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**q={words}**")


def move_by_mouse(page: Page) -> None:
    article_item(page, "ferry").get_by_text("Edit", exact=True).click()
    article_item(page, "ferry").get_by_role("link", name="Move to").click()
    search_by_mouse(page, "/admin/move-article/ferry", "budget")
    click(page, "Move here")


def move_by_keys(page: Page) -> None:
    press_on(page, "ferry", "v")
    search_by_keys(page, "/admin/move-article/ferry", "e2")
    page.keyboard.press("1")


def merge_by_mouse(page: Page) -> None:
    page.get_by_role("link", name="Merge with").click()
    search_by_mouse(page, "/admin/merge-event/e1", "circus")
    click(page, "Merge")


def merge_by_keys(page: Page) -> None:
    page.keyboard.press("m")
    search_by_keys(page, "/admin/merge-event/e1", "e3")
    page.keyboard.press("1")


def rename_by_mouse(page: Page) -> None:
    page.locator("summary", has_text="Rename").click()
    page.get_by_label("Headline").fill("The storm of May")
    page.locator(".rename button").click()


def rename_by_keys(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.get_by_label("Headline")).to_be_focused()
    page.keyboard.type("The storm of May")
    page.keyboard.press("Enter")


def bulk_action(
    article_ids: list[str], button: str, key: str
) -> tuple[Callable[[Page], None], ...]:
    """Select articles and use a button of the bulk form: by mouse, and by keys."""

    def by_mouse(page: Page) -> None:
        select_by_mouse(page, *article_ids)
        expect(page.locator(".count")).to_have_text(f"{len(article_ids)} selected")
        page.locator("#bulk").get_by_role("button", name=button).first.click()

    def by_keys(page: Page) -> None:
        select_by_keys(page, *article_ids)
        page.keyboard.press(key)

    return by_mouse, by_keys


class Action(NamedTuple):
    mouse: Callable[[Page], None]
    keys: Callable[[Page], None]
    kind: str
    notice: str
    path: str = EVENT_PAGE


ACTIONS = {
    "split off": Action(*bulk_action(["ferry"], "Split off", "s"), "split_event", "Split “Ferries"),
    "different events": Action(
        *bulk_action(["cranes", "ferry"], "Different events", "a"),
        "keep_apart",
        "Different events: “Two",
    ),
    "duplicates": Action(
        *bulk_action(["cranes", "ferry"], "Duplicates", "d"), "duplicate", "Duplicates: “Two cranes"
    ),
    "not duplicates": Action(
        *bulk_action(["harbour", "copy"], "Not duplicates", "n"),
        "not_duplicate",
        "Not duplicates: “H",
    ),
    "not a duplicate": Action(
        lambda page: click_in_edit_menu(page, "copy", "Not a duplicate"),
        lambda page: press_on(page, "copy", "n"),
        "not_duplicate",
        "Not duplicates: “<script>",
    ),
    "make canonical": Action(
        lambda page: click_in_edit_menu(page, "copy", "Make main"),
        lambda page: press_on(page, "copy", "c"),
        "set_canonical",
        "Made “<script>",
    ),
    "move": Action(move_by_mouse, move_by_keys, "move_article", "Moved “Ferries"),
    "lock": Action(
        lambda page: click(page, "Lock"),
        lambda page: page.keyboard.press("l"),
        "lock_event",
        "Locked",
    ),
    "rename": Action(rename_by_mouse, rename_by_keys, "rename_event", "Renamed"),
    "merge": Action(merge_by_mouse, merge_by_keys, "merge_events", "Merged “A circus"),
    "split off, on the article page": Action(
        lambda page: click(page, "Split off"),
        lambda page: page.keyboard.press("s"),
        "split_event",
        "Split “Ferries",
        "/admin/articles/ferry",
    ),
    "not a duplicate, on the article page": Action(
        lambda page: click(page, "Not a duplicate"),
        lambda page: page.keyboard.press("n"),
        "not_duplicate",
        "Not duplicates: “<script>",
        "/admin/articles/copy",
    ),
    "different from an event candidate": Action(
        lambda page: event_candidate(page, "Two cranes").get_by_role("button").click(),
        lambda page: (
            event_candidate(page, "Two cranes").locator("[data-item-link]").focus(),
            page.keyboard.press("a"),
        ),
        "keep_apart",
        "Different events: “Ferries",
        "/admin/articles/ferry",
    ),
}


def event_candidate(page: Page, title: str) -> Locator:
    heading = page.locator("h3", has_text="Perhaps the same event")
    candidates = heading.locator("xpath=following-sibling::ol[1]")
    return candidates.locator("[data-item]", has_text=title)


def decisions(page: Page, site: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = page.request.get(f"{site}/v1/decisions").json()["items"]
    return items


def state(page: Page, site: str) -> tuple[str, str]:
    """Everything that decisions may change."""
    events = page.request.get(f"{site}/v1/events").text()
    return page.request.get(f"{site}/v1/assignments").text(), events


def expect_notice(page: Page, text: str) -> None:
    page.wait_for_url(WITH_NOTICE)
    expect(page.locator(".notice p")).to_contain_text(text)


@pytest.mark.parametrize("device", ["mouse", "keys"])
@pytest.mark.parametrize("name", ACTIONS)
def test_action_is_done_shown_in_a_notice_and_undone(
    open_page: OpenPage, site: str, name: str, device: str
) -> None:
    action = ACTIONS[name]
    page = open_page(action.path)
    before = state(page, site)
    (action.mouse if device == "mouse" else action.keys)(page)
    expect_notice(page, action.notice)
    assert [decision["kind"] for decision in decisions(page, site)] == [action.kind]
    if device == "mouse":
        page.locator(".notice").get_by_role("button", name="Undo").click()
    else:
        page.keyboard.press("z")
    expect_notice(page, "Undid")
    expect(page.locator(".notice button")).to_have_count(0)
    assert state(page, site) == before
    assert page.title() != "broken"


@pytest.mark.parametrize("device", ["mouse", "keys"])
def test_events_are_selected_in_the_list_and_merged(
    open_page: OpenPage, site: str, device: str
) -> None:
    page = open_page("/admin?singles=1")
    expect(page.locator("[data-item-link]")).to_have_count(3)
    if device == "mouse":
        for box in page.get_by_role("checkbox").all()[:2]:
            box.check()
        click(page, "Merge")
    else:
        for key in "xxm":
            page.keyboard.press(key)
    expect_notice(page, "Merged")
    expect(page.locator("[data-item-link]")).to_have_count(2)
    page.keyboard.press("z")
    expect_notice(page, "Undid")
    expect(page.locator("[data-item-link]")).to_have_count(3)


def test_chip_names_the_decision_in_force_and_leads_to_it(open_page: OpenPage) -> None:
    page = open_page(EVENT_PAGE)
    page.keyboard.press("l")
    expect_notice(page, "Locked")
    expect(page.locator(".chip")).to_have_text("Locked by anonymous")
    rename_by_keys(page)
    expect_notice(page, "Renamed")
    expect(page.locator("h1")).to_have_text("The storm of May")
    page.locator(".chip", has_text="Headline").click()
    page.wait_for_url("**/admin/history**#d2")
    expect(page.locator("#d2")).to_contain_text("The storm of May")


def test_bulk_shortcut_without_selection_sends_nothing(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT_PAGE)
    page.keyboard.press("s")
    expect(page.locator(".count")).to_have_text("Choose something first (key x)")
    expect(page.locator(".bulk")).to_be_in_viewport()
    assert decisions(page, site) == []


def test_enter_in_the_reason_field_sends_nothing(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT_PAGE)
    select_by_mouse(page, "ferry")
    page.fill("#bulk [name=reason]", "another harbour")
    page.keyboard.press("Enter")
    page.locator("#bulk").get_by_role("button", name="Split off").click()
    expect_notice(page, "Split “Ferries")
    (decision,) = decisions(page, site)
    assert decision["reason"] == "another harbour"


def test_keyboard_help_is_shown_and_hidden(open_page: OpenPage) -> None:
    page = open_page(EVENT_PAGE)
    help_list = page.locator("#shortcuts ul")
    expect(help_list).to_be_hidden()
    page.keyboard.press("?")
    expect(help_list).to_be_visible()
    expect(help_list).to_contain_text("split off the selected articles")
    page.keyboard.press("Escape")
    expect(help_list).to_be_hidden()


def test_double_click_makes_one_decision(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT_PAGE)
    page.get_by_role("button", name="Lock").dblclick()
    expect_notice(page, "Locked")
    assert len(decisions(page, site)) == 1


def test_conflict_page_offers_to_undo_the_contradicting_decision(
    open_page: OpenPage, site: str
) -> None:
    page = open_page(EVENT_PAGE)
    select_by_keys(page, "cranes", "ferry")
    page.keyboard.press("a")
    expect_notice(page, "Different events")
    event_id = page.request.get(f"{site}/v1/articles/ferry").json()["assignment"]["event_id"]
    page.goto(f"{site}/admin/merge-event/e1?q={event_id}")
    page.keyboard.press("1")
    expect(page.locator("h1")).to_have_text("Not saved: an earlier decision contradicts it")
    expect(page.locator(".item-list li")).to_contain_text("Different events")
    page.get_by_role("button", name="Undo").click()
    expect_notice(page, "Undid: Different events")
    assert page.request.get(f"{site}/v1/articles/ferry").json()["assignment"]["event_id"] == "e1"


def test_any_decision_of_the_history_can_be_undone(open_page: OpenPage) -> None:
    page = open_page(EVENT_PAGE)
    page.keyboard.press("l")
    expect_notice(page, "Locked")
    rename_by_keys(page)
    expect_notice(page, "Renamed")
    page.get_by_role("link", name="Log", exact=True).click()
    page.wait_for_url("**/admin/history")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#d1 [data-item-link]")).to_be_focused()
    page.keyboard.press("z")
    expect_notice(page, "Undid: Locked")
    page.get_by_role("link", name="Active only").click()
    page.wait_for_url("**active=true")
    expect(page.locator(".item-list > li")).to_have_count(1)
    page.locator("#d2").get_by_role("button", name="Undo").click()
    expect_notice(page, "Undid: Renamed")
    expect(page.locator(".empty-state")).to_contain_text("No active decisions")


def test_decisions_work_without_script(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT_PAGE, java_script_enabled=False)
    select_by_mouse(page, "ferry")
    page.locator("#bulk").get_by_role("button", name="Split off").click()
    expect_notice(page, "Split “Ferries")
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect_notice(page, "Undid")
    rename_by_mouse(page)
    expect_notice(page, "Renamed")
    click_in_edit_menu(page, "copy", "Not a duplicate")
    expect_notice(page, "Not duplicates")
    assert [decision["kind"] for decision in decisions(page, site)][:2] == [
        "not_duplicate",
        "rename_event",
    ]


class TestTwoEditors:
    @pytest.fixture
    def site(
        self, storm_store: Path, tmp_path: Path, open_app: Callable[..., Flask]
    ) -> Iterator[str]:
        copy_store(storm_store, tmp_path / "store.db")
        users = f"{USERS},{user_entry('carla', 'editor', EDITOR_PASSWORD)}"
        with serve_app(open_app(users=users, tokens="robot")) as url:
            yield url

    def log_in(self, open_page: OpenPage, name: str, path: str) -> Page:
        page = open_page(path)
        page.fill("#name", name)
        page.fill("#password", EDITOR_PASSWORD)
        page.click(".login-form button")
        page.wait_for_url(f"**{path}")
        return page

    def test_second_editor_sees_what_changed_and_can_insist(self, open_page: OpenPage) -> None:
        anna, carla = (self.log_in(open_page, name, EVENT_PAGE) for name in ("anna", "carla"))
        select_by_keys(anna, "ferry")
        anna.keyboard.press("s")
        expect_notice(anna, "Split “Ferries")
        carla.keyboard.press("r")
        carla.keyboard.type("The storm of May")
        carla.keyboard.press("Enter")
        expect(carla.locator("h1")).to_have_text("Not saved: the data has changed")
        expect(carla.locator(".item-list")).to_contain_text("anna: Split “Ferries")
        expect(anna.locator("h1")).not_to_have_text("The storm of May")
        carla.get_by_role("button", name="Do it anyway").click()
        expect_notice(carla, "Renamed")
        expect(carla.locator("h1")).to_have_text("The storm of May")
        carla.goto(carla.url.split("/admin")[0] + "/admin/history")
        expect(carla.locator(".item-list > li")).to_have_count(2)
        expect(carla.locator("#d1")).to_contain_text("anna")
        expect(carla.locator("#d2")).to_contain_text("carla")

    def test_second_editor_can_return_to_the_page(self, open_page: OpenPage) -> None:
        anna, carla = (self.log_in(open_page, name, EVENT_PAGE) for name in ("anna", "carla"))
        click(anna, "Lock")
        expect_notice(anna, "Locked")
        select_by_mouse(carla, "ferry")
        carla.locator("#bulk").get_by_role("button", name="Split off").click()
        expect(carla.locator("h1")).to_have_text("Not saved: the data has changed")
        carla.wait_for_load_state()  # shortcuts work from then on
        carla.keyboard.press("u")
        carla.wait_for_url(f"**{EVENT_PAGE}")
        expect(carla.locator(".chip")).to_have_text("Locked by anna")

    def test_reader_sees_no_forms(self, open_page: OpenPage) -> None:
        page = open_page(EVENT_PAGE)
        page.fill("#name", "ben")
        page.fill("#password", "plain staple of paper")
        page.click(".login-form button")
        page.wait_for_url(f"**{EVENT_PAGE}")
        expect(page.locator("main form, main [type=checkbox]")).to_have_count(0)
        for key in "xslm":
            page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"{EVENT_PAGE}$"))


def conflict(page: Page) -> None:
    page.keyboard.press("l")
    expect_notice(page, "Locked")
    select_by_keys(page, "ferry")
    page.keyboard.press("s")
    expect(page.locator("h1")).to_contain_text("an earlier decision contradicts it")


def stale(page: Page) -> None:
    second_page = page.context.new_page()
    second_page.goto(page.url)
    second_page.keyboard.press("l")
    expect_notice(second_page, "Locked")
    second_page.close()
    rename_by_keys(page)
    expect(page.locator("h1")).to_contain_text("the data has changed")


def field_errors(page: Page) -> None:
    select_by_keys(page, "ferry")
    page.keyboard.press("a")
    expect(page.locator(".count")).to_have_text("Choose at least two first (key x)")
    forget_least = "all => all.forEach((button) => delete button.dataset.least)"
    page.locator("[data-least]").evaluate_all(forget_least)
    page.keyboard.press("a")
    expect(page.locator(".field-errors")).to_contain_text("Articles")


def everything_open(page: Page) -> None:
    page.locator("main details").evaluate_all(
        "all => all.forEach((details) => { details.open = true })"
    )
    select_by_keys(page, "copy")


def locked_and_undone(page: Page) -> None:
    page.keyboard.press("l")
    expect_notice(page, "Locked")
    page.keyboard.press("z")
    expect_notice(page, "Undid")
    page.get_by_role("link", name="Log", exact=True).click()
    page.wait_for_url("**/admin/history")


def help_open(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#shortcuts ul")).to_be_visible()


def with_notice(page: Page) -> None:
    press_on(page, "copy", "n")
    expect_notice(page, "Not duplicates: “<script>")


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "event, all details open": (EVENT_PAGE, everything_open),
    "event, keyboard help": (EVENT_PAGE, help_open),
    "event, notice": (EVENT_PAGE, with_notice),
    "list, selection": ("/admin?singles=1", lambda page: page.keyboard.press("x")),
    "article": ("/admin/articles/copy", lambda _: None),
    "history": (EVENT_PAGE, locked_and_undone),
    "empty history": ("/admin/history", lambda _: None),
    "move": ("/admin/move-article/copy?q=storm", lambda _: None),
    "merge": ("/admin/merge-event/e1?q=budget", lambda _: None),
    "storyline": ("/admin/events/e1/storyline", lambda _: None),
    "side by side": ("/admin/compare?first=harbour&second=copy", lambda _: None),
    "conflict": (EVENT_PAGE, conflict),
    "stale": (EVENT_PAGE, stale),
    "field errors": (EVENT_PAGE, field_errors),
}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
@pytest.mark.parametrize("name", STATES)
def test_axe_finds_no_violation(open_page: OpenPage, name: str, scheme: str, width: int) -> None:
    path, reach = STATES[name]
    page = open_page(path, width=width, color_scheme=scheme)
    reach(page)
    assert axe_violations(page) == []
    assert fits_viewport(page)
    assert page.title() != "broken"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_violation_on_the_webhooks_page(
    browser: Browser, app: Flask, scheme: str, width: int
) -> None:
    client = app.test_client()
    with serve_app(app) as url, page_opener(browser, url) as open_page:
        page = open_page("/admin/webhooks", width=width, color_scheme=scheme)
        assert axe_violations(page) == []
        client.post("/v1/webhooks", json={"url": f"http://127.0.0.1:1/{'x' * 200}?<script>"})
        page.reload()
        expect(page.locator(".webhook")).to_have_count(1)
        assert axe_violations(page) == []
        assert fits_viewport(page)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".webhook strong")).to_have_text("Stopped")
        assert axe_violations(page) == []
