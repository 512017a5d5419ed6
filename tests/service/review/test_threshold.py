"""The event threshold: labels from decisions, the proposal, applying and reverting it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.learning.threshold import MIN_JUDGED_PAIRS, ThresholdFit
from service import queries, settings
from service.common.dates import from_timestamp
from service.common.formatting import format_percent
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.starter_corpus import load_starter_corpus
from service.ingest.submission import validate_article
from service.review import decisions, queue, requests
from service.review import threshold as review_threshold
from service.review.threshold import labels
from service.review.threshold.proposal import compare_partitions
from service.store import Store, schema
from service.store.review import thresholds as threshold_history
from service.store.review import uncertain_pairs
from service.web import extensions
from tests.support.old_stores import downgrade
from tests.support.scripted_editor import judge_pairs
from tests.support.users import USERS, form_token, log_in

OpenWriter = Callable[..., IndexWriter]


@pytest.fixture
def filled_writer(with_starter_corpus: None, open_writer: OpenWriter) -> IndexWriter:
    """The writer of a store that holds the starter corpus."""
    return open_writer()


def partition(writer: IndexWriter) -> set[frozenset[str]]:
    """The article ids of each event."""
    members: dict[str, set[str]] = {}
    for assignment in queries.iter_assignments(writer.store):
        members.setdefault(assignment.event_id, set()).add(assignment.article_id)
    return {frozenset(article_ids) for article_ids in members.values()}


def current_threshold(writer: IndexWriter) -> float:
    with writer.store.reading() as connection:
        return threshold_history.current_threshold(connection)


def make_proposal(
    threshold: float, present: float = DEFAULT_EVENT_THRESHOLD
) -> review_threshold.ThresholdProposal:
    fit = ThresholdFit(50, 25, present, threshold, threshold, 30, 45, 44, 20, enough=True)
    return review_threshold.ThresholdProposal(at=from_timestamp(0), seq=0, fit=fit)


def load_labels(writer: IndexWriter) -> dict[frozenset[str], bool]:
    """Whether pairs of articles are one event, by their ids."""
    with writer.store.reading() as connection:
        id_of = {row.key: row.id for row in connection.execute(schema.articles.select())}
        pair_labels = labels.load_labels(connection)
    return {
        frozenset(id_of[key] for key in pair): label.same_event
        for pair, label in pair_labels.items()
    }


class TestLabels:
    @pytest.fixture
    def five_stories(self, client: FlaskClient, make_article: Any) -> FlaskClient:
        for number in range(1, 6):
            client.post("/v1/articles", json=make_article(number))
        return client

    def decide(self, client: FlaskClient, kind: str, **fields: Any) -> str:
        answer = client.post("/v1/decisions", json={"kind": kind, "actor": "anna", **fields})
        assert answer.status_code == 201, answer.text
        return answer.get_json()["decision_id"]

    def pairs(self, *numbers: tuple[int, int]) -> set[frozenset[str]]:
        return {frozenset(f"story-{number}" for number in pair) for pair in numbers}

    def test_every_kind_of_decision_about_events_gives_labels(
        self, five_stories: FlaskClient, index_writer: IndexWriter
    ) -> None:
        self.decide(five_stories, "same_event", article_ids=["story-1", "story-2"])
        assert load_labels(index_writer) == dict.fromkeys(self.pairs((1, 2)), True)
        self.decide(five_stories, "keep_apart", article_ids=["story-1", "story-3"])
        self.decide(five_stories, "merge_events", event_ids=["e4", "e5"])
        same_event = dict.fromkeys(self.pairs((1, 2), (4, 5)), True)
        apart = dict.fromkeys(self.pairs((1, 3)), False)
        assert load_labels(index_writer) == {**same_event, **apart}
        self.decide(five_stories, "move_article", article_id="story-3", event_id="e4")
        assert load_labels(index_writer)[frozenset({"story-3", "story-4"})]

    def test_split_labels_pairs_as_apart(self, filled_writer: IndexWriter) -> None:
        split_off, *others = sorted(max(partition(filled_writer), key=len))
        event_of = {
            assignment.article_id: assignment.event_id
            for assignment in queries.iter_assignments(filled_writer.store)
        }
        raw = {
            "kind": "split_event",
            "event_id": event_of[split_off],
            "article_ids": [split_off],
        }
        decisions.decide(filled_writer, requests.parse_decision(raw), "anna")
        pair_labels = load_labels(filled_writer)
        assert 1 <= len(pair_labels) <= labels.MAX_PAIRS_PER_DECISION
        assert not any(pair_labels.values())
        assert all(pair & {*others} for pair in pair_labels)

    def test_undone_decision_gives_no_labels(
        self, five_stories: FlaskClient, index_writer: IndexWriter
    ) -> None:
        decision_id = self.decide(five_stories, "same_event", article_ids=["story-1", "story-2"])
        five_stories.post(f"/v1/decisions/{decision_id}/undo", json={"actor": "anna"})
        assert load_labels(index_writer) == {}

    def test_large_merge_gives_few_labels(
        self, client: FlaskClient, index_writer: IndexWriter, make_article: Any
    ) -> None:
        for number in range(1, 13):
            client.post("/v1/articles", json=make_article(number))
        story_ids = [f"story-{number}" for number in range(1, 13)]
        self.decide(client, "same_event", article_ids=story_ids[:6])
        self.decide(client, "keep_apart", article_ids=story_ids[6:])
        self.decide(client, "merge_events", event_ids=["e1", "e7"])
        pair_labels = load_labels(index_writer)
        assert len(pair_labels) <= 3 * labels.MAX_PAIRS_PER_DECISION
        assert sum(pair_labels.values()) == 2 * labels.MAX_PAIRS_PER_DECISION

    def test_pairs_with_removed_articles_are_left_out(self, filled_writer: IndexWriter) -> None:
        store = filled_writer.store
        assert judge_pairs(filled_writer, 0.6) > MIN_JUDGED_PAIRS
        before = review_threshold.propose_threshold(store).fit.judgements
        with store.reading() as connection:
            key = next(iter(labels.load_labels(connection)))[0]
            article_id = connection.scalar(
                schema.articles.select()
                .with_only_columns(schema.articles.c.id)
                .where(schema.articles.c.key == key)
            )
        assert ingestion.remove(filled_writer, str(article_id))
        assert review_threshold.propose_threshold(store).fit.judgements < before


class TestProposal:
    def test_few_labels_are_reported_as_too_few(self, filled_writer: IndexWriter) -> None:
        judge_pairs(filled_writer, 0.6, limit=5)
        proposal = review_threshold.propose_threshold(filled_writer.store)
        assert not proposal.fit.enough
        assert proposal.changed == 0

    def test_proposing_changes_nothing(self, filled_writer: IndexWriter) -> None:
        judge_pairs(filled_writer, 0.62)
        store = filled_writer.store
        before, newest = partition(filled_writer), queries.get_last_seq(store)
        proposal = review_threshold.propose_threshold(store)
        assert proposal.fit.is_better
        assert proposal.fit.threshold > DEFAULT_EVENT_THRESHOLD
        assert (partition(filled_writer), queries.get_last_seq(store)) == (before, newest)

    def test_applying_changes_the_announced_events(self, filled_writer: IndexWriter) -> None:
        recluster.recluster(filled_writer)
        judge_pairs(filled_writer, 0.62)
        proposal = review_threshold.propose_threshold(filled_writer.store)
        before = partition(filled_writer)
        review_threshold.apply_proposal(filled_writer, proposal, "anna")
        changed = before - partition(filled_writer)
        assert len(changed) == proposal.changed
        assert sorted(event.size for event in proposal.events) == sorted(map(len, changed))

    def test_partitions_are_compared_by_merges_and_splits(self) -> None:
        before, after = [[1, 2], [3], [4, 5], [6]], [[1, 2, 3], [4], [5], [6]]
        compared = {
            position: (parts, joined)
            for position, parts, joined in compare_partitions(before, after)
        }
        assert compared == {0: (1, {0, 1}), 1: (1, {0, 1}), 2: (2, {2}), 3: (1, {3})}


class TestApplying:
    def test_every_process_and_a_restart_use_the_new_threshold(
        self, filled_writer: IndexWriter, open_writer: OpenWriter
    ) -> None:
        concurrent = open_writer()
        review_threshold.apply_proposal(filled_writer, make_proposal(0.7), "anna")
        assert current_threshold(filled_writer) == 0.7
        restarted = open_writer()
        raw = {"id": "late", "title": "Late", "text": "Something else. " * 30}
        ingestion.ingest(concurrent, [validate_article(raw, max_text_chars=10_000)])
        for writer in (filled_writer, concurrent, restarted):
            loaded = writer._loaded
            assert loaded is not None
            with writer.transaction() as transaction:
                assert transaction.change_set.last_seq >= 0
            assert loaded.index.event_threshold == 0.7
        assert recluster.recluster(concurrent).moved == 0

    def test_decisions_hold_whatever_the_threshold(self, filled_writer: IndexWriter) -> None:
        judge_pairs(filled_writer, 0.62)
        pair_labels = load_labels(filled_writer)
        for threshold in (0.8, 0.2):
            proposal = make_proposal(threshold, current_threshold(filled_writer))
            review_threshold.apply_proposal(filled_writer, proposal, "anna")
            events = partition(filled_writer)
            for pair, same_event in pair_labels.items():
                assert any(pair <= article_ids for article_ids in events) == same_event

    def test_history_records_who_changed_the_threshold(self, filled_writer: IndexWriter) -> None:
        review_threshold.apply_proposal(filled_writer, make_proposal(0.6), "anna")
        review_threshold.apply_proposal(filled_writer, make_proposal(0.5, 0.6), "ben")
        review_threshold.revert_threshold(filled_writer, "carla")
        with filled_writer.store.reading() as connection:
            history = [
                (row.actor, row.threshold, row.labels, row.reverts)
                for row in threshold_history.history(connection)
            ]
        assert history == [("carla", 0.6, 0, 2), ("ben", 0.5, 50, None), ("anna", 0.6, 50, None)]
        review_threshold.revert_threshold(filled_writer, "carla")
        assert current_threshold(filled_writer) == DEFAULT_EVENT_THRESHOLD
        with pytest.raises(review_threshold.NoPreviousThresholdError):
            review_threshold.revert_threshold(filled_writer, "carla")

    def test_proposal_for_another_threshold_is_refused(self, filled_writer: IndexWriter) -> None:
        proposal = make_proposal(0.6)
        review_threshold.apply_proposal(filled_writer, proposal, "anna")
        with pytest.raises(review_threshold.ThresholdChangedError):
            review_threshold.apply_proposal(filled_writer, proposal, "ben")
        with pytest.raises(review_threshold.ThresholdChangedError):
            review_threshold.apply_proposal(filled_writer, make_proposal(0.6, 0.6), "ben")
        assert filled_writer.is_ready

    def test_interrupted_run_is_resumed(
        self,
        filled_writer: IndexWriter,
        monkeypatch: pytest.MonkeyPatch,
        open_writer: OpenWriter,
    ) -> None:
        monkeypatch.setattr(recluster, "ARTICLES_PER_TRANSACTION", 20)
        uninterrupted = open_writer("other")
        load_starter_corpus(uninterrupted)
        review_threshold.apply_proposal(uninterrupted, make_proposal(0.75), "anna")

        def interrupt(articles: int) -> None:
            if articles > 30:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            review_threshold.apply_proposal(filled_writer, make_proposal(0.75), "anna", interrupt)
        assert current_threshold(filled_writer) == 0.75
        assert 0 < recluster.recluster(filled_writer).articles < 106
        assert partition(filled_writer) == partition(uninterrupted)


@hypothesis_settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from([0.2, 0.35, 0.5, 0.65, 0.8]), min_size=1, max_size=3, unique=True))
def test_reverting_restores_all_events(filled_writer: IndexWriter, thresholds: list[float]) -> None:
    recluster.recluster(filled_writer)
    before = partition(filled_writer)
    for threshold in thresholds:
        proposal = make_proposal(threshold, current_threshold(filled_writer))
        review_threshold.apply_proposal(filled_writer, proposal, "anna")
    for _ in thresholds:
        review_threshold.revert_threshold(filled_writer, "anna")
    assert current_threshold(filled_writer) == DEFAULT_EVENT_THRESHOLD
    assert partition(filled_writer) == before


def test_store_from_before_thresholds_opens_with_the_default(
    filled_writer: IndexWriter, open_writer: OpenWriter
) -> None:
    before = partition(filled_writer)
    with filled_writer.store.writing() as connection:
        downgrade(connection, "3")
    reopened = open_writer()
    assert partition(reopened) == before
    assert current_threshold(reopened) == DEFAULT_EVENT_THRESHOLD
    review_threshold.apply_proposal(reopened, make_proposal(0.6), "anna")
    assert current_threshold(reopened) == 0.6


def test_every_database_stores_pairs_skips_and_thresholds(store_url: str) -> None:
    loaded = settings.load(db=store_url)
    with Store(loaded.db) as store, IndexWriter(loaded, store) as writer:
        assert writer.wait_ready(60)
        load_starter_corpus(writer)
        first, *_ = all_pairs = queue.list_review_queue(writer, "anna").items
        with store.writing() as connection:
            query = schema.articles.select().where(schema.articles.c.id.in_(first.article_ids))
            first_key, second_key = sorted(row.key for row in connection.execute(query))
            pair = (first_key, second_key)
            assert uncertain_pairs.skip_pair(connection, pair, "anna", 1.0)
            assert uncertain_pairs.skip_pair(connection, pair, "anna", 2.0)
        # Another pair of the same two events may take the place of the skipped one.
        annas_pairs = queue.list_review_queue(writer, "anna").items
        assert first not in annas_pairs
        assert set(all_pairs[1:]) <= set(annas_pairs)
        assert queue.list_review_queue(writer, "ben").items == all_pairs
        with store.writing() as connection:
            uncertain_pairs.undo_skip(connection, pair, "anna")
        assert queue.list_review_queue(writer, "anna").items == all_pairs
        raw = {"kind": "same_event", "article_ids": list(first.article_ids)}
        decisions.decide(writer, requests.parse_decision(raw), "anna")
        assert queue.list_review_queue(writer, "anna").answered_today == 1
        review_threshold.save_proposal(store, review_threshold.propose_threshold(store))
        review_threshold.save_proposal(store, review_threshold.propose_threshold(store))
        review_threshold.apply_proposal(writer, make_proposal(0.6), "anna")
        review_threshold.revert_threshold(writer, "anna")
        assert current_threshold(writer) == DEFAULT_EVENT_THRESHOLD
        assert ingestion.remove(writer, first.article_ids[0])


class TestPage:
    @pytest.fixture
    def filled_app(self, with_starter_corpus: None, app: Flask) -> Flask:
        return app

    def submit_form(self, client: FlaskClient, path: str, **fields: Any) -> Any:
        answer = client.post(path, data={"csrf_token": form_token(client), **fields})
        client.application.extensions[extensions.BACKGROUND_JOB].wait(60)
        return answer

    def test_threshold_is_proposed_applied_and_reverted(self, filled_app: Flask) -> None:
        client = filled_app.test_client()
        writer = filled_app.extensions[extensions.INDEX_WRITER]
        assert "No proposal has been computed yet" in client.get("/admin/threshold").text
        judge_pairs(writer, 0.62)
        assert self.submit_form(client, "/admin/threshold/fit").status_code == 303
        page = client.get("/admin/threshold").text
        proposal = review_threshold.load_proposal(writer.store)
        assert proposal is not None
        assert f"Set the limit to {format_percent(proposal.fit.threshold)}" in page
        stamp = str(proposal.at.timestamp())
        answer = self.submit_form(client, "/admin/threshold/apply", proposal=stamp)
        assert answer.status_code == 303
        assert current_threshold(writer) == proposal.fit.threshold
        assert "Revert to 42 %" in client.get("/admin/threshold").text
        assert self.submit_form(client, "/admin/threshold/revert").status_code == 303
        assert current_threshold(writer) == DEFAULT_EVENT_THRESHOLD

    def test_only_the_proposal_that_was_shown_is_applied(self, filled_app: Flask) -> None:
        client = filled_app.test_client()
        writer = filled_app.extensions[extensions.INDEX_WRITER]
        answer = self.submit_form(client, "/admin/threshold/apply", proposal="1")
        assert answer.status_code == 409
        judge_pairs(writer, 0.62)
        proposal = review_threshold.propose_threshold(writer.store)
        review_threshold.save_proposal(writer.store, proposal)
        answer = self.submit_form(client, "/admin/threshold/apply", proposal="1")
        assert answer.status_code == 409
        assert current_threshold(writer) == DEFAULT_EVENT_THRESHOLD

    def test_one_job_runs_at_a_time_and_failure_is_shown(self, filled_app: Flask) -> None:
        client = filled_app.test_client()
        job = filled_app.extensions[extensions.BACKGROUND_JOB]
        job.status = "Something"
        assert self.submit_form(client, "/admin/threshold/fit").status_code == 409
        job.status = ""
        assert self.submit_form(client, "/admin/threshold/revert").status_code == 303
        assert "already has its default value" in client.get("/admin/threshold").text

    def test_reader_may_only_look(self, open_app: Callable[..., Flask]) -> None:
        app = open_app(users=USERS)
        ben = app.test_client()
        log_in(ben, "ben", "plain staple of paper")
        page = ben.get("/admin/threshold")
        assert page.status_code == 200
        assert "Compute a proposal" not in page.text
        for action in ("fit", "apply", "revert", "resume"):
            answer = self.submit_form(ben, f"/admin/threshold/{action}")
            assert answer.status_code == 403
