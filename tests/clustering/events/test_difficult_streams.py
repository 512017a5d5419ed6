"""News that glues events together elsewhere: floods, round-ups, templates, odd dates."""

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


def judged(articles: Iterable[Article]) -> dict[int, Assignment]:
    newsroom = IndexHarness()
    for each in articles:
        newsroom.add(each.key, extract_features(each))
    return newsroom.assignments


def reports(event: int, count: int, at: float = NOON) -> list[Article]:
    """Reports of one event by different hands, an hour apart, keys from 100 times the event."""
    press = StoryFactory(event)
    cast = press.names(7)
    return [
        make_article(100 * event + n, press.text(9, cast), at + 3600 * n)
        for n in range(1, count + 1)
    ]


def stories(found: dict[int, Assignment]) -> dict[int, set[int]]:
    """For every event, the stories (`reports`) that its articles come from."""
    events = defaultdict(set)
    for key, assignment in found.items():
        events[assignment.event].add(key // 100)
    return dict(events)


class TestFlood:
    def alerts(self, count: int) -> list[Article]:
        press = StoryFactory(5)
        kinds = ("Road closed", "Burst pipe", "Power cut", "Fallen tree", "Loose cattle")
        return [
            make_article(
                10_000 + n,
                f"{press.random.choice(kinds)} near {press.invented_name()}, {press.invented_name()} says.",
                NOON + 60 * n,
            )
            for n in range(count)
        ]

    def test_of_alerts_glues_nothing(self) -> None:
        """Those that came before their frame was known may have met a few of their kind."""
        found = judged([*reports(1, 4), *self.alerts(300)])
        sizes = Counter(each.event for key, each in found.items() if key >= 10_000)
        assert max(sizes.values()) <= 15
        assert len(sizes) >= 270
        assert len({found[key].event for key in (101, 102, 103, 104)}) == 1

    def test_of_alerts_glues_nothing_once_it_is_judged_as_a_whole(self) -> None:
        labels = EventClusterer().fit(self.alerts(300)).labels_.tolist()
        assert max(Counter(labels).values()) <= 2

    def test_of_one_story_does_not_make_the_next_article_slow(self) -> None:
        """What one judgement looks at is bounded, however many texts tell of one event."""
        newsroom, press = IndexHarness(), StoryFactory(6)
        cast = press.names(5)
        seconds = []
        for n in range(1, 321):
            text = f"{press.sentence(cast)} {press.sentence(cast)} {press.sentence(cast)}"
            features = extract_features(make_article(n, text, NOON + 30 * n))
            started = process_time()
            newsroom.add(n, features)
            seconds.append(process_time() - started)
        assert median(seconds[-40:]) < 0.25
        assert MAX_RECLUSTERED_GROUPS <= 1000

    def test_of_copies_counts_as_one(self) -> None:
        """A story that 200 outlets print weighs no more among events than one that a few print."""
        story, *others = reports(2, 3)
        copies = [make_article(10_000 + n, story.text, NOON + n) for n in range(200)]
        found = judged([story, *copies, *others])
        assert len({each.group for each in found.values()}) == 3
        assert len({each.event for each in found.values()}) == 1


class TestLiveBlog:
    def test_that_changes_every_minute_stays_in_its_event(self) -> None:
        """Every version is a new article with one entry more on top."""
        press, other = StoryFactory(3), reports(8, 3)
        cast = press.names(7)
        entries: list[str] = []
        blog = []
        for n in range(60):
            entries.insert(0, f"{12 + n // 60}.{n % 60:02}: {press.sentence(cast)}")
            blog.append(make_article(300 + n, "\n\n".join(entries[:25]), NOON + 60 * n))
        found = judged([*other, *blog])
        assert stories(found)[found[359].event] == {3}
        assert len({found[key].event for key in (801, 802, 803)}) == 1
        late = {found[key].event for key in range(320, 360)}
        assert len(late) <= 3


class TestRoundUp:
    @pytest.mark.parametrize("first", [True, False])
    def test_that_touches_ten_events_joins_none_of_them(self, first: bool) -> None:
        told = [reports(event, 3) for event in range(1, 11)]
        lines = [each[0].text.partition(". ")[0] for each in told]
        briefing = make_article(5000, ". ".join(lines), NOON, title="Morning briefing")
        rest = [each for event in told for each in event]
        found = judged([briefing, *rest] if first else [*rest, briefing])
        del found[5000]
        assert all(len(inside) == 1 for inside in stories(found).values())
        assert len(stories(found)) == 10


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
        press = StoryFactory(9)
        return [
            make_article(
                n,
                template.format(
                    place=press.invented_name(),
                    name=press.invented_name(),
                    other=press.invented_name(),
                    side=press.random.choice(("north", "south", "east", "west")),
                    n=press.random.randint(3, 39),
                    m=press.random.randint(1, 19),
                ),
                NOON + 600 * n,
            )
            for n in range(1, count + 1)
        ]

    @pytest.mark.parametrize("template", [WEATHER, MARKET], ids=["weather", "market"])
    def test_of_different_places_are_different_events(self, template: str) -> None:
        found = judged(self.filled(template, 80))
        sizes = Counter(each.event for each in found.values())
        assert max(sizes.values()) <= 4
        assert len(sizes) >= 55


class TestDates:
    def told(self, dates: Sequence[float | None]) -> list[int]:
        """The events of reports of one event, at these dates."""
        at = zip(reports(4, len(dates)), dates, strict=True)
        found = judged([make_article(each.key, each.text, date) for each, date in at])
        return [found[key].event for key in sorted(found)]

    def test_an_unknown_date_is_unknown_not_far_away(self) -> None:
        assert len(set(self.told([NOON, None, NOON + 3600, None]))) == 1

    @pytest.mark.parametrize("odd", [0.0, 80 * 365.25 * DAY])
    def test_a_report_of_1970_or_2050_is_not_of_today(self, odd: float) -> None:
        events = self.told([NOON, NOON + 3600, odd])
        assert events[0] == events[1] != events[2]

    def test_many_of_1970_make_no_one_event(self) -> None:
        """A feed that dates all it sends 1970."""
        several = [each for event in range(1, 13) for each in reports(event, 2)]
        found = judged([make_article(each.key, each.text, 0.0) for each in several])
        assert all(len(inside) == 1 for inside in stories(found).values())


class TestLanguages:
    def test_of_one_event_do_not_meet_by_their_names(self) -> None:
        told = reports(7, 6)
        languages = ("en", "de") * 3
        found = judged(
            make_article(each.key, each.text, each.published, language=language)
            for each, language in zip(told, languages, strict=True)
        )
        events = [found[each.key].event for each in told]
        assert len(set(events[::2])) == len(set(events[1::2])) == 1
        assert events[0] != events[1]


def test_many_stories_of_like_names_make_no_chain() -> None:
    """Each story shares two of its names with the one before it."""
    press, draw = StoryFactory(11), random.Random(11)
    names = press.names(60)
    several = []
    for story in range(1, 21):
        cast = names[2 * story : 2 * story + 4]
        for n in range(3):
            at = NOON + 3600 * draw.randint(0, 20)
            several.append(make_article(100 * story + n, press.text(9, cast), at))
    found = judged(several)
    assert max(len(inside) for inside in stories(found).values()) <= 3
