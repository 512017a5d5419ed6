"""Deciding in a real browser: by mouse, by keyboard, without script, and two at once."""

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

EVENT = "/admin/events/e1"
DONE = re.compile(r"[?&]done=d\d+")


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which the storm is; each test gets a copy."""
    where = tmp_path_factory.mktemp("storm") / "store.db"
    with running_app(where) as app:
        storm_articles.post_articles(app.test_client())
    return where


@pytest.fixture
def site(stormy: Path, tmp_path: Path, open_app: Callable[..., Flask]) -> Iterator[str]:
    copy_store(stormy, tmp_path / "store.db")
    with serve_app(open_app()) as address:
        yield address


def row(page: Page, name: str) -> Locator:
    return page.locator(f"[id='a-{name}']")


def choose_by_mouse(page: Page, *names: str) -> None:
    for name in names:
        row(page, name).get_by_role("checkbox").check()


def choose_by_keys(page: Page, *names: str) -> None:
    for name in names:
        row(page, name).locator("[data-row]").focus()
        page.keyboard.press("x")
        expect(row(page, name).get_by_role("checkbox")).to_be_checked()


def put_right(page: Page, name: str, button: str) -> None:
    row(page, name).get_by_text("Put right").click()
    row(page, name).get_by_role("button", name=button).click()


def press(page: Page, name: str, key: str) -> None:
    row(page, name).locator("[data-row]").focus()
    page.keyboard.press(key)


def click(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).first.click()


def search_by_mouse(page: Page, asks: str, words: str) -> None:
    page.wait_for_url(f"**{asks}")
    page.fill("#q", words)
    click(page, "Search")
    page.wait_for_url(f"**q={words}**")


def search_by_keys(page: Page, asks: str, words: str) -> None:
    page.wait_for_url(f"**{asks}")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**q={words}**")


def move_by_mouse(page: Page) -> None:
    row(page, "ferry").get_by_text("Put right").click()
    row(page, "ferry").get_by_role("link", name="Move to").click()
    search_by_mouse(page, "/admin/moving/ferry", "budget")
    click(page, "Move here")


def move_by_keys(page: Page) -> None:
    press(page, "ferry", "v")
    search_by_keys(page, "/admin/moving/ferry", "e2")
    page.keyboard.press("1")


def merge_by_mouse(page: Page) -> None:
    page.get_by_role("link", name="Merge with").click()
    search_by_mouse(page, "/admin/merging/e1", "circus")
    click(page, "Merge")


def merge_by_keys(page: Page) -> None:
    page.keyboard.press("m")
    search_by_keys(page, "/admin/merging/e1", "e3")
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


def chosen(names: list[str], button: str, key: str) -> tuple[Callable[[Page], None], ...]:
    def by_mouse(page: Page) -> None:
        choose_by_mouse(page, *names)
        expect(page.locator(".count")).to_have_text(f"{len(names)} chosen")
        page.locator("#bulk").get_by_role("button", name=button).first.click()

    def by_keys(page: Page) -> None:
        choose_by_keys(page, *names)
        page.keyboard.press(key)

    return by_mouse, by_keys


class Action(NamedTuple):
    mouse: Callable[[Page], None]
    keys: Callable[[Page], None]
    kind: str
    told: str
    address: str = EVENT


ACTIONS = {
    "split off": Action(*chosen(["ferry"], "Split off", "s"), "split_event", "Split Ferries"),
    "not one event": Action(
        *chosen(["cranes", "ferry"], "Not one event", "a"), "keep_apart", "Not one event: Two"
    ),
    "duplicates": Action(
        *chosen(["cranes", "ferry"], "Duplicates", "d"), "duplicate", "Duplicates: Two cranes"
    ),
    "not duplicates": Action(
        *chosen(["harbour", "copy"], "Not duplicates", "n"), "not_duplicate", "Not duplicates: H"
    ),
    "not a copy": Action(
        lambda page: put_right(page, "copy", "Not a copy"),
        lambda page: press(page, "copy", "n"),
        "not_duplicate",
        "Not duplicates: <script>",
    ),
    "stand for the copies": Action(
        lambda page: put_right(page, "copy", "Let it stand"),
        lambda page: press(page, "copy", "c"),
        "set_canonical",
        "Chose <script>",
    ),
    "move": Action(move_by_mouse, move_by_keys, "move_article", "Moved Ferries"),
    "lock": Action(
        lambda page: click(page, "Lock"),
        lambda page: page.keyboard.press("l"),
        "lock_event",
        "Locked",
    ),
    "rename": Action(rename_by_mouse, rename_by_keys, "rename_event", "Renamed"),
    "merge": Action(merge_by_mouse, merge_by_keys, "merge_events", "Merged Harbour"),
    "split an article off": Action(
        lambda page: click(page, "Split off"),
        lambda page: page.keyboard.press("s"),
        "split_event",
        "Split Ferries",
        "/admin/articles/ferry",
    ),
    "no copy, on its page": Action(
        lambda page: click(page, "Not a copy"),
        lambda page: page.keyboard.press("n"),
        "not_duplicate",
        "Not duplicates: <script>",
        "/admin/articles/copy",
    ),
    "apart from what it was compared with": Action(
        lambda page: beside(page, "Two cranes").get_by_role("button").click(),
        lambda page: (
            beside(page, "Two cranes").locator("[data-row]").focus(),
            page.keyboard.press("a"),
        ),
        "keep_apart",
        "Not one event: Ferries",
        "/admin/articles/ferry",
    ),
}


def beside(page: Page, title: str) -> Locator:
    """The row of an article, among those that the page's one was compared with as an event."""
    events = page.locator("h3", has_text="same event").locator("xpath=following-sibling::ol[1]")
    return events.locator("[data-item]", has_text=title)


