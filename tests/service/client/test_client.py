"""Both clients against a running service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Timer
from typing import Any
from zlib import crc32

import pytest

from service.client import StoryfoldError
from service.client.operations import ConflictProblem, IngestResult, LineProblem
from tests.service.client.conftest import OpenClient
from tests.service.crawlers.storyfold_process import StoryfoldProcess

MakeArticle = Callable[..., dict[str, Any]]


@pytest.fixture
def client(open_client: OpenClient, storyfold: StoryfoldProcess) -> Any:
    return open_client(storyfold.url)


@pytest.fixture
def numbers(request: pytest.FixtureRequest) -> Iterator[int]:
    """Numbers of articles that no other test uses."""
    start = crc32(request.node.nodeid.encode())
    return iter(range(start, start + 100))


def test_article_is_posted_read_replaced_and_removed(
    client: Any, make_article: MakeArticle, numbers: Iterator[int]
) -> None:
    number = next(numbers)
    posted = client.post_article(make_article(number, published_at=date(2025, 5, 4)))
    assert (posted.outcome, posted.evidence.shared_terms) == ("new", ())
    article = client.get_article(posted.article_id)
    assert article.published_at == "2025-05-04"
    assert article.assignment.event_id == posted.event_id
    assert (datetime.now(UTC) - article.received_at).total_seconds() < 60
    put = client.put_article(posted.article_id, {"text": article.text + " More."})
    assert put.outcome == "updated"
    assert [version.version for version in client.get_versions(posted.article_id).items] == [2, 1]
    client.delete_article(posted.article_id)
    with pytest.raises(StoryfoldError, match="404 no such article") as raised:
        client.get_article(posted.article_id)
    assert raised.value.status == raised.value.problem.status == 404


@pytest.mark.parametrize("suffix", ["a/b?c=1#d", "100%", "../..", "ü\u2028\u3042", "%2F"])
def test_ids_may_be_any_text(
    client: Any, make_article: MakeArticle, numbers: Iterator[int], suffix: str
) -> None:
    number = next(numbers)
    article_id = f"{number}:{suffix}"
    assert client.post_article(make_article(number, id=article_id)).article_id == article_id
    assert client.get_article(article_id).id == article_id
    client.delete_article(article_id)


def test_two_dots_are_an_id_and_lead_nowhere(client: Any, make_article: MakeArticle) -> None:
    client.post_article(make_article(1, id=".."))
    assert client.get_article("..").id == ".."
    client.delete_article("..")


def test_dry_run_stores_nothing(
    client: Any, make_article: MakeArticle, numbers: Iterator[int]
) -> None:
    result = client.post_article(make_article(next(numbers)), dry_run=True)
    with pytest.raises(StoryfoldError, match="404"):
        client.get_article(result.article_id)


def test_batch_of_any_size_has_a_result_for_each_article_in_order(
    client: Any, monkeypatch: pytest.MonkeyPatch, numbers: Iterator[int]
) -> None:
    monkeypatch.setattr("service.client.batches.MAX_LINES", 7)
    start = next(numbers)
    articles = [{"id": f"{start}-{n}", "title": f"Notice {n}"} for n in range(40)]
    articles[19] = {"id": f"{start}-19"}
    results = list(client.post_batch(article for article in articles))
    refused = results.pop(19)
    del articles[19]
    assert isinstance(refused, LineProblem)
    assert (refused.status, refused.line) == (422, 20)
    assert all(isinstance(result, IngestResult) for result in results)
    assert [result.article_id for result in results] == [article["id"] for article in articles]
    stored = {item.article_id for item in client.get_assignments()}
    assert stored >= {article["id"] for article in articles}


def test_duplicate_names_the_address_of_its_canonical_article(
    client: Any, make_article: MakeArticle, numbers: Iterator[int]
) -> None:
    number = next(numbers)
    url = f"https://agency.example/{number}"
    first = client.post_article(make_article(number, id=f"first-{number}", url=url))
    copy = client.post_article(make_article(number, id=f"copy-{number}"))
    assert (first.duplicate_of, first.duplicate_of_url) == (None, None)
    assert (copy.duplicate_of, copy.duplicate_of_url) == (f"first-{number}", url)
    group = client.get_duplicate_group(copy.duplicate_group_id)
    assert [member.article_id for member in group.members] == [f"first-{number}", f"copy-{number}"]


def test_decisions_are_made_listed_and_undone(
    client: Any, make_article: MakeArticle, numbers: Iterator[int]
) -> None:
    events = [client.post_article(make_article(next(numbers))).event_id for _ in range(2)]
    merge = {"kind": "merge_events", "event_ids": events, "actor": "desk"}
    made = client.post_decision(merge)
    assert made.changes[0].kind == "decision.made"
    assert client.get_decision(made.decision_id).actor == "desk"
    assert client.get_decisions(limit=1).items[0].decision_id == made.decision_id
    survivor, merged = sorted(events, key=lambda event_id: int(event_id[1:]))
    assert client.get_event(merged).event_id == survivor, "redirects are followed"
    client.undo_decision(made.decision_id, {"actor": "desk"})
    with pytest.raises(StoryfoldError) as raised:
        client.undo_decision(made.decision_id)
    assert isinstance(raised.value.problem, ConflictProblem)


def test_invalid_article_names_its_fields(client: Any) -> None:
    with pytest.raises(StoryfoldError, match="/url: ") as raised:
        client.post_article({"title": "A ferry", "url": "ftp://news.example/"})
    assert [error.field for error in raised.value.errors] == ["/url"]


def test_events_of_all_pages_are_iterated_over(
    client: Any, make_article: MakeArticle, numbers: Iterator[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = f"Outlet {next(numbers)}"
    posted = [
        client.post_article(
            make_article(
                next(numbers), source=source, published_at=date(2025, 5, 1) + timedelta(days=day)
            )
        )
        for day in range(60)
    ]
    found = [event.event_id for event in client.events(source=source)]
    assert found == [result.event_id for result in reversed(posted)]
    few = client.events(source=source, since=date(2025, 5, 3), until="2025-05-04")
    assert len(list(few)) == 2


def test_changes_are_continued_at_a_cursor_and_waited_for(
    client: Any, make_article: MakeArticle, numbers: Iterator[int], open_client: OpenClient,
    storyfold: StoryfoldProcess,
) -> None:  # fmt: skip
    first = client.post_article(make_article(next(numbers)))
    *_, last = client.changes(wait=0)
    assert last.change.article_id == first.article_id
    late = make_article(next(numbers))
    timer = Timer(1.0, open_client(storyfold.url).post_article, [late])
    timer.start()
    change, cursor = next(client.changes(last.cursor, wait=20))
    timer.join()
    assert change.article_id == late["id"]
    assert list(client.changes(cursor, wait=0)) == []


def test_every_reading_call_is_decoded(client: Any, make_article: MakeArticle) -> None:
    client.post_article(make_article(7))
    assert client.get_readiness() == {"status": "ready"}
    assert client.get_health() == {"status": "ok"}
    assert client.get_metrics().startswith("# HELP")
    assert client.get_events_rss(limit=1).startswith("<?xml")
    assert client.get_events_json_feed(limit=1).items[0].url
    assert client.get_review_queue(limit=3).threshold > 0
    assert client.get_events(limit=1).items[0].first_seen.tzinfo is not None


def test_webhooks_are_subscribed_and_ended(client: Any) -> None:
    made = client.post_webhook({"url": "http://127.0.0.1:9/", "active": False})
    assert made.secret.startswith("whsec_")
    assert client.get_webhook(made.id).url == made.url
    replaced = client.put_webhook(made.id, {"url": "http://127.0.0.1:9/b", "active": False})
    assert not hasattr(replaced, "secret")
    assert made.id in [webhook.id for webhook in client.get_webhooks().items]
    client.delete_webhook(made.id)


def test_token_is_sent(
    open_client: OpenClient, make_article: MakeArticle, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service = StoryfoldProcess(tmp_path_factory.mktemp("guarded"), STORYFOLD_TOKENS="open-sesame")
    service.start()
    try:
        assert open_client(service.url, "open-sesame").post_article(make_article(1)).event_id
        with pytest.raises(StoryfoldError, match="401 authentication required"):
            open_client(service.url, "wrong").get_events()
    finally:
        service.stop()


def test_address_without_a_scheme_is_refused(open_client: OpenClient) -> None:
    with pytest.raises(ValueError, match="not an http or https address"):
        open_client("localhost:8080")


def test_import_loads_nothing_of_the_service() -> None:
    program = (
        "import sys; from service.client import StoryfoldClient; "
        "print(*{'.'.join(name.split('.')[:2]) for name in sys.modules if name[:8] == 'service.'},"
        "*{'numpy', 'sqlalchemy', 'flask', 'pydantic'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"service.client\n"


def test_without_httpx_the_error_names_it() -> None:
    program = "import sys; sys.modules['httpx'] = None; from service.client import StoryfoldClient"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "storyfold[client]" in done.stderr
