"""Bodies as clients send them: compressed, and of media types built upon JSON."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.common import strict_json
from service.web.http import request_body
from service.web.http.content_encoding import open_body
from service.web.http.problems import ProblemError

TEXT = "The ferry to Halm was late again, and the mail came by land."
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}


def post(
    client: FlaskClient, path: str, body: bytes, media_type: str, encoding: str | None = None
) -> Any:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return client.post(path, data=body, content_type=media_type, headers=headers)


def read(body: bytes, encoding: str | None, max_bytes: int | None = None) -> bytes:
    return open_body(io.BytesIO(body), encoding, max_bytes).read()


class CountingStream(io.BytesIO):
    """Counts how often the body is read."""

    n_reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.n_reads += 1
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self.n_reads += 1
        return super().readinto(buffer)


def test_lines_are_read_in_large_pieces() -> None:
    body = b"".join(b'{"text": "%d"}\n' % number for number in range(20_000))
    stream = CountingStream(body)
    environ = {
        "wsgi.input": stream,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-ndjson",
        "REQUEST_METHOD": "POST",
    }
    lines = list(request_body.read_batch(Request(environ)))
    assert [line.number for line in lines] == list(range(1, 20_001))
    assert stream.n_reads <= len(body) // 50_000 + 2


@pytest.mark.parametrize("encoding", COMPRESSORS)
@given(content=st.binary(max_size=300), repetitions=st.integers(1, 2000))
def test_compressed_body_is_read_whole(encoding: str, content: bytes, repetitions: int) -> None:
    whole = content * repetitions
    assert read(COMPRESSORS[encoding](whole), encoding, len(whole)) == whole


def test_all_members_of_gzip_are_read() -> None:
    assert read(gzip.compress(b"one, ") + gzip.compress(b"two"), "GZIP") == b"one, two"


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_body_that_ends_too_early_is_refused(encoding: str) -> None:
    compressed = COMPRESSORS[encoding](bytes(range(256)) * 100)
    for body in (b"", compressed[:1], compressed[: len(compressed) // 2], compressed[:-1]):
        with pytest.raises(ProblemError) as raised:
            read(body, encoding)
        assert raised.value.status == 400


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_small_body_that_unpacks_to_a_large_one_is_refused_at_the_limit(encoding: str) -> None:
    bomb = COMPRESSORS[encoding](bytes(200 << 20))
    tracemalloc.start()
    with pytest.raises(ProblemError) as raised:
        read(bomb, encoding, max_bytes=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert raised.value.status == 413
    assert peak < 8 << 20


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_article_and_batch_may_be_compressed(client: FlaskClient, encoding: str) -> None:
    compress = COMPRESSORS[encoding]
    article = json.dumps({"id": "a", "text": TEXT}).encode()
    response = post(client, "/v1/articles", compress(article), "application/json", encoding)
    assert (response.status_code, response.get_json()["article_id"]) == (201, "a")
    lines = b"\n".join(json.dumps({"id": str(n), "text": f"{n} {TEXT}"}).encode() for n in range(9))
    response = post(client, "/v1/articles/batch", compress(lines), "application/x-ndjson", encoding)
    results = [json.loads(line) for line in response.text.splitlines()]
    assert [result["article_id"] for result in results] == [str(n) for n in range(9)]


def test_lines_before_the_end_of_a_damaged_batch_are_taken_in(client: FlaskClient) -> None:
    lines = [json.dumps({"id": str(n), "text": f"{n * n} {TEXT}"}) for n in range(500)]
    body = gzip.compress("\n".join(lines).encode())[:-12]
    response = post(client, "/v1/articles/batch", body, "application/x-ndjson", "gzip")
    *results, problem = [json.loads(line) for line in response.text.splitlines()]
    assert len(results) > 100
    assert "too early" in problem["detail"]
    assert problem["line"] == len(results) + 1


@pytest.mark.parametrize("media_type", ["application/ld+json", "application/vnd.news+json"])
def test_media_types_built_upon_json_are_json(client: FlaskClient, media_type: str) -> None:
    article = {"@type": "NewsArticle", "@id": "https://halm.example/ferry", "articleBody": TEXT}
    response = post(client, "/v1/articles", json.dumps(article).encode(), media_type)
    assert response.status_code == 201
    assert response.get_json()["aliases"]["text"] == "articleBody"


def test_one_document_of_json_ld_is_a_batch_of_one(client: FlaskClient) -> None:
    article = {"@type": "NewsArticle", "headline": "Mail by land", "articleBody": TEXT}
    for body in (article, [article]):
        response = post(
            client, "/v1/articles/batch", json.dumps(body).encode(), "application/ld+json"
        )
        assert len(response.text.splitlines()) == 1
        assert "article_id" in response.text


def test_articles_of_a_json_ld_graph_are_a_batch(client: FlaskClient) -> None:
    graph = [
        {"@type": "NewsArticle", "headline": f"Mail {number}", "articleBody": f"{TEXT} {number}"}
        for number in (1, 2)
    ]
    document = json.dumps({"@graph": [{"@type": "WebSite"}, *graph]}).encode()
    batch = post(client, "/v1/articles/batch", document, "application/ld+json")
    assert len({json.loads(line)["article_id"] for line in batch.text.splitlines()}) == 2
    single = post(client, "/v1/articles", document, "application/ld+json").get_json()
    assert "only the first of 2 articles" in single["warnings"][0]


def test_json_feed_is_not_one_article(client: FlaskClient) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Halm", "items": []}
    response = post(client, "/v1/articles", json.dumps(feed).encode(), "application/feed+json")
    assert response.status_code == 422
    assert "batch" in response.get_json()["errors"][0]["message"]


@pytest.mark.parametrize("media_type", ["application/jsonlines", "application/x-jsonl"])
def test_names_of_lines_of_json(client: FlaskClient, media_type: str) -> None:
    body = json.dumps({"id": "a", "text": TEXT}).encode()
    response = post(client, "/v1/articles/batch", body, media_type)
    assert json.loads(response.text)["article_id"] == "a"


@pytest.mark.parametrize("media_type", ["application/feed+json", "application/json"])
def test_entries_of_a_json_feed_are_a_batch(client: FlaskClient, media_type: str) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Halm Courier",
        "language": "en",
        "items": [
            {"id": "101", "url": "https://halm.example/ferry", "content_html": f"<p>{TEXT}</p>",
             "date_published": "2026-03-09T22:45:00-03:00"},
            {"id": "quay", "title": "Quay swept", "content_text": "The quay was swept."},
            "no entry",
        ],
    }  # fmt: skip
    response = post(client, "/v1/articles/batch", json.dumps(feed).encode(), media_type)
    first, second, third = [json.loads(line) for line in response.text.splitlines()]
    stored = client.get(f"/v1/articles/{first['article_id']}").get_json()
    assert (stored["text"], stored["source"], stored["language"]) == (TEXT, "Halm Courier", "en")
    assert (stored["url"], stored["published_at"]) == (
        "https://halm.example/ferry",
        "2026-03-09T22:45:00-03:00",
    )
    assert first["article_id"].startswith("u_")
    assert second["article_id"].startswith("f_")
    assert (third["line"], third["status"]) == (3, 422)


def test_entries_of_two_json_feeds_do_not_replace_each_other(client: FlaskClient) -> None:
    for title in ("Halm Courier", "Tarn Rescue"):
        items = [
            {"id": number, "content_text": f"{title} report {number}: {TEXT}"} for number in (1, 2)
        ]
        feed = {"version": "https://jsonfeed.org/version/1", "title": title, "items": items}
        response = post(client, "/v1/articles/batch", json.dumps(feed).encode(), "application/json")
        outcomes = [json.loads(line)["outcome"] for line in response.text.splitlines()]
        assert "updated" not in outcomes


def test_entries_of_a_json_feed_that_share_an_address_are_separate(client: FlaskClient) -> None:
    url = "https://halm.example/notices"
    items = [
        {"id": "a", "url": url, "title": "Ferry", "content_text": "The ferry stays in port."},
        {"id": "b", "url": url, "title": "Quay", "content_text": "The quay is swept at night."},
    ]
    for part in (items[:1], items[1:], items):
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Halm", "items": part}
        response = post(client, "/v1/articles/batch", json.dumps(feed).encode(), "application/json")
    results = [json.loads(line) for line in response.text.splitlines()]
    assert [result["outcome"] for result in results] == ["unchanged", "unchanged"]
    assert len({result["event_id"] for result in results}) == 2


def test_limit_holds_for_what_is_unpacked(open_app: Callable[..., Flask]) -> None:
    client = open_app(max_body_bytes=20_000).test_client()
    body = gzip.compress(json.dumps({"text": "x" * 30_000}).encode())
    response = post(client, "/v1/articles", body, "application/json", "gzip")
    assert response.status_code == 413
    assert "20,000 bytes" in response.get_json()["detail"]


def test_numeric_id_in_the_body_may_repeat_that_of_the_path(client: FlaskClient) -> None:
    assert client.put("/v1/articles/17", json={"id": 17, "text": TEXT}).status_code == 201
    assert client.put("/v1/articles/18", json={"id": 17, "text": TEXT}).status_code == 422


def test_undo_needs_no_body(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()["paths"]
    undo = document["/v1/decisions/{decision_id}/undo"]["post"]
    assert undo["requestBody"]["required"] is False
    assert document["/v1/articles/{article_id}"]["put"]["requestBody"]["required"] is True
    ids = [client.post("/v1/articles", json={"text": f"{n} {TEXT}"}).get_json() for n in (1, 2)]
    request = {"kind": "keep_apart", "article_ids": [it["article_id"] for it in ids]}
    decision = client.post("/v1/decisions", json=request)
    assert decision.status_code == 201
    path = f"/v1/decisions/{decision.get_json()['decision_id']}/undo"
    assert client.post(path).status_code == 201


@pytest.mark.parametrize("depth", [strict_json.MAX_DEPTH + 2, 5_000, 200_000])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deeply_nested_body_is_refused(client: FlaskClient, depth: int, brackets: str) -> None:
    opening = "[" if brackets == "[]" else '{"a":'
    body = opening * depth + "1" + brackets[1] * depth
    for path in ("/v1/articles", "/v1/articles/batch", "/v1/decisions", "/v1/webhooks"):
        answer = post(client, path, body.encode(), "application/json")
        assert answer.status_code == 400
        assert "nested too deeply" in answer.get_json()["detail"]


def test_wide_body_and_the_deepest_allowed_one_are_parsed() -> None:
    deepest = "[" * strict_json.MAX_DEPTH + "]" * strict_json.MAX_DEPTH
    assert strict_json.parse(deepest) == json.loads(deepest)
    assert strict_json.parse("[" + "{}," * 1000 + "{}]") == [{}] * 1001


def test_overlong_line_is_refused_and_the_others_are_stored(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "MAX_LINE_BYTES", 1000)
    line = json.dumps({"id": "a", "text": TEXT}).encode()
    for lines in ([b"x" * 5000, line], [b"x" * 1001, line], [b"x" * 2002, line]):
        body = b"\n".join(lines)
        answer = post(client, "/v1/articles/batch", body, "application/x-ndjson")
        results = [json.loads(result) for result in answer.text.splitlines()]
        assert results[0]["status"] == 413
        assert results[0]["line"] == 1
        assert results[1]["article_id"] == "a"
        assert len(results) == 2


def test_batch_of_too_many_lines_ends_with_an_error(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "MAX_BATCH_LINES", 2)
    body = b"{}\n" * 5
    answer = post(client, "/v1/articles/batch", body, "application/x-ndjson")
    statuses = [json.loads(result)["status"] for result in answer.text.splitlines()]
    assert statuses == [422, 422, 413]
    assert post(client, "/v1/articles/batch", b"[1,2,3]", "application/json").status_code == 413


@given(st.lists(st.text(st.sampled_from("ab\n"), max_size=12)), st.integers(1, 6))
def test_lines_are_those_of_the_stream(parts: list[str], max_bytes: int) -> None:
    body = "".join(parts).encode()
    lines = list(request_body.iter_bounded_lines(io.BytesIO(body), max_bytes))
    whole = list(io.BytesIO(body))
    assert len(lines) == len(whole)
    for line, expected in zip(lines, whole, strict=True):
        assert expected.startswith(line)
        assert line == expected or len(line) == max_bytes + 1
