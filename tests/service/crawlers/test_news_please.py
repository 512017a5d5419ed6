"""The pipeline inside news-please, run by its own command in its own environment."""

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
# A pipeline after ours, which records the items as ours returned them.
RECORDER_SOURCE = """
    import json

    class Recorder:
        def process_item(self, item, spider):
            fields = {name: item.get(name) for name in ("url", "duplicate_of", "event_id")}
            with open("items.jsonl", "a") as file:
                print(json.dumps(fields), file=file)
            return item
"""
EXTRACTOR = "newsplease.pipeline.pipelines.ArticleMasterExtractor"


@pytest.mark.slow
def test_items_of_news_please_are_posted_and_receive_their_results(
    storyfold: StoryfoldProcess, tmp_path: Path
) -> None:
    python = venv_python("news-please")
    with serve_site(NewsSiteFactory(seed=23).pages(events=2)) as site:
        configure(python, tmp_path, site, storyfold)
        (tmp_path / "recorder.py").write_text(textwrap.dedent(RECORDER_SOURCE))
        (tmp_path / "service").symlink_to(ROOT / "service")
        crawl(python, tmp_path)
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    item_by_path = {item["url"].removeprefix(site.url): item for item in items}
    assert item_by_path.keys() == site.pages.keys()
    event_ids = {page.event: item_by_path[path]["event_id"] for path, page in site.pages.items()}
    assert len({*event_ids.values()}) == 2
    for path, page in site.pages.items():
        assert item_by_path[path]["event_id"] == event_ids[page.event]
    assert any(item["duplicate_of"] for item in items)


def configure(python: Path, folder: Path, site: Site, storyfold: StoryfoldProcess) -> None:
    """Write the default configuration of news-please with our settings in it."""
    program = "import newsplease, os; print(os.path.dirname(newsplease.__file__))"
    result = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    default = Path(result.stdout.strip()) / "config" / "config.cfg"
    before, _, after = default.read_text().partition("ITEM_PIPELINES = {")
    pipelines = {
        EXTRACTOR: 100,
        "service.crawlers.StoryfoldPipeline": 200,
        "recorder.Recorder": 300,
    }
    our_settings = (
        f"ITEM_PIPELINES = {pipelines}\nTELNETCONSOLE_ENABLED = False\n"
        f"STORYFOLD_URL = '{storyfold.url}'\nSTORYFOLD_SPOOL = '{folder / 'spool.db'}'"
    )
    text = before + our_settings + after.partition("}")[2]
    text = text.replace("working_path = ~/news-please-repo/", f"working_path = {folder}/")
    # This extractor fails with the package version that news-please itself requires.
    text = text.replace("'readability_extractor', ", "")
    (folder / "config.cfg").write_text(text)
    site_entry = {"crawler": "Download", "url": [site.url + path for path in site.pages]}
    (folder / "sitelist.hjson").write_text(json.dumps({"base_urls": [site_entry]}))


def crawl(python: Path, folder: Path) -> None:
    command = [python.with_name("news-please"), "-c", folder]
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in result.stderr, result.stderr