def decisions(page: Page, site: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.request.get(f"{site}/v1/decisions").json()["items"]
    return found


def state(page: Page, site: str) -> tuple[str, str]:
    """All that decisions may change."""
    events = page.request.get(f"{site}/v1/events").text()
    return page.request.get(f"{site}/v1/assignments").text(), events


def expect_told(page: Page, words: str) -> None:
    page.wait_for_url(DONE)
    expect(page.locator(".notice p")).to_contain_text(words)


@pytest.mark.parametrize("way", ["mouse", "keys"])
@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_is_done_told_and_taken_back(
    open_page: OpenPage, site: str, name: str, way: str
) -> None:
    action = ACTIONS[name]
    page = open_page(action.address)
    before = state(page, site)
    (action.mouse if way == "mouse" else action.keys)(page)
    expect_told(page, action.told)
    assert [it["kind"] for it in decisions(page, site)] == [action.kind]
    if way == "mouse":
        page.locator(".notice").get_by_role("button", name="Undo").click()
    else:
        page.keyboard.press("z")
    expect_told(page, "Took back")
    expect(page.locator(".notice button")).to_have_count(0)
    assert state(page, site) == before
    assert page.title() != "broken"


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_events_are_chosen_in_the_list_and_merged(open_page: OpenPage, site: str, way: str) -> None:
    page = open_page("/admin")
    expect(page.locator("[data-row]")).to_have_count(3)
    if way == "mouse":
        for box in page.get_by_role("checkbox").all()[:2]:
            box.check()
        click(page, "Merge")
    else:
        for key in "xxm":
            page.keyboard.press(key)
    expect_told(page, "Merged")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.keyboard.press("z")
    expect_told(page, "Took back")
    expect(page.locator("[data-row]")).to_have_count(3)


def test_a_chip_says_what_was_decided_and_leads_to_it(open_page: OpenPage) -> None:
    page = open_page(EVENT)
    page.keyboard.press("l")
    expect_told(page, "Locked")
    expect(page.locator(".chip")).to_have_text("Locked by anonymous")
    rename_by_keys(page)
    expect_told(page, "Renamed")
    expect(page.locator("h1")).to_have_text("The storm of May")
    page.locator(".chip", has_text="Headline").click()
    page.wait_for_url("**/admin/decisions**#d2")
    expect(page.locator("#d2")).to_contain_text("The storm of May")


def test_nothing_chosen_is_told_and_nothing_sent(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT)
    page.keyboard.press("s")
    expect(page.locator(".count")).to_have_text("Choose something first, by x")
    expect(page.locator(".bulk")).to_be_in_viewport()
    assert decisions(page, site) == []


def test_enter_in_the_reason_does_nothing_by_itself(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT)
    choose_by_mouse(page, "ferry")
    page.fill("#bulk [name=reason]", "another harbour")
    page.keyboard.press("Enter")
    page.locator("#bulk").get_by_role("button", name="Split off").click()
    expect_told(page, "Split Ferries")
    (made,) = decisions(page, site)
    assert made["reason"] == "another harbour"


def test_the_keys_are_shown_and_hidden(open_page: OpenPage) -> None:
    page = open_page(EVENT)
    listed = page.locator("#keys ul")
    expect(listed).to_be_hidden()
    page.keyboard.press("?")
    expect(listed).to_be_visible()
    expect(listed).to_contain_text("split the chosen articles off")
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_two_clicks_are_one_decision(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT)
    page.get_by_role("button", name="Lock").dblclick()
    expect_told(page, "Locked")
    assert len(decisions(page, site)) == 1


def test_a_contradiction_is_told_and_the_older_decision_taken_back_there(
    open_page: OpenPage, site: str
) -> None:
    page = open_page(EVENT)
    choose_by_keys(page, "cranes", "ferry")
    page.keyboard.press("a")
    expect_told(page, "Not one event")
    found = page.request.get(f"{site}/v1/articles/ferry").json()["assignment"]["event_id"]
    page.goto(f"{site}/admin/merging/e1?q={found}")
    page.keyboard.press("1")
    expect(page.locator("h1")).to_have_text("Not done: another decision stands")
    expect(page.locator(".log li")).to_contain_text("Not one event")
    page.get_by_role("button", name="Undo").click()
    expect_told(page, "Took back: Not one event")
    assert page.request.get(f"{site}/v1/articles/ferry").json()["assignment"]["event_id"] == "e1"


def test_the_log_is_walked_and_any_decision_taken_back(open_page: OpenPage) -> None:
    page = open_page(EVENT)
    page.keyboard.press("l")
    expect_told(page, "Locked")
    rename_by_keys(page)
    expect_told(page, "Renamed")
    page.get_by_role("link", name="Decisions").click()
    page.wait_for_url("**/admin/decisions")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#d1 [data-row]")).to_be_focused()
    page.keyboard.press("z")
    expect_told(page, "Took back: Locked")
    page.get_by_role("link", name="Standing only").click()
    page.wait_for_url("**active=true")
    expect(page.locator(".log > li")).to_have_count(1)
    page.locator("#d2").get_by_role("button", name="Undo").click()
    expect_told(page, "Took back: Renamed")
    expect(page.locator(".nothing")).to_contain_text("Nothing stands")


def test_no_script_is_needed(open_page: OpenPage, site: str) -> None:
    page = open_page(EVENT, java_script_enabled=False)
    choose_by_mouse(page, "ferry")
    page.locator("#bulk").get_by_role("button", name="Split off").click()
    expect_told(page, "Split Ferries")
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect_told(page, "Took back")
    rename_by_mouse(page)
    expect_told(page, "Renamed")
    put_right(page, "copy", "Not a copy")
    expect_told(page, "Not duplicates")
    assert [it["kind"] for it in decisions(page, site)][:2] == ["not_duplicate", "rename_event"]


class TestTwoEditors:
    @pytest.fixture
    def site(self, stormy: Path, tmp_path: Path, open_app: Callable[..., Flask]) -> Iterator[str]:
        copy_store(stormy, tmp_path / "store.db")
        people = f"{USERS},{user_entry('carla', 'editor', EDITOR_PASSWORD)}"
        with serve_app(open_app(users=people, tokens="robot")) as address:
            yield address

    def arrive(self, open_page: OpenPage, name: str, address: str) -> Page:
        page = open_page(address)
        page.fill("#name", name)
        page.fill("#password", EDITOR_PASSWORD)
        page.click(".sign-in button")
        page.wait_for_url(f"**{address}")
        return page

    def test_the_second_is_told_what_the_first_did_and_nothing_is_lost(
        self, open_page: OpenPage
    ) -> None:
        anna, carla = (self.arrive(open_page, name, EVENT) for name in ("anna", "carla"))
        choose_by_keys(anna, "ferry")
        anna.keyboard.press("s")
        expect_told(anna, "Split Ferries")
        carla.keyboard.press("r")
        carla.keyboard.type("The storm of May")
        carla.keyboard.press("Enter")
        expect(carla.locator("h1")).to_have_text("Not done: it has changed meanwhile")
        expect(carla.locator(".log")).to_contain_text("anna: Split Ferries")
        expect(anna.locator("h1")).not_to_have_text("The storm of May")
        carla.get_by_role("button", name="Do it all the same").click()
        expect_told(carla, "Renamed")
        expect(carla.locator("h1")).to_have_text("The storm of May")
        carla.goto(carla.url.split("/admin")[0] + "/admin/decisions")
        expect(carla.locator(".log > li")).to_have_count(2)
        expect(carla.locator("#d1")).to_contain_text("anna")
        expect(carla.locator("#d2")).to_contain_text("carla")

    def test_the_second_may_look_again_instead(self, open_page: OpenPage) -> None:
        anna, carla = (self.arrive(open_page, name, EVENT) for name in ("anna", "carla"))
        click(anna, "Lock")
        expect_told(anna, "Locked")
        choose_by_mouse(carla, "ferry")
        carla.locator("#bulk").get_by_role("button", name="Split off").click()
        expect(carla.locator("h1")).to_have_text("Not done: it has changed meanwhile")
        carla.wait_for_load_state()  # keys are heard from then on
        carla.keyboard.press("u")
        carla.wait_for_url(f"**{EVENT}")
        expect(carla.locator(".chip")).to_have_text("Locked by anna")

    def test_a_reader_sees_no_forms(self, open_page: OpenPage) -> None:
        page = open_page(EVENT)
        page.fill("#name", "ben")
        page.fill("#password", "plain staple of paper")
        page.click(".sign-in button")
        page.wait_for_url(f"**{EVENT}")
        expect(page.locator("main form, main [type=checkbox]")).to_have_count(0)
        for key in "xslm":
            page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"{EVENT}$"))


