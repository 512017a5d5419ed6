"""Items of all kinds as the JSON that is sent."""

from __future__ import annotations

import json
import logging
import sys
from collections import deque, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import attrs
import numpy as np
import pydantic
import pytest
import scrapy
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response
from scrapy.loader import ItemLoader

from service.crawlers.items import article_identities, item_to_json

ADDRESS = "https://halm.example/ferry?id=7"
CHINESE = "渡轮晚点了，码头上没有人在意。市长说，新的桥将在明年春天开放。"
KOREAN = "여객선이 늦었지만 부두에서는 아무도 신경 쓰지 않았다."
RUSSIAN = "Паром опоздал, но на пристани никто не возражал. Мост откроют весной."


def sent(item: object) -> Any:
    return json.loads(item_to_json(item, None))


@dataclass(slots=True)
class Author:
    name: str = "Una"
    agency: Author | None = None


@dataclass(slots=True)
class SlotsItem:
    text: str
    authors: list[Author] = field(default_factory=lambda: [Author(agency=Author("Wire"))])


class PydanticItem(pydantic.BaseModel):
    text: str
    url: pydantic.HttpUrl
    outlet: PydanticOutlet | None = None


class PydanticOutlet(pydantic.BaseModel):
    name: str


@attrs.define
class AttrsItem:
    text: str
    url: str = ADDRESS


class TupleItem(NamedTuple):
    text: str
    published: datetime


class SlotsObject:
    __slots__ = ("_secret", "text", "unset")

    def __init__(self) -> None:
        self.text = "Late"
        self._secret = 1


class NewsItem(scrapy.Item):
    title = scrapy.Field()
    text = scrapy.Field()


class Section(Enum):
    HARBOUR = "harbour"


def test_models_and_their_addresses() -> None:
    item = PydanticItem(text="Late", url=ADDRESS, outlet=PydanticOutlet(name="Halm Courier"))
    assert sent(item) == {"text": "Late", "url": ADDRESS, "outlet": {"name": "Halm Courier"}}
    assert article_identities(item_to_json(item, None)) == {f"url:{ADDRESS}"}
    assert sent({"item": item})["item"]["url"] == ADDRESS


@pytest.mark.parametrize("without_itemadapter", [False, True])
def test_objects_with_slots(monkeypatch: pytest.MonkeyPatch, without_itemadapter: bool) -> None:
    if without_itemadapter:
        monkeypatch.setitem(sys.modules, "itemadapter", None)
    nested = {"name": "Una", "agency": {"name": "Wire", "agency": None}}
    assert sent(SlotsItem("Late")) == {"text": "Late", "authors": [nested]}
    assert sent(AttrsItem("Late")) == {"text": "Late", "url": ADDRESS}
    assert sent(SlotsObject()) == {"text": "Late"}
    assert sent({"author": Author()}) == {"author": {"name": "Una", "agency": None}}


def test_named_tuples() -> None:
    moment = datetime(2026, 3, 9, 22, 45, tzinfo=UTC)
    assert sent(TupleItem("Late", moment)) == {"text": "Late", "published": moment.isoformat()}
    place = namedtuple("place", "x y")(1, 2)
    assert sent({"place": place}) == {"place": {"x": 1, "y": 2}}


def test_lists_of_an_item_loader_are_sent_as_they_are() -> None:
    loader = ItemLoader(NewsItem())
    loader.add_value("title", "Lock shut")
    loader.add_value("text", ["The lock stays shut.", "Boats wait below it."])
    assert sent(loader.load_item()) == {
        "title": ["Lock shut"],
        "text": ["The lock stays shut.", "Boats wait below it."],
    }


def test_values_of_the_standard_library_and_numpy() -> None:
    item = {
        "id": UUID(int=7),
        "price": Decimal("1.50"),
        "section": Section.HARBOUR,
        "tags": deque(["a", "b"]),
        "shares": np.int64(7),
        "score": np.float64(0.5),
    }
    assert sent(item) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "price": "1.50",
        "section": "harbour",
        "tags": ["a", "b"],
        "shares": 7,
        "score": 0.5,
    }


def test_what_json_cannot_represent_is_left_out() -> None:
    pandas_nat = type("NaT", (datetime,), {"__eq__": lambda *_: False, "__hash__": None})
    item = {"a": float("nan"), "b": pandas_nat(2026, 1, 1), "c": Response(ADDRESS), "d": object()}
    assert sent(item) == {}


def test_field_that_cannot_be_read_costs_only_itself() -> None:
    class Broken:
        def __str__(self) -> str:
            raise OSError

    paragraphs: list[object] = ["The keeper rang."]
    paragraphs.append(paragraphs)
    item = {"title": "Lock", "text": paragraphs, "links": {}, "broken": Broken()}
    item["links"] = {"item": item}
    assert json.loads(item_to_json(item, None)) == {"title": "Lock"}


def test_values_of_numpy_are_sent_as_those_of_python() -> None:
    item = {
        "published_at": np.datetime64("2025-05-04T06:30"),
        "text": np.array(["One.", "Two."]),
        "updated": np.datetime64("NaT"),
    }
    assert json.loads(item_to_json(item, None)) == {
        "published_at": "2025-05-04T06:30:00",
        "text": ["One.", "Two."],
        "updated": None,
    }


def test_left_out_field_of_the_article_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    class Item(dict[str, Any]):
        pass

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            item_to_json(Item(text="Late", url=object(), response=object()), None)
    (record,) = caplog.records
    assert "the field url can't be sent as JSON" in record.getMessage()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(CHINESE, "gb18030"), (KOREAN, "cp949"), (RUSSIAN, "cp1251"), (RUSSIAN, "utf-8")],
)
def test_bytes_are_decoded_by_detection(text: str, encoding: str) -> None:
    item = {"title": text[:12].encode(encoding), "text": [text.encode(encoding)]}
    assert sent(item) == {"title": text[:12], "text": [text]}


@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        ("gb2312", "gb18030", CHINESE),
        ("EUC-KR", "cp949", KOREAN),
        ("windows-1251", "cp1251", RUSSIAN),
        ("ISO-8859-1", "cp1252", "“Heron” won’t sail"),
        ("shift_jis", "cp932", "①フェリー"),
    ],
)
def test_declared_encoding_is_that_of_browsers(label: str, encoding: str, text: str) -> None:
    page = f'<html><head><meta charset="{label}"></head><body>{text}</body></html>'
    assert text in sent({"html": page.encode(encoding)})["html"]
    assert sent({"text": text.encode(encoding), "encoding": label})["text"] == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_mark_of_byte_order_counts(encoding: str) -> None:
    assert sent({"text": CHINESE.encode(encoding)}) == {"text": CHINESE}


def test_bytes_of_unknown_encoding_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    item = {"id": "a", "title": "Late", "text": CHINESE.encode("gb18030")}
    assert sent(item) == {"id": "a", "title": "Late"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.decimals() | st.uuids() | st.datetimes() | st.builds(Author),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["id", "url", "title", "text", "html", "x"]), VALUES))
def test_any_item_becomes_json(item: dict[str, Any]) -> None:
    assert sent(item).keys() <= item.keys()
