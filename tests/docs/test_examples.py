"""Examples give the answers that the documents show; links and paths lead to something."""

from __future__ import annotations

import doctest
import json
import re
import shlex

import pytest

from service.cli import console
from tests.docs.console_examples import differences, exchanges, json_values, run_command
from tests.docs.documents import (
    DOCUMENTS,
    README,
    ROOT,
    anchors,
    code_blocks,
    link_targets,
    name,
    prose,
)

_PATH = re.compile(r"`((?:clustering|service|tests|docs|benchmarks|scripts|examples)/[\w./*-]+)`")


def documents_with(language):
    return [document for document in DOCUMENTS if code_blocks(document, language)]


@pytest.fixture
def stocked(with_starter_corpus, client):
    """A service that was started with the starter corpus."""
    return client


@pytest.mark.parametrize("document", documents_with("console"), ids=name)
def test_console_examples_show_the_real_answers(stocked, document):
    for block in code_blocks(document, "console"):
        for exchange in exchanges(block):
            actual = run_command(stocked, exchange.command)
            shown = json_values(exchange.answer)
            assert not list(differences(shown, actual)), f"{exchange}\n" + "\n".join(
                map(json.dumps, actual)
            )


@pytest.mark.parametrize("document", documents_with("python"), ids=name)
def test_python_examples_show_the_real_results(document, monkeypatch):
    monkeypatch.chdir(ROOT)
    session = "\n".join(code_blocks(document, "python"))
    test = doctest.DocTestParser().get_doctest(session, {}, name(document), None, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_readme_posts_the_article_that_the_service_prints_at_the_start():
    (command,) = (
        exchange.command
        for block in code_blocks(README, "console")
        for exchange in exchanges(block)
        if " -d " in exchange.command
    )
    words = shlex.split(command)
    assert json.loads(words[words.index("-d") + 1]) == console.EXAMPLE_ARTICLE


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_to_files_and_headings(document):
    for target in link_targets(document):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        linked = document.parent / path if path else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name != "renames.md"], ids=name
)
def test_paths_in_the_text_exist(document):
    missing = [path for path in _PATH.findall(prose(document)) if not [*ROOT.glob(path)]]
    assert missing == []
