"""The page of the line in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service.web import extensions
from tests.e2e.browser_pages import OpenPage, axe_violations, fits_viewport, serve_app
from tests.support.apps import copy_store, running_app
from tests.support.scripted_editor import judge_pairs

pytestmark = pytest.mark.browser

LINE = "/admin/calibration"


@pytest.fixture(scope="module")
def judged(starter_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose starter corpus somebody has judged."""
    where = tmp_path_factory.mktemp("judged") / "store.db"
    copy_store(starter_store, where)
    with running_app(where) as app:
        judge_pairs(app.extensions[extensions.INDEX_WRITER], 0.22)
    return where


@pytest.fixture
def app(judged: Path, tmp_path: Path, open_app: Callable[..., Flask]) -> Flask:
    copy_store(judged, tmp_path / "store.db")
    return open_app()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serve_app(app) as address:
        yield address


def do(page: Page, app: Flask, label: str) -> None:
    """Press a button, and look at the page once what it began is done."""
    with page.expect_navigation():
        page.get_by_role("button", name=label).click()
    app.extensions[extensions.BACKGROUND_JOB].wait(60)
    page.reload()


def fine(page: Page) -> bool:
    return axe_violations(page) == [] and fits_viewport(page)


@pytest.mark.parametrize(
    ("scheme", "width", "script"), [("light", 1280, True), ("dark", 360, False)]
)
def test_the_line_is_drawn_and_put_back(
    open_page: OpenPage, app: Flask, scheme: str, width: int, script: bool
) -> None:
    page = open_page(LINE, color_scheme=scheme, width=width, java_script_enabled=script)
    assert not script or fine(page)
    do(page, app, "Work it out")
    expect(page.locator("main")).to_contain_text("2 events would change")
    expect(page.locator(".figures")).to_contain_text("cross-validated")
    assert not script or fine(page)
    do(page, app, "Draw the line at 0.3")
    expect(page.locator(".deck").first).to_contain_text("0.3")
    do(page, app, "Put 0.42 back")
    expect(page.locator(".deck").first).to_contain_text("0.42")
    expect(page.locator("main")).to_contain_text("0.42, put back")
    assert not script or fine(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_a_phone(open_page: OpenPage, app: Flask, scheme: str) -> None:
    page = open_page(LINE, color_scheme=scheme, width=360)
    do(page, app, "Work it out")
    assert fine(page)
    job = app.extensions[extensions.BACKGROUND_JOB]
    job.doing = "Judging all events again: 200 articles done"
    page.reload()
    expect(page.locator(".notice")).to_contain_text("200 articles done")
    assert fine(page)
    job.doing = ""
