"""Verify every invariant of a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from sqlalchemy import Connection

from service.integrity import (
    change_log,
    derived_features,
    kept_decisions,
    loaded_index,
    partition,
    references,
    searched_words,
    storage,
    summaries,
)
from service.integrity.finding import Finding
from service.settings import Settings
from service.store import Store

Check = Callable[[Connection], Iterator[Finding]]

_CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    (storage.INVARIANT, storage.find_damage),
    (references.INVARIANT, references.find_dangling),
    (partition.INVARIANT, partition.find_broken_groups),
    (partition.INVARIANT, partition.find_broken_states),
    (change_log.GAPLESS, change_log.find_gaps),
    (change_log.REPLAYED, change_log.find_unlogged),
    (kept_decisions.INVARIANT, kept_decisions.find_violated),
    (kept_decisions.INVARIANT, kept_decisions.find_unlogged),
    (summaries.INVARIANT, summaries.find_outdated),
    (searched_words.INVARIANT, searched_words.find_misindexed),
)


def list_invariants(*, with_features: bool = False) -> list[str]:
    """Return the names of the invariants in the order of their checks."""
    names = [*dict.fromkeys(name for name, _ in _CHECKS), loaded_index.INVARIANT]
    return [*names, derived_features.INVARIANT] if with_features else names


def find_problems(
    store: Store, settings: Settings, *, with_features: bool = False
) -> Iterator[Finding]:
    """Check a store, which may be in use: all checks see one state of it and block no writer.

    Parameters
    ----------
    store : Store
    settings : Settings
        Those with which the service runs: the index depends on them.
    with_features : bool
        Whether to compute the features of all texts anew: a millisecond for each article.

    Yields
    ------
    Finding
        In the order of the checks.
    """
    load_index = partial(loaded_index.find_differences, settings=settings)
    checks: list[tuple[str, Check]] = [*_CHECKS, (loaded_index.INVARIANT, load_index)]
    if with_features:
        checks.append((derived_features.INVARIANT, derived_features.find_outdated))
    with store.reading() as connection:
        for invariant, check in checks:
            yield from _run(invariant, check, connection)


def _run(invariant: str, check: Check, connection: Connection) -> Iterator[Finding]:
    """Run a check; what is wrong may also keep it from reading the rows."""
    try:
        yield from check(connection)
    except Exception as error:
        yield Finding(invariant, "check", f"could not be completed: {error!r}")
