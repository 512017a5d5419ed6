"""Addresses and identities of feed entries, in XML and in JSON."""

from __future__ import annotations

import io
import json
from typing import Any, ClassVar
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest import submission
from service.ingest.readers.feeds import read_feed
from service.ingest.readers.items import ReaderItem, Record, UnreadableRecord

ADDRESS = "https://quay.example/feeds/all.xml"


def rss(*entries: dict[str, str], title: str = "Quay Gazette", site: str = "") -> bytes:
    items = "".join(
        "<item>"
        + "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in entry.items())
        + "</item>"
        for entry in entries
    )
    head = f"<title>{title}</title><link>{site or 'https://quay.example/'}</link>"
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def read(content: bytes, name: str = "a.xml", address: str = "") -> list[ReaderItem]:
    return list(read_feed(io.BytesIO(content), name, address=address, base_url=address))


def articles(content: bytes, name: str = "a.xml", address: str = "") -> list[dict[str, Any]]:
    items = read(content, name, address)
    assert all(isinstance(item, Record) for item in items), items
    return [item.article for item in items if isinstance(item, Record)]  # type: ignore[misc]


def notice(number: int, **fields: str) -> dict[str, str]:
    return {
        "title": f"Notice {number}",
        "description": f"Berth {number} is closed for repairs.",
        **fields,
    }


