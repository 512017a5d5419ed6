"""A list of 10,000 events and an event of 2,000 articles in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from clustering.features.terms import extract_terms
from service import settings
from service.store import Store, bulk, schema
from service.store.change_log import retirement
from service.store.change_log.change_set import open_change_set
from service.store.projections import event_summaries
from service.store.schema import group_summaries
from service.store.search import index as search
from service.web.app import close_app, create_app
from tests.e2e.browser_pages import axe_violations, serve_app
from tests.support.stored_articles import MINUTE, NOON

pytestmark = pytest.mark.browser

N_EVENTS = 10_000
LARGEST_SIZE = 2_000
GROUP_SIZE = 3
LARGEST_EVENT_ID = "e10000"
MIDDLE_EVENT_ID = "e5000"
MAX_LIST_NODES = 3_500
MAX_EVENT_NODES = 7_000
"""Elements on a page: a guard against pages that grow with the store."""
TERMS = extract_terms("Ferry aground", "The ferry ran aground off the north quay.", "en").to_bytes()

Row = dict[str, object]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site whose articles are all retired, so that the index is loaded at once."""
    path = str(tmp_path_factory.mktemp("large") / "store.db")
    with Store(path) as store:
        fill_store(store)
    app = create_app(settings.load(db=path))
    with serve_app(app) as url:
        yield url
    close_app(app)


def fill_store(store: Store) -> None:
    """Write the rows of events with one article each, and of a last event with many."""
    # Of each article: key, group, event, canonical article (None for the canonical one itself).
    positions = [(key, key, key, None) for key in range(1, N_EVENTS)]
    for key in range(N_EVENTS, N_EVENTS + LARGEST_SIZE):
        canonical = key - (key - N_EVENTS) % GROUP_SIZE
        positions.append((key, canonical, N_EVENTS, None if key == canonical else canonical))
    with store.writing() as transaction:
        bulk.insert(transaction, schema.articles, [article_row(key) for key, *_ in positions])
        bulk.insert(transaction, schema.texts, [text_row(key) for key, *_ in positions])
        bulk.insert(transaction, schema.features, [features_row(key) for key, *_ in positions])
        bulk.insert(
            transaction, schema.assignments, [assignment_row(*position) for position in positions]
        )
        bulk.insert(transaction, schema.changes, [change_row(*position) for position in positions])
        singles = [position for position in positions if position[2] < N_EVENTS]
        bulk.insert(transaction, schema.events, [event_row(key) for key, *_ in singles])
        bulk.insert(transaction, group_summaries, [group_summary_row(key) for key, *_ in singles])
        event_summaries.refresh_events(transaction, {N_EVENTS: None}, NOON)
        groups = {group: None for _, group, _, _ in positions}
        event_summaries.refresh_groups(transaction, groups, NOON)
        search.add_articles(transaction, (key for key, *_ in positions))
        retirement.move_boundary(transaction, open_change_set(transaction, NOON).last_seq + 1)


def title(key: int) -> str:
    return f"Ferry number {key} ran aground off the north quay of Port Ellery"


def source(key: int) -> str:
    return f"Paper of the {key % 23} towns"


def article_row(key: int) -> Row:
    time = NOON - key * MINUTE
    return {
        **{"key": key, "id": f"a{key}", "version": 1, "title": title(key), "language": "en"},
        **{"url": f"https://post.example/{key}", "canonical_url": None, "source": source(key)},
        **{"published": time, "published_at": datetime.fromtimestamp(time, UTC).isoformat()},
        **{"received_at": time, "updated_at": time, "content_hash": b"#"},
    }


def text_row(key: int) -> Row:
    return {"key": key, "text": f"The ferry {key} ran aground off the north quay on Sunday. " * 20}


def features_row(key: int) -> Row:
    columns = {"language": "en", "words": 220, "wire_agency": None, "terms": TERMS}
    return {"key": key, "fingerprint_version": 1, "fingerprint": b"", **columns}


