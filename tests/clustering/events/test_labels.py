"""Labels of events: the most central article and the key terms."""

from __future__ import annotations

from clustering import Article, extract_features
from clustering.events.labels import MAX_KEY_TERMS, label_event
from clustering.features.terms import Terms
from tests.support.story_factory import StoryFactory


def terms(title: str, text: str = "", language: str = "en") -> Terms:
    return Terms.from_bytes(extract_features(Article(1, title, text, language=language)).terms)


def test_central_article_is_most_similar_to_the_others() -> None:
    articles = [
        terms("Storm over Tarvo", "The storm over Tarvo tore the roof off the Lemmik school."),
        terms("Lemmik school loses roof", "A storm over Tarvo took the roof of the Lemmik school."),
        terms("Insurers", "Shares of insurers fell after the storm over Tarvo."),
    ]
    assert label_event(articles).central[-1] == 2
    assert {"tarvo", "storm"} <= {*label_event(articles).terms}


def test_key_terms_are_shared_words() -> None:
    articles = [terms("", "Skarn ferry Quillon 77"), terms("", "Skarn ferry Brae 77")]
    assert {*label_event(articles).terms} == {"skarn", "ferry"}


def test_single_article_is_labelled_by_its_own_words() -> None:
    label = label_event([terms("The ferry Alma is aground off Skarn")])
    assert label.central == (0,)
    assert {*label.terms} == {"ferry", "alma", "aground", "skarn"}


def test_number_of_key_terms_is_bounded() -> None:
    factory = StoryFactory(1)
    names = factory.names()
    articles = [terms("", factory.text(names=names)) for _ in range(5)]
    assert len(label_event(articles).terms) == MAX_KEY_TERMS
    assert {word.capitalize() for word in label_event(articles).terms} <= {*names}


def test_articles_without_words_have_no_key_terms() -> None:
    assert label_event([terms("?!"), terms("…")]).terms == ()
