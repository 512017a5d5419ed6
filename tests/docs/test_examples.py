"""What the documents tell to type does what they tell."""

from __future__ import annotations

import doctest
import json
import re
import shlex

import pytest

from service.cli import console
from tests.docs.console_examples import differences, exchanges, json_values, run_command
from tests.docs.documents import DOCUMENTS, README, ROOT, blocks, name


@pytest.fixture
def stocked(with_starter_corpus, client):
    """A service that was started with the starter corpus."""
    return client


@pytest.mark.parametrize("document", [it for it in DOCUMENTS if blocks(it, "console")], ids=name)
def test_the_answers_are_true(stocked, document):
    for block in blocks(document, "console"):
        for exchange in exchanges(block):
            true = run_command(stocked, exchange.command)
            told = json_values(exchange.answer)
            wrong = list(differences(told, true))
            assert not wrong, f"{exchange}\n" + "\n".join(map(json.dumps, true))


@pytest.mark.parametrize("document", [it for it in DOCUMENTS if blocks(it, "python")], ids=name)
def test_the_sessions_in_python_are_true(document, monkeypatch):
    monkeypatch.chdir(ROOT)
    session = "\n".join(blocks(document, "python"))
    test = doctest.DocTestParser().get_doctest(session, {}, name(document), None, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_first_article_to_try_is_the_one_that_is_printed():
    (command,) = (
        exchange.command
        for block in blocks(README, "console")
        for exchange in exchanges(block)
        if " -d " in exchange.command
    )
    words = shlex.split(command)
    assert json.loads(words[words.index("-d") + 1]) == console.EXAMPLE_ARTICLE


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_inside_the_project_leads_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r'\]\(([^)#\s]+)[^)]*\)|(?:src|href)="([^"#]+)', text)
    for target in (first or second for first, second in links):
        assert target.startswith("http") or (document.parent / target).exists(), target
