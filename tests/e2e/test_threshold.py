"""The page of the event threshold in a real browser."""

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

THRESHOLD_PAGE = "/admin/threshold"


@pytest.fixture(scope="module")
def judged_store(starter_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter corpus with decisions for a threshold of 0.22."""
    path = tmp_path_factory.mktemp("judged") / "store.db"
    copy_store(starter_store, path)
    with running_app(path) as app:
        judge_pairs(app.extensions[extensions.INDEX_WRITER], 0.22)
    return path


@pytest.fixture
def app(judged_store: Path, tmp_path: Path, open_app: Callable[..., Flask]) -> Flask:
    copy_store(judged_store, tmp_path / "store.db")
    return open_app()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    with serve_app(app) as url:
        yield url


def run_job(page: Page, app: Flask, label: str) -> None:
    """Press a button that starts a job, and reload the page when the job has finished."""
    with page.expect_navigation():
        page.get_by_role("button", name=label).click()
    app.extensions[extensions.BACKGROUND_JOB].wait(60)
    page.reload()


def is_accessible(page: Page) -> bool:
    return axe_violations(page) == [] and fits_viewport(page)


@pytest.mark.parametrize(
    ("scheme", "width", "script"), [("light", 1280, True), ("dark", 360, False)]
)
def test_proposal_is_computed_applied_and_reverted(
    open_page: OpenPage, app: Flask, scheme: str, width: int, script: bool
) -> None:
    page = open_page(THRESHOLD_PAGE, color_scheme=scheme, width=width, java_script_enabled=script)
    assert not script or is_accessible(page)
    run_job(page, app, "Compute a proposal")
    expect(page.locator("main")).to_contain_text("2 events would change")
    expect(page.locator(".stats")).to_contain_text("checked by the other answers")
    assert not script or is_accessible(page)
    run_job(page, app, "Set the limit to 3")
    expect(page.locator(".lead").first).to_contain_text("3")
    run_job(page, app, "Revert to 42 %")
    expect(page.locator(".lead").first).to_contain_text("42 %")
    expect(page.locator("main")).to_contain_text("42 %, reverted")
    assert not script or is_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_a_phone(open_page: OpenPage, app: Flask, scheme: str) -> None:
    page = open_page(THRESHOLD_PAGE, color_scheme=scheme, width=360)
    run_job(page, app, "Compute a proposal")
    assert is_accessible(page)
    job = app.extensions[extensions.BACKGROUND_JOB]
    job.status = "Sorting all events anew: 200 articles done"
    page.reload()
    expect(page.locator(".notice")).to_contain_text("200 articles done")
    assert is_accessible(page)
    job.status = ""
