"""Ten thousand events in the list, and one of two thousand articles, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from clustering.features.terms import extract_terms
from service import settings
from service.store import Store, bulk, schema
from service.store.log import retirement
from service.store.log.change_set import open_change_set
from service.store.projections import event_summaries
from service.store.schema import group_summaries
from service.web.app import close_app, create_app
from tests.e2e.browser_pages import axe_violations, serve_app
from tests.support.stored_articles import MINUTE, NOON

pytestmark = pytest.mark.browser

EVENTS, LARGE, COPIES = 10_000, 2_000, 3
LARGEST, AMONG = "e10000", "e5000"
NODES_OF_LIST, NODES_OF_EVENT = 3_500, 6_000
TERMS = extract_terms("Ferry aground", "The ferry ran aground off the north quay.", "en").to_bytes()

Row = dict[str, object]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served newsroom of which every article has retired, so that it is ready at once."""
    where = str(tmp_path_factory.mktemp("large") / "store.db")
    with Store(where) as store:
        fill(store)
    app = create_app(settings.load(db=where))
    with serve_app(app) as address:
        yield address
    close_app(app)


def fill(store: Store) -> None:
    """One article for each event but the last, which has many; written row by row."""
    places = [(n, n, n, None) for n in range(1, EVENTS)]
    for n in range(EVENTS, EVENTS + LARGE):
        lead = n - (n - EVENTS) % COPIES
        places.append((n, lead, EVENTS, None if n == lead else lead))
    with store.writing() as transaction:
        bulk.insert(transaction, schema.articles, [article(key) for key, *_ in places])
        bulk.insert(transaction, schema.texts, [text(key) for key, *_ in places])
        bulk.insert(transaction, schema.features, [features(key) for key, *_ in places])
        bulk.insert(transaction, schema.assignments, [place(*it) for it in places])
        bulk.insert(transaction, schema.changes, [change(*it) for it in places])
        alone = [it for it in places if it[2] < EVENTS]
        bulk.insert(transaction, schema.events, [event(key) for key, *_ in alone])
        bulk.insert(transaction, group_summaries, [report(key) for key, *_ in alone])
        event_summaries.refresh_events(transaction, {EVENTS: None}, NOON)
        groups = {group: None for _, group, _, _ in places}
        event_summaries.refresh_groups(transaction, groups, NOON)
        retirement.move_boundary(transaction, open_change_set(transaction, NOON).last_seq + 1)


def title(key: int) -> str:
    return f"Ferry number {key} ran aground off the north quay of Port Ellery"


def source(key: int) -> str:
    return f"Paper of the {key % 23} towns"


def article(key: int) -> Row:
    at = NOON - key * MINUTE
    return {
        **{"key": key, "id": f"a{key}", "version": 1, "title": title(key), "language": "en"},
        **{"url": f"https://post.example/{key}", "canonical_url": None, "source": source(key)},
        **{"published": at, "published_at": datetime.fromtimestamp(at, UTC).isoformat()},
        **{"received_at": at, "updated_at": at, "content_hash": b"#"},
    }


def text(key: int) -> Row:
    return {"key": key, "text": f"The ferry {key} ran aground off the north quay on Sunday. " * 20}


def features(key: int) -> Row:
    said = {"language": "en", "words": 220, "wire_agency": None, "terms": TERMS}
    return {"key": key, "fingerprint_version": 1, "fingerprint": b"", **said}


def place(key: int, group: int, event: int, original: int | None) -> Row:
    evidence = (
        '{"jaccard": null, "containment": null, "duplicate_score": null, '
        '"event_probability": 0.83, "runner_up": [7, 0.12], "shared_terms": ["ferry", "quay"]}'
    )
    where = {"key": key, "group_number": group, "event_number": event, "duplicate_of": original}
    return {**where, "arrived_seq": key, "outcome": "new", "evidence": evidence}


def change(key: int, group: int, event: int, original: int | None) -> Row:
    where = {"key": key, "group_number": group, "event_number": event, "duplicate_of": original}
    nowhere = dict.fromkeys(("source", "target", "reason"))
    return {
        **where,
        **nowhere,
        "seq": key,
        "at": NOON,
        "kind": "article.assigned",
        "article_id": f"a{key}",
    }


def event(key: int) -> Row:
    at = NOON - key * MINUTE
    return {
        **{"number": key, "state": "open", "merged_into": None, "created_at": NOON},
        **{"headline": title(key), "size": 1, "group_count": 1, "first_seen": at, "last_seen": at},
        **{"sources": f"\n{source(key)}\n", "independent_sources": 1, "languages": "\nen\n"},
        **{"key_terms": "", "search": f"\n{title(key).casefold()}\n"},
    }


def report(key: int) -> Row:
    at = NOON - key * MINUTE
    where = {"group_number": key, "event_number": key, "key": key}
    return {**where, "seen": at, "attribution": source(key)}


@pytest.fixture
def page(browser, site) -> Iterator[Page]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def nodes(page: Page) -> int:
    return page.locator("*").count()


def headlines(page: Page) -> list[str]:
    return page.locator("[data-row]").all_text_contents()


def test_the_list_of_ten_thousand_events_is_turned_page_by_page(page):
    page.goto("/admin")
    expect(page.locator(".tally")).to_have_text("10,000 events, 11,999 articles")
    expect(page.locator("[data-row]")).to_have_count(50)
    assert nodes(page) < NODES_OF_LIST
    first = headlines(page)

    page.get_by_role("link", name="Older events").click()
    expect(page.locator("[data-row]").first).to_have_text(title(51))
    page.get_by_role("link", name="Older events").click()
    expect(page.locator("[data-row]").first).to_have_text(title(101))
    page.get_by_role("link", name="Newer events").click()
    expect(page.locator("[data-row]").first).to_have_text(title(51))
    page.get_by_role("link", name="Newer events").click()
    expect(page.locator("[data-row]")).to_have_text(first)


def test_one_among_ten_thousand_events_is_found_by_its_words(page):
    page.goto("/admin")
    page.keyboard.press("/")
    page.keyboard.type("FERRY 5000")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_text([title(5000)])
    page.locator("[data-row]").click()
    expect(page).to_have_url(f"{page.url.partition('/admin')[0]}/admin/events/{AMONG}")
    expect(page.get_by_role("heading", level=1)).to_have_text(title(5000))


def test_an_event_of_two_thousand_articles_is_read_page_by_page(page):
    page.goto("/admin?min_size=1000")
    page.locator("[data-row]").click()
    expect(page.locator("#articles")).to_have_text("Articles, page 1 of 40")
    expect(page.locator(".figures dd").first).to_have_text("2,000")
    expect(page.locator("main article")).to_have_count(50)
    expect(page.locator(".timeline .lane")).to_have_count(10)
    assert nodes(page) < NODES_OF_EVENT

    page.get_by_role("link", name="Next").click()
    expect(page.locator("#articles")).to_have_text("Articles, page 2 of 40")
    page.goto(f"/admin/events/{LARGEST}?page=40")
    expect(page.locator("main article")).to_have_count(50)
    expect(page.get_by_role("link", name="Next")).to_have_count(0)


@pytest.mark.parametrize("address", ["/admin", f"/admin/events/{LARGEST}"])
def test_large_pages_fit_a_telephone(page, address):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address)
    expect(page.locator("[data-row]")).to_have_count(50)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("address", ["/admin", f"/admin/events/{LARGEST}"])
def test_axe_finds_no_violation_on_large_pages(page, address):
    page.goto(address)
    assert axe_violations(page) == []
