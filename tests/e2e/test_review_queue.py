"""The queue of doubts in a real browser: a key for each answer, and a button for each key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_pages import axe_violations, fits_viewport, serve_app

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


@pytest.fixture
def site(with_starter_corpus: None, app: Flask) -> Iterator[str]:
    with serve_app(app) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Visit]:
    contexts, complaints = [], []

    def open_page(width: int = 1280, **more: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{site}/admin/doubts")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def pair(page: Page) -> list[str]:
    return page.locator(".pair .headline a").evaluate_all("found => found.map(it => it.href)")


def progress(page: Page) -> tuple[int, int]:
    judged, left = re.findall(r"\d+", page.locator(".progress").inner_text())
    return int(judged), int(left)


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.mark.parametrize("key", ["s", "n"])
def test_a_key_answers_and_another_takes_it_back(open_page: Visit, key: str) -> None:
    page = open_page()
    before, (judged, left) = pair(page), progress(page)
    press(page, key)
    expect(page.locator(".notice")).to_contain_text("ne event: ")
    assert pair(page) != before
    assert progress(page)[0] == judged + 1
    press(page, "z")
    expect(page.locator(".notice")).to_contain_text("Took back")
    assert pair(page) == before
    assert progress(page) == (judged, left)


@pytest.mark.parametrize("key", ["j", "Space"])
def test_a_key_skips_and_another_asks_again(open_page: Visit, key: str) -> None:
    page = open_page()
    before, (judged, left) = pair(page), progress(page)
    press(page, key)
    expect(page.locator(".notice")).to_contain_text("Skipped")
    assert pair(page) != before
    assert progress(page) == (judged, left - 1)
    press(page, "z")
    expect(page.locator(".progress")).to_have_text(f"{judged} judged today, {left} left")
    assert pair(page) == before


def test_space_presses_the_button_that_has_the_focus(open_page: Visit) -> None:
    page = open_page()
    page.get_by_role("button", name="Not the same").focus()
    press(page, "Space")
    expect(page.locator(".notice")).to_contain_text("Not one event")


@pytest.mark.parametrize("label", ["Same event", "Not the same", "Skip"])
def test_no_script_is_needed(open_page: Visit, label: str) -> None:
    page = open_page(java_script_enabled=False)
    first = page.locator(".pair .headline a").first.get_attribute("href")
    with page.expect_navigation():
        page.get_by_role("button", name=label).click()
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").click()
    expect(page.locator(".pair .headline a").first).to_have_attribute("href", first or "")


def test_everything_can_be_answered_to_the_end(open_page: Visit) -> None:
    page = open_page()
    for _ in range(60):
        if page.locator(".progress").count() == 0:
            break
        press(page, "n")
    expect(page.locator(".nothing h1")).to_have_text("Nothing to ask")


def test_the_two_stand_beside_each_other_and_on_a_phone_below(open_page: Visit) -> None:
    def places(page: Page) -> list[dict[str, float]]:
        return [it.bounding_box() or {} for it in page.locator(".pair > article").all()]

    left, right = places(open_page())
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]
    upper, lower = places(open_page(width=360))
    assert upper["x"] == lower["x"]
    assert upper["y"] < lower["y"]


def test_what_is_shared_is_marked_and_weighed(open_page: Visit) -> None:
    page = open_page()
    for _ in range(8):
        if page.locator(".pair .telling").count() and page.locator(".weights li").count():
            break
        press(page, "j")
    words = {it.casefold() for it in page.locator(".pair .telling").all_inner_texts()}
    weights = page.locator(".weights li span:first-child").all_inner_texts()
    assert words
    assert words <= {it.casefold() for it in weights}
    expect(page.locator(".scores dt").first).to_have_text("Probability")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation(open_page: Visit, scheme: str, width: int) -> None:
    page = open_page(color_scheme=scheme, width=width)
    assert axe_violations(page) == []
    assert fits_viewport(page)
    press(page, "j")
    expect(page.locator(".notice")).to_contain_text("Skipped")
    assert axe_violations(page) == []
    assert fits_viewport(page)
