"""What the clients repeat, and what becomes of answers that are lost on the way."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.client import StoryfoldError, batches
from service.client.batches import LineSplitter
from service.client.operations import IngestResult, LineProblem
from service.client.retries import Retries, parse_retry_after
from tests.service.client.conftest import OpenClient
from tests.service.client.scripted_server import (
    Answer,
    Received,
    ScriptedServer,
    problem,
    result,
    results,
)

QUICK = Retries(attempts=4, first_wait=0.01)


@pytest.fixture
def client(open_client: OpenClient, scripted: ScriptedServer) -> Any:
    return open_client(scripted.url, retries=QUICK)


def articles(count: int) -> list[dict[str, Any]]:
    return [{"id": f"a{number}", "title": f"Notice {number}"} for number in range(count)]


def test_busy_service_is_asked_again_when_it_says(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [problem(503, Retry_After="1"), Answer(201, result("a"))]
    started = time.monotonic()
    assert client.post_article({"id": "a", "title": "A ferry"}).article_id == "a"
    assert time.monotonic() - started >= 1.0
    assert len(scripted.received) == 2


def test_service_that_asks_for_too_much_patience_is_an_error(
    client: Any, scripted: ScriptedServer
) -> None:
    scripted.steps = [problem(503, Retry_After="3600")]
    with pytest.raises(StoryfoldError, match="503 not now"):
        client.get_events()
    assert len(scripted.received) == 1


def test_call_fails_after_the_last_attempt(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [problem(500)]
    with pytest.raises(StoryfoldError, match="500") as raised:
        client.get_events()
    assert raised.value.status == 500
    assert len(scripted.received) == QUICK.attempts


@pytest.mark.parametrize("failure", [None, problem(502), Answer(201, result("a"), cut=20)])
def test_article_whose_answer_is_lost_is_posted_again(
    client: Any, scripted: ScriptedServer, failure: Answer | None
) -> None:
    scripted.steps = [failure, Answer(200, result("a", outcome="unchanged"))]
    assert client.post_article({"id": "a", "title": "A ferry"}).outcome == "unchanged"
    assert scripted.received[0].body == scripted.received[1].body


@pytest.mark.parametrize("failure", [None, problem(500)])
def test_decision_whose_answer_is_lost_is_not_made_twice(
    client: Any, scripted: ScriptedServer, failure: Answer | None
) -> None:
    scripted.steps = [failure]
    with pytest.raises(StoryfoldError):
        client.post_decision({"kind": "lock_event", "event_id": "e1"})
    assert len(scripted.received) == 1


def test_decision_is_made_when_a_busy_service_has_done_nothing(
    client: Any, scripted: ScriptedServer
) -> None:
    scripted.steps = [problem(503), Answer(201, {"decision_id": "d1", "changes": []})]
    made = client.post_decision({"kind": "lock_event", "event_id": "e1"})
    assert made.decision_id == "d1"


def test_refused_call_is_not_repeated(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [problem(422)]
    with pytest.raises(StoryfoldError):
        client.get_events(q="x" * 501)
    assert len(scripted.received) == 1


def test_article_removed_by_a_request_without_answer_is_removed(
    client: Any, scripted: ScriptedServer
) -> None:
    scripted.steps = [None, problem(404)]
    client.delete_article("a")
    scripted.steps = [problem(404)]
    with pytest.raises(StoryfoldError, match="404"):
        client.delete_article("a")


def test_unreachable_service_is_an_error_without_status(open_client: OpenClient) -> None:
    client = open_client("http://127.0.0.1:9", retries=Retries(attempts=2, first_wait=0.01))
    with pytest.raises(StoryfoldError, match="no answer: ConnectError") as raised:
        client.get_events()
    assert (raised.value.status, raised.value.problem, raised.value.errors) == (None, None, ())


@pytest.mark.parametrize("body", ["<html>", {"items": 5}, {}, []])
def test_other_answers_are_quoted(client: Any, scripted: ScriptedServer, body: Any) -> None:
    scripted.steps = [Answer(200, body)]
    with pytest.raises(StoryfoldError, match="not an answer of storyfold"):
        client.get_events()


def test_newer_service_may_answer_more(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [Answer(200, {"items": [], "next_cursor": None, "total": 3})]
    assert client.get_events().items == ()


def test_batch_goes_on_where_the_answer_broke_off(client: Any, scripted: ScriptedServer) -> None:
    def broken(request: Received) -> Answer:
        return Answer(lines=results(request).lines, cut=300)

    scripted.steps = [broken, None, results]
    found = [one.article_id for one in client.post_batch(articles(6))]
    assert found == ["a0", "a1", "a2", "a3", "a4", "a5"]
    assert [line["id"] for line in scripted.received[1].lines()] == ["a5"]


def test_batch_with_fewer_results_than_articles_goes_on(
    client: Any, scripted: ScriptedServer
) -> None:
    scripted.steps = [lambda request: Answer(lines=(results(request).lines or [])[:2]), results]
    assert [one.article_id for one in client.post_batch(articles(3))] == ["a0", "a1", "a2"]


def test_batch_without_any_result_ends_in_an_error(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [Answer(lines=[])]
    with pytest.raises(StoryfoldError):
        list(client.post_batch(articles(3)))
    assert len(scripted.received) == QUICK.attempts


def test_batch_that_is_never_answered_ends_in_an_error(
    client: Any, scripted: ScriptedServer
) -> None:
    scripted.steps = [None]
    with pytest.raises(StoryfoldError, match="no answer"):
        list(client.post_batch(articles(3)))
    assert len(scripted.received) == QUICK.attempts


def test_lines_that_break_off_are_an_error(client: Any, scripted: ScriptedServer) -> None:
    line = {"article_id": "a", "duplicate_group_id": "g1", "event_id": "e1"}
    scripted.steps = [Answer(lines=[line, line], cut=5)]
    assignments = client.get_assignments()
    assert next(assignments).article_id == "a"
    with pytest.raises(StoryfoldError, match="broke off"):
        next(assignments)


def test_results_beyond_the_articles_are_an_error(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [Answer(lines=[result("a0"), result("a1")])]
    with pytest.raises(StoryfoldError, match="too many results"):
        list(client.post_batch(articles(1)))


def test_line_that_the_service_was_too_busy_for_is_posted_again(
    client: Any, scripted: ScriptedServer
) -> None:
    busy = {**(problem(503).body), "line": 2}
    scripted.steps = [Answer(lines=[result("a0"), busy, result("a2")]), results]
    assert [one.article_id for one in client.post_batch(articles(3))] == ["a0", "a1", "a2"]
    assert [line["id"] for line in scripted.received[1].lines()] == ["a1", "a2"]


def test_line_that_stays_refused_has_its_problem(client: Any, scripted: ScriptedServer) -> None:
    busy = {**(problem(503).body), "line": 1}
    scripted.steps = [Answer(lines=[busy])]
    (refused,) = client.post_batch(articles(1))
    assert isinstance(refused, LineProblem)
    assert refused.line == 1


def test_requests_that_are_too_large_are_halved(client: Any, scripted: ScriptedServer) -> None:
    def limited(request: Received) -> Answer:
        return problem(413) if len(request.body) > 150 else results(request)

    scripted.steps = [limited]
    sent = articles(9)
    sent[4]["title"] = "long " * 100
    found = list(client.post_batch(sent))
    refused = found[4]
    assert isinstance(refused, LineProblem)
    assert (refused.status, refused.line) == (413, 5)
    del found[4]
    assert all(isinstance(one, IngestResult) for one in found)
    assert len(found) == 8


def test_lines_end_at_line_feeds_only(client: Any, scripted: ScriptedServer) -> None:
    warnings = ["unknown fields: 'a\u2028b\u0085c\x0bd'"]
    scripted.steps = [Answer(lines=[result("a0", warnings=warnings), result("a1")])]
    found = list(client.post_batch(articles(2)))
    assert found[0].warnings == tuple(warnings)


def test_batches_share_a_connection(client: Any, scripted: ScriptedServer) -> None:
    scripted.steps = [results]
    for _ in range(5):
        assert len(list(client.post_batch(articles(3)))) == 3
    assert scripted.connections == 1


def test_nothing_is_sent_before_the_iterator_is_used(client: Any, scripted: ScriptedServer) -> None:
    client.post_batch(articles(3))
    assert not scripted.received


def test_poll_that_is_answered_at_once_does_not_flood_the_service(
    client: Any, scripted: ScriptedServer
) -> None:
    change = {
        **dict.fromkeys(("article_id", "duplicate_group_id", "event_id", "reason")),
        **dict.fromkeys(("source_id", "target_id")),
        **{"seq": 1, "at": "2025-05-04T06:30:00Z", "kind": "article.assigned"},
    }
    nothing = Answer(body={"items": [], "next_cursor": "0"})
    scripted.steps = [nothing, nothing, Answer(body={"items": [change], "next_cursor": "1"})]
    started = time.monotonic()
    assert next(client.changes(wait=30)).cursor == "1"
    assert time.monotonic() - started >= 2.0
    assert [request.path for request in scripted.received] == ["/v1/changes?since=0&wait=30"] * 3


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    assert 15 < parse_retry_after(later) <= 20
    assert parse_retry_after("soon") == parse_retry_after("-5") == parse_retry_after(None) == 0.0


@given(st.integers(1, 50))
def test_waits_grow_and_stay_bounded(attempt: int) -> None:
    retries = Retries(attempts=100)
    wait = retries.wait_after_failure(attempt, is_repeatable=True, was_sent=True)
    assert wait is not None
    assert 0.75 * 0.5 <= wait <= retries.longest_wait


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=30), max_size=3)))
def test_split_batches_have_all_articles_in_order(given_articles: list[dict[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(batches, "MAX_LINES", 4)
        monkeypatch.setattr(batches, "MAX_BYTES", 100)
        chunks = list(batches.split_batch(given_articles))
    lines = [line for chunk in chunks for line in chunk]
    assert [json.loads(line.content) for line in lines] == given_articles
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for chunk in chunks:
        assert 0 < len(chunk) <= 4
        assert len(chunk) == 1 or sum(len(line.content) for line in chunk) <= 100


@given(st.lists(st.binary(min_size=1).filter(lambda line: b"\n" not in line)), st.data())
def test_lines_do_not_depend_on_how_they_arrive(lines: list[bytes], data: st.DataObject) -> None:
    body = batches.join_lines(lines)
    splitter, found = LineSplitter(), list[bytes]()
    while body:
        size = data.draw(st.integers(1, len(body)))
        found += splitter.feed(body[:size])
        body = body[size:]
    assert found == lines
    assert splitter.is_complete
