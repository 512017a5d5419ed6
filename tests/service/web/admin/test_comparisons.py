"""What an article was compared with, and how alike the stories inside an event are."""

from __future__ import annotations

from flask.testing import FlaskClient

from service.engine.writer import IndexWriter
from service.web.admin.presenters import comparisons, similarity_matrix
from tests.support.story_factory import StoryFactory, truncate


def post(client: FlaskClient, **texts: str) -> None:
    for name, text in texts.items():
        article = {"id": name, "title": name, "text": text, "source": name.title()}
        assert client.post("/v1/articles", json=article).status_code == 201


def merged(client: FlaskClient, *names: str) -> str:
    said = {"kind": "same_event", "article_ids": names, "actor": "ines"}
    assert client.post("/v1/decisions", json=said).status_code == 201
    return client.get(f"/v1/articles/{names[0]}").get_json()["assignment"]["event_id"]


def text(answer: object) -> str:
    return " ".join(answer.text.split())  # type: ignore[attr-defined]


def test_the_page_of_an_article_says_who_was_accepted_and_who_fell_short(
    client: FlaskClient,
) -> None:
    press = StoryFactory(3)
    cast = press.names()
    story = press.text(18, cast)
    post(client, whole=story, part=truncate(story), other=press.text(18, cast))
    said = {"kind": "keep_apart", "article_ids": ["whole", "other"]}
    apart = client.post("/v1/decisions", json=said).get_json()
    html = text(client.get("/admin/articles/whole"))
    assert "<strong>Accepted</strong>: copy score" in html
    assert 'href="/admin/articles/part"' in html
    assert "<strong>Fell short</strong>: probability" in html
    client.post(f"/v1/decisions/{apart['decision_id']}/undo")
    merged(client, "whole", "other")
    assert "<strong>Accepted</strong>: probability" in text(client.get("/admin/articles/other"))


def test_while_somebody_else_has_the_desk_the_page_does_not_wait(
    client: FlaskClient, index_writer: IndexWriter
) -> None:
    post(client, alone=StoryFactory(1).text())
    assert comparisons.find_comparisons(index_writer, "alone") is not None
    with index_writer.transaction(dry_run=True):
        assert comparisons.find_comparisons(index_writer, "alone") is None
        assert "can’t be looked up" in client.get("/admin/articles/alone").text


def test_the_nearest_events_are_offered_where_something_is_moved_or_merged(
    client: FlaskClient,
) -> None:
    press = StoryFactory(9)
    cast = press.names()
    post(client, one=press.text(18, cast), two=press.text(18, cast), far=press.text())
    events = {
        name: client.get(f"/v1/articles/{name}").get_json()["assignment"]["event_id"]
        for name in ("one", "two", "far")
    }
    if events["one"] == events["two"]:
        said = {"kind": "keep_apart", "article_ids": ["one", "two"]}
        client.post("/v1/decisions", json=said)
        place = client.get("/v1/articles/two").get_json()["assignment"]
        events["two"] = place["event_id"]
    for page in ("/admin/moving/one", f"/admin/merging/{events['one']}"):
        html = client.get(page).text
        assert f'href="/admin/events/{events["two"]}"' in html
        assert f'href="/admin/events/{events["far"]}"' not in html
        found = client.get(f"{page}?q={events['far']}").text
        assert f'href="/admin/events/{events["far"]}"' in found
        assert f'href="/admin/events/{events["far"]}"' in client.get(f"{page}?q=FAR").text
        assert "No other event has that" in client.get(f"{page}?q=e999").text
    assert client.get("/admin/moving/nobody").status_code == 404
    assert client.get("/admin/merging/e99").status_code == 404


def test_three_stories_and_more_of_an_event_are_compared_each_with_each(
    client: FlaskClient, index_writer: IndexWriter
) -> None:
    press = StoryFactory(4)
    cast = press.names()
    stories = {f"story{n}": press.text(18, cast) for n in range(4)}
    post(client, **stories, copy=truncate(stories["story0"]))
    event = merged(client, *stories)
    html = client.get(f"/admin/events/{event}").text
    assert html.count('class="cell"') == 4 * 3
    assert html.count('<th scope="row">') == 4
    assert html.count("<td>–</td>") == 4


def test_of_a_very_large_event_some_stories_are_compared(
    client: FlaskClient, index_writer: IndexWriter
) -> None:
    press = StoryFactory(6)
    cast = press.names()
    post(
        client,
        **{f"story{n}": press.text(6, cast) for n in range(similarity_matrix.MAX_GROUPS_SHOWN + 4)},
    )
    event = merged(client, *(f"story{n}" for n in range(similarity_matrix.MAX_GROUPS_SHOWN + 4)))
    groups = client.get(f"/v1/events/{event}").get_json()["group_count"]
    assert groups > similarity_matrix.MAX_GROUPS_SHOWN
    html = client.get(f"/admin/events/{event}").text
    assert f"({similarity_matrix.MAX_GROUPS_SHOWN} of {groups} stories" in html
    assert html.count('class="cell"') == similarity_matrix.MAX_GROUPS_SHOWN * (
        similarity_matrix.MAX_GROUPS_SHOWN - 1
    )
