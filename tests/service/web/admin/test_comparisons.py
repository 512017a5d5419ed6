"""Candidates of an article, similar events, and the pairwise probabilities inside an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from service.engine.writer import IndexWriter
from service.web.admin.presenters import comparisons
from service.web.admin.presenters.similarity_matrix import MAX_GROUPS_SHOWN
from tests.support.story_factory import StoryFactory, truncate


def post(client: FlaskClient, **texts: str) -> None:
    for name, text in texts.items():
        article = {"id": name, "title": name, "text": text, "source": name.title()}
        assert client.post("/v1/articles", json=article).status_code == 201


def merge(client: FlaskClient, *article_ids: str) -> str:
    decision = {"kind": "same_event", "article_ids": article_ids, "actor": "ines"}
    assert client.post("/v1/decisions", json=decision).status_code == 201
    return event_of(client, article_ids[0])


def event_of(client: FlaskClient, article_id: str) -> str:
    return client.get(f"/v1/articles/{article_id}").get_json()["assignment"]["event_id"]


def page_text(response: object) -> str:
    return " ".join(response.text.split())  # type: ignore[attr-defined]


def test_article_page_tells_which_candidates_share_its_group_and_event(
    client: FlaskClient,
) -> None:
    factory = StoryFactory(3)
    names = factory.names()
    text = factory.text(18, names)
    post(client, whole=text, part=truncate(text), other=factory.text(18, names))
    payload = {"kind": "keep_apart", "article_ids": ["whole", "other"]}
    decision = client.post("/v1/decisions", json=payload).get_json()
    html = page_text(client.get("/admin/articles/whole"))
    assert "<strong>A copy</strong>: " in html
    assert 'href="/admin/articles/part"' in html
    other_event = event_of(client, "other")
    link = f'<a href="/admin/events/{other_event}">{other_event}</a>'
    assert f"<strong>Another event</strong> ({link}): probability" in html
    client.post(f"/v1/decisions/{decision['decision_id']}/undo")
    merge(client, "whole", "other")
    html = page_text(client.get("/admin/articles/other"))
    assert "<strong>Same event</strong>: probability" in html


def test_article_page_does_not_wait_while_the_index_is_busy(
    client: FlaskClient, index_writer: IndexWriter
) -> None:
    post(client, alone=StoryFactory(1).text())
    assert comparisons.find_comparisons(index_writer, "alone") is not None
    with index_writer.transaction(dry_run=True):
        assert comparisons.find_comparisons(index_writer, "alone") is None
        assert "Comparisons are not available" in client.get("/admin/articles/alone").text


def test_picker_offers_similar_events_and_searches_all(client: FlaskClient) -> None:
    factory = StoryFactory(9)
    names = factory.names()
    post(client, one=factory.text(18, names), two=factory.text(18, names), far=factory.text())
    events = {article_id: event_of(client, article_id) for article_id in ("one", "two", "far")}
    if events["one"] == events["two"]:
        payload = {"kind": "keep_apart", "article_ids": ["one", "two"]}
        client.post("/v1/decisions", json=payload)
        events["two"] = event_of(client, "two")
    for path in ("/admin/move-article/one", f"/admin/merge-event/{events['one']}"):
        html = client.get(path).text
        assert f'href="/admin/events/{events["two"]}"' in html
        assert f'href="/admin/events/{events["far"]}"' not in html
        by_id = client.get(f"{path}?q={events['far']}").text
        assert f'href="/admin/events/{events["far"]}"' in by_id
        assert f'href="/admin/events/{events["far"]}"' in client.get(f"{path}?q=FAR").text
        assert "No other event matches" in client.get(f"{path}?q=e999").text
    assert client.get("/admin/move-article/nothing").status_code == 404
    assert client.get("/admin/merge-event/e99").status_code == 404


def test_article_with_a_path_as_its_id_can_be_moved(client: FlaskClient) -> None:
    post(client, **{"news/move": StoryFactory(1).text()})
    assert client.get("/admin/articles/news%2Fmove").status_code == 200
    assert client.get("/admin/move-article/news%2Fmove").status_code == 200


def test_groups_of_an_event_are_compared_each_with_each(client: FlaskClient) -> None:
    factory = StoryFactory(4)
    names = factory.names()
    texts = {f"article{n}": factory.text(18, names) for n in range(4)}
    post(client, **texts)
    reprint = {"id": "reprint", "title": "article0", "text": truncate(texts["article0"])}
    assert client.post("/v1/articles", json=reprint).get_json()["outcome"] == "near_duplicate"
    event_id = merge(client, *texts)
    html = client.get(f"/admin/events/{event_id}").text
    assert html.count('class="cell"') == 4 * 3
    assert html.count('<th scope="row">') == 4
    assert html.count("<td>–</td>") == 4


def test_only_the_largest_groups_of_a_very_large_event_are_compared(client: FlaskClient) -> None:
    factory = StoryFactory(6)
    names = factory.names()
    article_ids = [f"article{n}" for n in range(MAX_GROUPS_SHOWN + 4)]
    post(client, **{article_id: factory.text(6, names) for article_id in article_ids})
    event_id = merge(client, *article_ids)
    n_groups = client.get(f"/v1/events/{event_id}").get_json()["group_count"]
    assert n_groups > MAX_GROUPS_SHOWN
    html = client.get(f"/admin/events/{event_id}").text
    assert f"(the {MAX_GROUPS_SHOWN} of {n_groups} texts with the most copies)" in html
    assert html.count('class="cell"') == MAX_GROUPS_SHOWN * (MAX_GROUPS_SHOWN - 1)


def test_any_two_articles_are_shown_side_by_side(
    client: FlaskClient, make_article: Callable[..., dict[str, Any]]
) -> None:
    url = "https://daily.example/a"
    client.post("/v1/articles", json=make_article(1, url=url))
    client.post("/v1/articles", json=make_article(2))
    page = client.get(
        "/admin/compare", query_string={"first": f"{url}?utm_source=x", "second": "story-2"}
    )
    assert page.text.count('class="fulltext"') == 2
    assert 'value="not_duplicate"' in page.text
    for query in ("", "first=story-1&second=story-1", "first=story-1&second=none"):
        empty = client.get(f"/admin/compare?{query}")
        assert empty.status_code == 200
        assert 'class="fulltext"' not in empty.text
