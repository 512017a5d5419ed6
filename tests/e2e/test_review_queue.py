"""The review queue in a real browser: a key for each answer, and a button for each key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_pages import axe_violations, fits_viewport, serve_app

pytestmark = pytest.mark.browser

OpenQueue = Callable[..., Page]


@pytest.fixture
def site(with_starter_corpus: None, app: Flask) -> Iterator[str]:
    with serve_app(app) as url:
        yield url


@pytest.fixture
def open_queue(browser: Browser, site: str) -> Iterator[OpenQueue]:
    """Open the review queue; errors on the console fail the test."""
    contexts, console_messages = [], []

    def open_page(width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: console_messages.append(str(error)))
        page.on("console", lambda message: console_messages.append(message.text))
        page.goto(f"{site}/admin/review-queue")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert console_messages == []


def shown_pair(page: Page) -> list[str]:
    return page.locator(".pair .headline a").evaluate_all("links => links.map(link => link.href)")


def progress(page: Page) -> tuple[int, int]:
    answered, remaining = re.findall(r"\d+", page.locator(".progress").inner_text())
    return int(answered), int(remaining)


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.mark.parametrize(("key", "answer"), [("e", "Same event: "), ("a", "Different events: ")])
def test_key_answers_and_z_undoes_the_answer(open_queue: OpenQueue, key: str, answer: str) -> None:
    page = open_queue()
    first_pair, (answered, remaining) = shown_pair(page), progress(page)
    press(page, key)
    expect(page.locator(".notice")).to_contain_text(answer)
    assert shown_pair(page) != first_pair
    assert progress(page)[0] == answered + 1
    press(page, "z")
    expect(page.locator(".notice")).to_contain_text("Undid")
    assert shown_pair(page) == first_pair
    assert progress(page) == (answered, remaining)


def test_key_skips_and_z_shows_the_pair_again(open_queue: OpenQueue) -> None:
    page = open_queue()
    first_pair, (answered, remaining) = shown_pair(page), progress(page)
    press(page, "Space")
    expect(page.locator(".notice")).to_contain_text("Skipped")
    assert shown_pair(page) != first_pair
    now_answered, now_remaining = progress(page)
    # Another pair of the same two events may take its place.
    assert now_answered == answered
    assert now_remaining in (remaining - 1, remaining)
    press(page, "z")
    expect(page.locator(".progress")).to_have_text(f"{answered} answered today, {remaining} left")
    assert shown_pair(page) == first_pair


def test_space_presses_the_focused_button(open_queue: OpenQueue) -> None:
    page = open_queue()
    page.get_by_role("button", name="Different events").focus()
    press(page, "Space")
    expect(page.locator(".notice")).to_contain_text("Different events")


@pytest.mark.parametrize("label", ["Same event", "Different events", "Skip"])
def test_buttons_work_without_script(open_queue: OpenQueue, label: str) -> None:
    page = open_queue(java_script_enabled=False)
    first_url = page.locator(".pair .headline a").first.get_attribute("href")
    with page.expect_navigation():
        page.get_by_role("button", name=label).click()
    with page.expect_navigation():
        page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.locator(".pair .headline a").first).to_have_attribute("href", first_url or "")


def test_queue_can_be_answered_to_the_end(open_queue: OpenQueue) -> None:
    page = open_queue()
    for _ in range(60):
        if page.locator(".progress").count() == 0:
            break
        press(page, "a")
    expect(page.locator(".empty-state h1")).to_have_text("No open questions")


def test_articles_are_side_by_side_and_on_a_phone_one_below_the_other(
    open_queue: OpenQueue,
) -> None:
    def article_boxes(page: Page) -> list[dict[str, float]]:
        return [article.bounding_box() or {} for article in page.locator(".pair > article").all()]

    left, right = article_boxes(open_queue())
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]
    upper, lower = article_boxes(open_queue(width=360))
    assert upper["x"] == lower["x"]
    assert upper["y"] < lower["y"]


def test_shared_terms_are_marked_in_the_texts_and_listed_with_weights(
    open_queue: OpenQueue,
) -> None:
    page = open_queue()
    for _ in range(8):
        if page.locator(".pair .shared-term").count() and page.locator(".weights li").count():
            break
        press(page, "Space")
    marked = {term.casefold() for term in page.locator(".pair .shared-term").all_inner_texts()}
    listed = page.locator(".weights li span:first-child").all_inner_texts()
    assert marked
    assert marked <= {term.casefold() for term in listed}
    expect(page.locator(".scores dt").first).to_have_text("Likely the same event")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation(open_queue: OpenQueue, scheme: str, width: int) -> None:
    page = open_queue(color_scheme=scheme, width=width)
    assert axe_violations(page) == []
    assert fits_viewport(page)
    press(page, "Space")
    expect(page.locator(".notice")).to_contain_text("Skipped")
    assert axe_violations(page) == []
    assert fits_viewport(page)
