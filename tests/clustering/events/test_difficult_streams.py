"""Streams that make clusterings merge events: floods, round-ups, templates, wrong dates."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from time import process_time

import pytest

from clustering import Article, EventClusterer, extract_features
from clustering.events.component_clustering import MAX_RECLUSTERED_GROUPS
from clustering.types import Assignment
from tests.support.story_factory import IndexHarness, StoryFactory, make_article

DAY = 86400.0
NOON = 20_000 * DAY


def assign_in_order(articles: Iterable[Article]) -> dict[int, Assignment]:
    harness = IndexHarness()
    for article in articles:
        harness.add(article.key, extract_features(article))
    return harness.assignments


def reports(event: int, count: int, start: float = NOON) -> list[Article]:
    """Return different reports of one event, an hour apart, with keys from 100 times the event."""
    factory = StoryFactory(event)
    names = factory.names(7)
    return [
        make_article(100 * event + n, factory.text(9, names), start + 3600 * n)
        for n in range(1, count + 1)
    ]


def true_events(assignments: dict[int, Assignment]) -> dict[int, set[int]]:
    """Return, for every event, the events that its articles were made for by `reports`."""
    events = defaultdict(set)
    for key, assignment in assignments.items():
        events[assignment.event].add(key // 100)
    return dict(events)


class TestFlood:
    def alerts(self, count: int) -> list[Article]:
        factory = StoryFactory(5)
        kinds = ("Road closed", "Burst pipe", "Power cut", "Fallen tree", "Loose cattle")
        return [
            make_article(
                10_000 + n,
                f"{factory.random.choice(kinds)} near {factory.invented_name()},"
                f" {factory.invented_name()} says.",
                NOON + 60 * n,
            )
            for n in range(count)
        ]

    def test_alerts_stay_apart(self) -> None:
        """A few that came before their frame was frequent may share an event."""
        assignments = assign_in_order([*reports(1, 4), *self.alerts(300)])
        sizes = Counter(
            assignment.event for key, assignment in assignments.items() if key >= 10_000
        )
        assert max(sizes.values()) <= 15
        assert len(sizes) >= 270
        assert len({assignments[key].event for key in (101, 102, 103, 104)}) == 1

    def test_alerts_stay_apart_when_clustered_at_once(self) -> None:
        labels = EventClusterer().fit(self.alerts(300)).labels_.tolist()
        assert max(Counter(labels).values()) <= 2

    def test_many_reports_of_one_event_do_not_slow_down_the_next(self) -> None:
        """The groups that one article reclusters are bounded, however many report one event."""
        harness, factory = IndexHarness(), StoryFactory(6)
        names = factory.names(5)
        seconds = []
        for n in range(1, 321):
            text = f"{factory.sentence(names)} {factory.sentence(names)} {factory.sentence(names)}"
            features = extract_features(make_article(n, text, NOON + 30 * n))
            started = process_time()
            harness.add(n, features)
            seconds.append(process_time() - started)
        assert median(seconds[-40:]) < 0.25
        assert MAX_RECLUSTERED_GROUPS <= 1000

    def test_many_copies_count_as_one_group(self) -> None:
        """A text in 200 outlets has no more weight in its event than a text in a few."""
        story, *other_reports = reports(2, 3)
        copies = [make_article(10_000 + n, story.text, NOON + n) for n in range(200)]
        assignments = assign_in_order([story, *copies, *other_reports])
        assert len({assignment.group for assignment in assignments.values()}) == 3
        assert len({assignment.event for assignment in assignments.values()}) == 1


class TestLiveBlog:
    def test_live_blog_stays_in_its_event(self) -> None:
        """Every version is a new article with one more entry at the top."""
        factory, other_reports = StoryFactory(3), reports(8, 3)
        names = factory.names(7)
        entries: list[str] = []
        blog = []
        for n in range(60):
            entries.insert(0, f"{12 + n // 60}.{n % 60:02}: {factory.sentence(names)}")
            blog.append(make_article(300 + n, "\n\n".join(entries[:25]), NOON + 60 * n))
        assignments = assign_in_order([*other_reports, *blog])
        assert true_events(assignments)[assignments[359].event] == {3}
        assert len({assignments[key].event for key in (801, 802, 803)}) == 1
        late = {assignments[key].event for key in range(320, 360)}
        assert len(late) <= 3


class TestRoundUp:
    @pytest.mark.parametrize("first", [True, False])
    def test_round_up_of_ten_events_merges_none(self, first: bool) -> None:
        events = [reports(event, 3) for event in range(1, 11)]
        lines = [event[0].text.partition(". ")[0] for event in events]
        briefing = make_article(5000, ". ".join(lines), NOON, title="Morning briefing")
        articles = [article for event in events for article in event]
        assignments = assign_in_order([briefing, *articles] if first else [*articles, briefing])
        del assignments[5000]
        assert all(len(numbers) == 1 for numbers in true_events(assignments).values())
        assert len(true_events(assignments)) == 10


WEATHER = (
    "{place}: cloudy at first, sunny later, with a high of {n} degrees in the afternoon and light"
    " winds from the {side}. Overnight lows around {m}. The outlook for tomorrow is dry, with a"
    " little less wind on the coast and fog in the valleys early on."
)
MARKET = (
    "Shares in {place} closed {n} points higher on the day, led by {name}, which rose {m} per cent"
    " after an upgrade. {other} fell. Turnover was light before the holiday, dealers said; bonds"
    " were little changed and the currency was steady against the others."
)


class TestTemplates:
    def filled(self, template: str, count: int) -> list[Article]:
        factory = StoryFactory(9)
        return [
            make_article(
                n,
                template.format(
                    place=factory.invented_name(),
                    name=factory.invented_name(),
                    other=factory.invented_name(),
                    side=factory.random.choice(("north", "south", "east", "west")),
                    n=factory.random.randint(3, 39),
                    m=factory.random.randint(1, 19),
                ),
                NOON + 600 * n,
            )
            for n in range(1, count + 1)
        ]

    @pytest.mark.parametrize("template", [WEATHER, MARKET], ids=["weather", "market"])
    def test_reports_from_one_template_are_different_events(self, template: str) -> None:
        assignments = assign_in_order(self.filled(template, 80))
        sizes = Counter(assignment.event for assignment in assignments.values())
        assert max(sizes.values()) <= 4
        assert len(sizes) >= 55


class TestDates:
    def events_at(self, dates: Sequence[float | None]) -> list[int]:
        """Return the events of reports of one event with these dates."""
        dated = zip(reports(4, len(dates)), dates, strict=True)
        assignments = assign_in_order(
            [make_article(article.key, article.text, date) for article, date in dated]
        )
        return [assignments[key].event for key in sorted(assignments)]

    def test_unknown_date_does_not_separate_reports(self) -> None:
        assert len(set(self.events_at([NOON, None, NOON + 3600, None]))) == 1

    @pytest.mark.parametrize("wrong_date", [0.0, 80 * 365.25 * DAY])
    def test_date_in_1970_or_2050_separates_reports(self, wrong_date: float) -> None:
        events = self.events_at([NOON, NOON + 3600, wrong_date])
        assert events[0] == events[1] != events[2]

    def test_many_articles_dated_1970_are_not_one_event(self) -> None:
        """Some feeds date every article 1970."""
        articles = [article for event in range(1, 13) for article in reports(event, 2)]
        assignments = assign_in_order(
            [make_article(article.key, article.text, 0.0) for article in articles]
        )
        assert all(len(numbers) == 1 for numbers in true_events(assignments).values())


class TestLanguages:
    def test_reports_that_share_all_names_are_one_event_in_two_languages(self) -> None:
        articles = reports(7, 6)
        languages = ("en", "de") * 3
        assignments = assign_in_order(
            make_article(article.key, article.text, article.published, language=language)
            for article, language in zip(articles, languages, strict=True)
        )
        events = [assignments[article.key].event for article in articles]
        assert len(set(events)) == 1


def test_events_with_overlapping_names_form_no_chain() -> None:
    """Each event shares two of its names with the one before it."""
    factory, generator = StoryFactory(11), random.Random(11)
    names = factory.names(60)
    articles = []
    for event in range(1, 21):
        names_of_event = names[2 * event : 2 * event + 4]
        for n in range(3):
            date = NOON + 3600 * generator.randint(0, 20)
            text = factory.text(9, names_of_event)
            articles.append(make_article(100 * event + n, text, date))
    assignments = assign_in_order(articles)
    assert max(len(numbers) for numbers in true_events(assignments).values()) <= 3