def assignment_row(key: int, group: int, event: int, canonical: int | None) -> Row:
    evidence = (
        '{"jaccard": null, "containment": null, "duplicate_score": null, '
        '"event_probability": 0.83, "runner_up": [7, 0.12], "shared_terms": ["ferry", "quay"]}'
    )
    position = {"key": key, "group_number": group, "event_number": event, "duplicate_of": canonical}
    return {**position, "arrived_seq": key, "outcome": "new", "evidence": evidence}


def change_row(key: int, group: int, event: int, canonical: int | None) -> Row:
    position = {"key": key, "group_number": group, "event_number": event, "duplicate_of": canonical}
    empty = dict.fromkeys(("source", "target", "reason"))
    return {
        **position,
        **empty,
        "seq": key,
        "at": NOON,
        "kind": "article.assigned",
        "article_id": f"a{key}",
    }


def event_row(key: int) -> Row:
    time = NOON - key * MINUTE
    return {
        **{"number": key, "state": "open", "merged_into": None, "created_at": NOON},
        **{
            "headline": title(key),
            "size": 1,
            "group_count": 1,
            "first_seen": time,
            "last_seen": time,
        },
        **{"sources": f"\n{source(key)}\n", "independent_sources": 1, "languages": "\nen\n"},
        **{"key_terms": "", "rank": 1.0},
    }


def group_summary_row(key: int) -> Row:
    time = NOON - key * MINUTE
    position = {"group_number": key, "event_number": key, "key": key}
    return {**position, "seen": time, "attribution": source(key)}


@pytest.fixture
def page(browser, site) -> Iterator[Page]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def node_count(page: Page) -> int:
    return page.locator("*").count()


def headlines(page: Page) -> list[str]:
    return page.locator("[data-item-link]").all_text_contents()


def test_list_of_10000_events_has_pages(page):
    page.goto("/admin?within=all&sort=newest&singles=1")
    expect(page.locator(".totals")).to_have_text("10,000 events")
    expect(page.locator("[data-item-link]")).to_have_count(50)
    assert node_count(page) < MAX_LIST_NODES
    first_headlines = headlines(page)

    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-item-link]").first).to_have_text(title(51))
    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-item-link]").first).to_have_text(title(101))
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("[data-item-link]").first).to_have_text(title(51))
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("[data-item-link]")).to_have_text(first_headlines)


def test_search_finds_one_of_10000_events(page):
    page.goto("/admin")
    page.keyboard.press("/")
    page.keyboard.type("FERRY 5000")
    page.keyboard.press("Enter")
    expect(page.locator("[data-item-link]")).to_have_text([title(5000)])
    page.locator("[data-item-link]").click()
    expect(page).to_have_url(re.compile(rf"/admin/events/{MIDDLE_EVENT_ID}(\?|$)"))
    expect(page.get_by_role("heading", level=1)).to_have_text(title(5000))


def test_event_of_2000_articles_has_pages(page):
    page.goto("/admin?min_size=1000")
    page.locator("[data-item-link]").click()
    expect(page.locator("#articles")).to_have_text("Articles, page 1 of 40")
    expect(page.locator(".lead").first).to_contain_text("2,000 articles")
    expect(page.locator("main article")).to_have_count(50)
    expect(page.locator(".timeline .lane")).to_have_count(10)
    assert node_count(page) < MAX_EVENT_NODES

    page.get_by_role("link", name="Next").click()
    expect(page.locator("#articles")).to_have_text("Articles, page 2 of 40")
    page.goto(f"/admin/events/{LARGEST_EVENT_ID}?page=40")
    expect(page.locator("main article")).to_have_count(50)
    expect(page.get_by_role("link", name="Next")).to_have_count(0)


@pytest.mark.parametrize("url", ["/admin", f"/admin/events/{LARGEST_EVENT_ID}"])
def test_large_pages_fit_a_phone(page, url):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(url)
    expect(page.locator("[data-item-link]")).to_have_count(50)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("url", ["/admin", f"/admin/events/{LARGEST_EVENT_ID}"])
def test_axe_finds_no_violation_on_large_pages(page, url):
    page.goto(url)
    assert axe_violations(page) == []
