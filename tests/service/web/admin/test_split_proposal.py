"""Events that fall into two clean blocks are proposed to be split."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.support.stored_articles import ArticleRecorder, RecordedArticle

HARBOUR = "The harbour of Port Ellery reopened after the storm tore two cranes from the north quay."
TRIAL = "A jury in Brackwell acquitted the former treasurer of stealing from the orchestra fund."


def record_event(recorder: ArticleRecorder, *stories: str, language: str = "en") -> None:
    """Record an event with one text for each story."""
    recorder.record(
        *(
            RecordedArticle(
                f"a{n}", 1, n, title=story[:40], text=story, source=f"Paper {n}",
                language=language if n == 1 else "en",
            )
            for n, story in enumerate(stories, 1)
        )
    )  # fmt: skip


def proposed(client: FlaskClient) -> list[str]:
    """The articles that the event's page proposes to split off."""
    page = client.get("/admin/events/e1").text
    notice = re.search(r'aria-label="Proposal">.*?</section>', page, re.DOTALL)
    return re.findall(r'name="article_ids" value="(\w+)"', notice[0]) if notice else []


def test_smaller_block_is_proposed_to_leave(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    record_event(article_recorder, HARBOUR, TRIAL, HARBOUR, TRIAL, HARBOUR)
    assert {*proposed(client)} == {"a2", "a4"}
    assert 'name="kind" value="split_event"' in client.get("/admin/events/e1").text


def test_one_story_is_not_proposed(client: FlaskClient, article_recorder: ArticleRecorder) -> None:
    record_event(article_recorder, *[HARBOUR] * 5)
    assert proposed(client) == []


def test_locked_event_is_not_proposed(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    record_event(article_recorder, HARBOUR, TRIAL, HARBOUR, TRIAL)
    assert proposed(client)
    client.post("/v1/decisions", json={"kind": "lock_event", "event_id": "e1", "actor": "anna"})
    assert proposed(client) == []


def test_languages_are_no_blocks(client: FlaskClient, article_recorder: ArticleRecorder) -> None:
    record_event(article_recorder, HARBOUR, TRIAL, HARBOUR, TRIAL, language="de")
    assert proposed(client) == []
