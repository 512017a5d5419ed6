"""The pipeline inside news-please, by its own command and in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.service.crawlers.news_site import NewsSiteFactory, Site, serve_site
from tests.service.crawlers.storyfold_process import StoryfoldProcess
from tests.support.venvs import venv_python

ROOT = Path(__file__).parents[3]
# Behind ours in the row of pipelines: what an item has become by then.
WITNESS = """
    import json

    class Witness:
        def process_item(self, item, spider):
            seen = {name: item.get(name) for name in ("url", "duplicate_of", "event_id")}
            with open("seen.jsonl", "a") as file:
                print(json.dumps(seen), file=file)
            return item
"""
EXTRACTOR = "newsplease.pipeline.pipelines.ArticleMasterExtractor"


@pytest.mark.slow
def test_what_news_please_extracts_is_posted_and_gets_its_answer(
    storyfold: StoryfoldProcess, tmp_path: Path
) -> None:
    python = venv_python("news-please")
    with serve_site(NewsSiteFactory(seed=23).pages(events=2)) as site:
        configure(python, tmp_path, site, storyfold)
        (tmp_path / "witness.py").write_text(textwrap.dedent(WITNESS))
        (tmp_path / "service").symlink_to(ROOT / "service")
        crawl(python, tmp_path)
    seen = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    found = {item["url"].removeprefix(site.url): item for item in seen}
    assert found.keys() == site.pages.keys()
    events = {page.event: found[path]["event_id"] for path, page in site.pages.items()}
    assert len({*events.values()}) == 2
    assert all(found[path]["event_id"] == events[it.event] for path, it in site.pages.items())
    assert any(item["duplicate_of"] for item in seen)


def configure(python: Path, folder: Path, site: Site, storyfold: StoryfoldProcess) -> None:
    """Take the configuration that news-please brings along, with our lines in it."""
    find = "import newsplease, os; print(os.path.dirname(newsplease.__file__))"
    found = subprocess.run([python, "-c", find], capture_output=True, text=True, check=True)
    brought = Path(found.stdout.strip()) / "config" / "config.cfg"
    before, _, after = brought.read_text().partition("ITEM_PIPELINES = {")
    row = {EXTRACTOR: 100, "service.crawlers.StoryfoldPipeline": 200, "witness.Witness": 300}
    ours = (
        f"ITEM_PIPELINES = {row}\nTELNETCONSOLE_ENABLED = False\n"
        f"STORYFOLD_URL = '{storyfold.url}'\nSTORYFOLD_SPOOL = '{folder / 'spool.db'}'"
    )
    text = before + ours + after.partition("}")[2]
    text = text.replace("working_path = ~/news-please-repo/", f"working_path = {folder}/")
    # One of its extractors trips over the version of the package that it asks for itself.
    text = text.replace("'readability_extractor', ", "")
    (folder / "config.cfg").write_text(text)
    wanted = {"crawler": "Download", "url": [site.url + path for path in site.pages]}
    (folder / "sitelist.hjson").write_text(json.dumps({"base_urls": [wanted]}))


def crawl(python: Path, folder: Path) -> None:
    command = [python.with_name("news-please"), "-c", folder]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