def conflict(page: Page) -> None:
    page.keyboard.press("l")
    expect_told(page, "Locked")
    choose_by_keys(page, "ferry")
    page.keyboard.press("s")
    expect(page.locator("h1")).to_contain_text("another decision stands")


def stale(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.keyboard.press("l")
    expect_told(other, "Locked")
    other.close()
    rename_by_keys(page)
    expect(page.locator("h1")).to_contain_text("changed meanwhile")


def unusable(page: Page) -> None:
    choose_by_keys(page, "ferry")
    page.keyboard.press("a")
    expect(page.locator(".faults")).to_contain_text("Articles")


def everything_open(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach((it) => { it.open = true })")
    choose_by_keys(page, "copy")


def locked_and_taken_back(page: Page) -> None:
    page.keyboard.press("l")
    expect_told(page, "Locked")
    page.keyboard.press("z")
    expect_told(page, "Took back")
    page.get_by_role("link", name="Decisions").click()
    page.wait_for_url("**/admin/decisions")


def helped(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys ul")).to_be_visible()


def told(page: Page) -> None:
    press(page, "copy", "n")
    expect_told(page, "Not duplicates: <script>")


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "event, everything open": (EVENT, everything_open),
    "event, keys": (EVENT, helped),
    "event, told": (EVENT, told),
    "list, chosen": ("/admin", lambda page: page.keyboard.press("x")),
    "article": ("/admin/articles/copy", lambda _: None),
    "decisions": (EVENT, locked_and_taken_back),
    "no decisions": ("/admin/decisions", lambda _: None),
    "move": ("/admin/moving/copy?q=storm", lambda _: None),
    "merge": ("/admin/merging/e1?q=budget", lambda _: None),
    "conflict": (EVENT, conflict),
    "stale": (EVENT, stale),
    "unusable": (EVENT, unusable),
}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
@pytest.mark.parametrize("name", STATES)
def test_axe_finds_no_violation(open_page: OpenPage, name: str, scheme: str, width: int) -> None:
    address, reach = STATES[name]
    page = open_page(address, width=width, color_scheme=scheme)
    reach(page)
    assert axe_violations(page) == []
    assert fits_viewport(page)
    assert page.title() != "broken"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_violation_on_the_page_of_webhooks(
    browser: Browser, app: Flask, scheme: str, width: int
) -> None:
    client = app.test_client()
    with serve_app(app) as address, page_opener(browser, address) as visit:
        page = visit("/admin/webhooks", width=width, color_scheme=scheme)
        assert axe_violations(page) == []
        client.post("/v1/webhooks", json={"url": f"http://127.0.0.1:1/{'x' * 200}?<script>"})
        page.reload()
        expect(page.locator(".webhook")).to_have_count(1)
        assert axe_violations(page) == []
        assert fits_viewport(page)
        page.get_by_role("button", name="Disable").click()
        expect(page.locator(".webhook strong")).to_have_text("Stopped")
        assert axe_violations(page) == []
