"""What an event is called: its most central article, its telling words."""

from __future__ import annotations

from press import Press

from clustering import Article, analyse
from clustering.labels import KEY_TERMS, label
from clustering.terms import Terms


def terms(title: str, text: str = "", language: str = "en") -> Terms:
    return Terms.from_bytes(analyse(Article(1, title, text, language=language)).terms)


def test_central_is_what_most_others_are_like() -> None:
    told = [
        terms("Storm over Tarvo", "The storm over Tarvo tore the roof off the Lemmik school."),
        terms("Lemmik school loses roof", "A storm over Tarvo took the roof of the Lemmik school."),
        terms("Insurers", "Shares of insurers fell after the storm over Tarvo."),
    ]
    assert label(told).central[-1] == 2
    assert {"tarvo", "storm"} <= {*label(told).terms}


def test_key_terms_are_words_that_articles_share() -> None:
    told = [terms("", "Skarn ferry Quillon 77"), terms("", "Skarn ferry Brae 77")]
    assert {*label(told).terms} == {"skarn", "ferry"}


def test_an_article_alone_is_told_by_its_own_words() -> None:
    found = label([terms("The ferry Alma is aground off Skarn")])
    assert found.central == (0,)
    assert {*found.terms} == {"ferry", "alma", "aground", "skarn"}


def test_there_are_only_so_many_however_long_the_texts() -> None:
    press = Press(1)
    cast = press.cast()
    told = [terms("", press.story(cast=cast)) for _ in range(5)]
    assert len(label(told).terms) == KEY_TERMS
    assert {word.capitalize() for word in label(told).terms} <= {*cast}


def test_articles_without_words_have_no_terms() -> None:
    assert label([terms("?!"), terms("…")]).terms == ()
