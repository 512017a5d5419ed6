"""What an event is called: its most central article, its telling words."""

from __future__ import annotations

from clustering import Article, extract_features
from clustering.events.labels import MAX_KEY_TERMS, label_event
from clustering.features.terms import Terms
from tests.support.story_factory import StoryFactory


def terms(title: str, text: str = "", language: str = "en") -> Terms:
    return Terms.from_bytes(extract_features(Article(1, title, text, language=language)).terms)


def test_central_is_what_most_others_are_like() -> None:
    told = [
        terms("Storm over Tarvo", "The storm over Tarvo tore the roof off the Lemmik school."),
        terms("Lemmik school loses roof", "A storm over Tarvo took the roof of the Lemmik school."),
        terms("Insurers", "Shares of insurers fell after the storm over Tarvo."),
    ]
    assert label_event(told).central[-1] == 2
    assert {"tarvo", "storm"} <= {*label_event(told).terms}


def test_key_terms_are_words_that_articles_share() -> None:
    told = [terms("", "Skarn ferry Quillon 77"), terms("", "Skarn ferry Brae 77")]
    assert {*label_event(told).terms} == {"skarn", "ferry"}


def test_an_article_alone_is_told_by_its_own_words() -> None:
    found = label_event([terms("The ferry Alma is aground off Skarn")])
    assert found.central == (0,)
    assert {*found.terms} == {"ferry", "alma", "aground", "skarn"}


def test_there_are_only_so_many_however_long_the_texts() -> None:
    press = StoryFactory(1)
    cast = press.names()
    told = [terms("", press.text(names=cast)) for _ in range(5)]
    assert len(label_event(told).terms) == MAX_KEY_TERMS
    assert {word.capitalize() for word in label_event(told).terms} <= {*cast}


def test_articles_without_words_have_no_terms() -> None:
    assert label_event([terms("?!"), terms("…")]).terms == ()