class TestIdentity:
    def test_entry_with_its_own_link_is_identified_by_it(self) -> None:
        (article,) = articles(rss(notice(1, link="https://quay.example/1", guid="n-1")))
        assert "id" not in article

    @pytest.mark.parametrize(
        "link", ["https://quay.example/notices", "https://quay.example/live#post-{}"]
    )
    @pytest.mark.parametrize("has_guid", [True, False])
    def test_entries_that_share_a_link_are_separate(self, link: str, has_guid: bool) -> None:
        entries = [
            notice(n, link=link.format(n), **({"guid": f"n-{n}"} if has_guid else {}))
            for n in range(3)
        ]
        first, second = (articles(rss(*entries)) for _ in range(2))
        assert first == second
        ids = {submission.validate_article(article, max_text_chars=1000).id for article in first}
        assert len(ids) == 3

    def test_shared_address_is_not_passed_to_the_comparison(self) -> None:
        entries = [notice(n, link="https://quay.example/notices", guid=f"n-{n}") for n in range(2)]
        assert all(item.shares_address for item in read(rss(*entries)) if isinstance(item, Record))

    def test_same_entry_twice_is_one_article(self) -> None:
        entry = notice(1, link="https://quay.example/1", guid="n-1")
        assert all("id" not in article for article in articles(rss(entry, entry)))

    def test_front_page_identifies_no_entry(self) -> None:
        (article,) = articles(rss(notice(1, link="https://quay.example/", guid="n-1")))
        assert article["id"].startswith("f_")

    def test_number_without_a_link_is_an_id_within_its_feed(self) -> None:
        ids = {
            articles(rss(notice(1, guid="101"), title=title, site=site))[0]["id"]
            for title in ("Quay Gazette", "Dune Courier")
            for site in ("https://quay.example/", "https://dune.example/")
        }
        assert len(ids) == 4
        (at_one_address,) = {
            articles(rss(notice(1, guid="101"), title=title), address=ADDRESS)[0]["id"]
            for title in ("Quay Gazette", "Quay Gazette (1 new)")
        }
        assert at_one_address not in ids

    def test_guid_that_is_an_address_counts_as_link(self) -> None:
        (article,) = articles(rss(notice(1, guid="https://quay.example/1")))
        assert article["url"] == "https://quay.example/1"
        assert "id" not in article

    def test_atom_id_that_is_no_address_is_not_taken_for_one(self) -> None:
        atom = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>7</id>
            <entry><id>8669</id><title>Berth closed</title></entry></feed>"""
        (article,) = articles(atom.encode(), address=ADDRESS)
        assert "url" not in article
        assert article["id"].startswith("f_")

    @given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=6))
    def test_as_many_articles_as_guids(self, guids: list[str]) -> None:
        entries = [notice(0, link="https://quay.example/n", guid=guid) for guid in guids]
        identities = {article.get("id") for article in articles(rss(*entries))}
        assert len(identities) == len({*guids})


class TestAddresses:
    @pytest.mark.parametrize(
        ("link", "url"),
        [
            ("/news/7", "https://quay.example/news/7"),
            ("posts/9", "https://quay.example/feeds/posts/9"),
            ("//cdn.example/x", "https://cdn.example/x"),
            (" https://dune.example/1 ", "https://dune.example/1"),
        ],
    )
    def test_relative_link_refers_to_the_address_of_the_feed(self, link: str, url: str) -> None:
        (article,) = articles(rss(notice(1, link=link)), address=ADDRESS)
        assert article["url"] == url

    def test_relative_link_in_a_file_refers_to_the_site(self) -> None:
        (article,) = articles(rss(notice(1, link="/news/7")))
        assert article["url"] == "https://quay.example/news/7"

    @pytest.mark.parametrize("link", ["javascript:void(0)", "http://[x/", "mailto:a@b.example"])
    def test_link_that_is_no_web_address_is_left_out_with_a_warning(self, link: str) -> None:
        (item,) = read(rss(notice(1, link=link, guid="5")))
        assert isinstance(item, Record)
        assert isinstance(item.article, dict)
        assert "url" not in item.article
        assert link in item.warnings[0]

    def test_original_link_of_feedburner_is_the_address(self) -> None:
        feed = rss(notice(1, link="https://feedproxy.example/~r/1")).replace(
            b"<item>",
            b'<item><feedburner:origLink xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">'
            b"https://quay.example/1</feedburner:origLink>",
        )
        assert articles(feed)[0]["url"] == "https://quay.example/1"


class TestDates:
    @pytest.mark.parametrize("date", ["0000-00-00 00:00:00", "yesterday", "99 Foo 9999 99:99:99"])
    def test_date_that_cannot_be_read_is_left_to_validation(self, date: str) -> None:
        first, second = articles(rss(notice(1, pubDate=date), notice(2)))
        assert first["published_at"] == date
        assert "published_at" not in second

    def test_date_of_change_stands_in_for_an_unreadable_one(self) -> None:
        entry = b"<pubDate>never</pubDate><updated>2026-03-01T10:00:00Z</updated></item>"
        feed = rss(notice(1)).replace(b"</item>", entry)
        assert articles(feed)[0]["published_at"] == "2026-03-01T10:00:00Z"


class TestEntries:
    def test_entry_without_title_and_text_is_reported_and_others_are_read(self) -> None:
        first, second = read(rss({"guid": "1"}, notice(2)))
        assert first == UnreadableRecord("a.xml:1", "an entry without title and text")
        assert isinstance(second, Record)

    @pytest.mark.parametrize(
        "html", ["<!DOCTYPE", "<!DOCTYPE html PUBLIC", "<![CDATA[", "<!--", "<"]
    )
    def test_odd_markup_costs_no_entry(self, html: str) -> None:
        items = read(rss({"title": "A", "description": html}, notice(2)))
        assert sum(isinstance(item, Record) for item in items) == 2

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
    def test_any_text_is_read(self, text: str) -> None:
        items = read(rss({"title": text, "description": text, "link": text, "guid": text}))
        assert all(isinstance(item, Record | UnreadableRecord) for item in items)

    @pytest.mark.parametrize("codec", ["utf-16", "cp1251", "utf-8-sig", "koi8-r"])
    def test_encoding_of_a_feed(self, codec: str) -> None:
        label = {"utf-8-sig": "utf-8", "cp1251": "windows-1251"}.get(codec, codec)
        text = "Паром снова опоздал"
        xml = f'<?xml version="1.0" encoding="{label}"?>' + rss(notice(1, category=text)).decode()
        (article,) = articles(xml.replace("Notice 1", text).encode(codec))
        assert article["title"] == text


def test_ambiguous_date_is_read_as_another_date_of_the_feed_shows() -> None:
    dates = ("04/05/2025 07:30", "16/05/2025 08:00", "nothing")
    entries = [notice(number, pubDate=date) for number, date in enumerate(dates)]
    first, second, third = (item for item in read(rss(*entries)) if isinstance(item, Record))
    assert isinstance(first.article, dict)
    assert first.article["published_at"] == "2025-05-04 07:30"
    assert "'04/05/2025 07:30'" in first.warnings[0]
    assert (second.warnings, third.warnings) == ((), ())


class TestJsonFeed:
    FEED: ClassVar[dict[str, Any]] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Quay Gazette",
        "home_page_url": "https://quay.example/",
        "language": "en",
        "items": [
            {
                "id": "https://quay.example/1",
                "url": "https://quay.example/1",
                "title": "Berth &amp; crane",
                "content_html": "<p>Berth 1 is <b>closed</b>.</p>",
                "date_published": "2026-03-01T10:00:00Z",
            },
            {"id": 102, "content_text": "Berth 2 is open.", "summary": "Open."},
            {"id": "103", "url": "/3", "summary": "Berth 3 is wet."},
            "no item",
        ],
    }

    def test_items_become_records(self) -> None:
        *others, last = read(json.dumps(self.FEED).encode(), "feed.json", ADDRESS)
        assert last == UnreadableRecord("feed.json:4", "an item must be an object")
        one, two, three = [item for item in others if isinstance(item, Record)]
        assert one.article == {
            "url": "https://quay.example/1",
            "title": "Berth & crane",
            "text": "Berth 1 is closed.",
            "published_at": "2026-03-01T10:00:00Z",
            "source": "Quay Gazette",
            "language": "en",
        }
        assert isinstance(two.article, dict)
        assert two.article["text"] == "Berth 2 is open."
        assert two.article["id"].startswith("f_")
        assert isinstance(three.article, dict)
        assert three.article["url"] == "https://quay.example/3"
        assert (two.extent, three.extent) == ("content", "summary")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b'{"version": "https://jsonfeed.org/version/1"}', "a JSON Feed without items"),
            (b'{"title": "x"}', "neither RSS nor Atom nor JSON Feed"),
            (b'{"title": ', "broken JSON"),
            (b'{"a":' * 100_000, "nested too deeply"),
        ],
    )
    def test_what_is_no_feed_is_reported(self, content: bytes, reason: str) -> None:
        (item,) = read(content)
        assert isinstance(item, UnreadableRecord)
        assert item.is_fatal
        assert reason in item.reason
