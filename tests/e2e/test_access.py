"""The page of tokens and users in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.browser_pages import OpenPage, axe_violations, fits_viewport, serve_app
from tests.support.users import EDITOR_PASSWORD, user_entry

pytestmark = pytest.mark.browser


@pytest.fixture
def site(open_app) -> Iterator[str]:
    with serve_app(open_app(users=user_entry("boss", "admin", EDITOR_PASSWORD))) as url:
        yield url


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_token_is_made_and_withdrawn(open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page("/admin/access", width=width, color_scheme=scheme)
    page.fill("#name", "boss")
    page.fill("#password", EDITOR_PASSWORD)
    page.click(".login-form button")
    page.get_by_label("Name, such as that of the program").fill("crawler")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_label("Token", exact=True)).to_contain_text("sft_")
    assert axe_violations(page) == []
    assert fits_viewport(page)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
    expect(page.get_by_text("revoked token crawler")).to_be_visible()
