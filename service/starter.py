"""The starter corpus: a hundred short articles that show what the service does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import service
from service import browse, intake, readers
from service.desk import Desk
from service.readers import Source

CORPUS: Final = Path(service.__file__).parent.parent / "seeds" / "starter.jsonl"


class BrokenCorpusError(ValueError):
    """The starter corpus itself can't be read; the message names the line."""


class _Insist:
    """Takes no excuse: the corpus belongs to the program."""

    def refuse(self, origin: str, reason: str) -> None:
        raise BrokenCorpusError(f"{origin}: {reason}")

    note = refuse


def load_into(desk: Desk) -> int:
    """Take the starter corpus in if the store never held an article.

    Parameters
    ----------
    desk : Desk

    Returns
    -------
    int
        How many articles were taken in.

    Raises
    ------
    BrokenCorpusError
    """
    if browse.changes(desk.store, limit=1).items:
        return 0
    desk.wait_ready()
    readings = readers.read(Source(CORPUS, "jsonl"))
    found = readers.accept(readings, _Insist(), desk.settings.max_text_chars)
    return len(intake.ingest(desk, [each.received for each in found]))
