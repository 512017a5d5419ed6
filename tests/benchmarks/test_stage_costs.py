"""Costs of an article by stage, from the metrics of a service."""

from __future__ import annotations

from benchmarks import stage_costs
from benchmarks.stage_costs import StageSeconds, parse_stage_seconds

METRICS = """
# HELP storyfold_stage_seconds Time that a write spent in each of its stages.
# TYPE storyfold_stage_seconds histogram
storyfold_stage_seconds_bucket{le="+Inf",stage="judge"} 4.0
storyfold_stage_seconds_count{stage="judge"} 4.0
storyfold_stage_seconds_sum{stage="judge"} 3.0
storyfold_stage_seconds_count{stage="commit"} 4.0
storyfold_stage_seconds_sum{stage="commit"} 1.0
# HELP storyfold_articles_posted_total Articles posted, by outcome.
# TYPE storyfold_articles_posted_total counter
storyfold_articles_posted_total{outcome="new"} 150.0
storyfold_articles_posted_total{outcome="near_duplicate"} 50.0
"""


def test_cost_of_an_article_is_the_time_of_a_stage_over_all_posted() -> None:
    rows = list(parse_stage_seconds(METRICS).rows())
    assert rows == [
        {"stage": "judge", "ms an article": 15.0, "share": "75%", "": "slowest"},
        {"stage": "commit", "ms an article": 5.0, "share": "25%", "": ""},
    ]


def test_what_no_stage_covers_is_a_row_of_its_own() -> None:
    *_, rest = parse_stage_seconds(METRICS).rows(total_seconds=10.0)
    assert (rest["ms an article"], rest["share"], rest[""]) == (30.0, "60%", "slowest")


def test_only_what_was_added_since_counts() -> None:
    earlier = StageSeconds({"judge": 2.0}, 100)
    judge, commit = parse_stage_seconds(METRICS).since(earlier).rows()
    assert (judge["ms an article"], commit["ms an article"]) == (10.0, 10.0)


def test_a_service_without_timed_stages_has_none() -> None:
    assert parse_stage_seconds("# nothing\n").seconds == {}


def test_the_names_are_those_of_a_service(client) -> None:
    text = client.get("/metrics").text
    assert stage_costs.POSTED.removesuffix("_total") in text
    client.post("/v1/articles", json={"text": "The ferry ran aground off Skarn."})
    assert parse_stage_seconds(client.get("/metrics").text).seconds
