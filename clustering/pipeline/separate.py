"""Cluster a part of a large collection by itself, as `clustering.pipeline.batch` clusters all.

The parts are chosen so that each has everything that its articles are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from clustering.duplicates.index import DuplicateIndex
from clustering.features.fingerprint import Fingerprint
from clustering.pipeline.index import ArticleIndex
from clustering.state.canonical import EARLIEST, CanonicalRule
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment, Features

GroupOf = dict[int, tuple[int, int]]
"""The group of each article and the canonical article of that group, by article."""


def group_duplicates(
    rows: Iterable[tuple[int, Features]], canonical_rule: CanonicalRule = EARLIEST
) -> GroupOf:
    """Assign articles to duplicate groups, one after another, without events.

    Parameters
    ----------
    rows : iterable of (int, Features)
        In the order of arrival, each with a key of its own.
    canonical_rule : CanonicalRule

    Returns
    -------
    dict of int to (int, int)
        By article: its group, numbered from 1 within this call, and the canonical article.
    """
    features: dict[int, Features] = {}
    membership = Membership(canonical_rule)
    index = DuplicateIndex(membership, _fetch_from(features))
    for key, article_features in rows:
        features[key] = article_features
        overlay = MembershipOverlay(membership, key, article_features)
        packed = article_features.fingerprint
        index.assign_group(overlay, membership.next_slot, Fingerprint.from_bytes(packed))
        membership.add(key, article_features)
        for slot, group in overlay.reassigned.items():
            membership.set_group(slot, group)
        index.commit()
    groups = {key: membership.group(membership.slot_of[key]) for key in features}
    return {
        key: (group, membership.representatives(group).canonical) for key, group in groups.items()
    }


def partition_events(
    rows: Sequence[tuple[int, Features, int]],
    canonical_rule: CanonicalRule = EARLIEST,
    *,
    across_languages: bool = True,
) -> list[list[int]]:
    """Cluster articles whose duplicate groups are known into events, all at once.

    Parameters
    ----------
    rows : sequence of (int, Features, int)
        Key, features and duplicate group (at least 1) of each article, in the order of arrival.
    canonical_rule : CanonicalRule
    across_languages : bool
        Whether one event may hold reports in several languages.

    Returns
    -------
    list of list of int
        The articles of each event.
    """
    features = {key: article_features for key, article_features, _ in rows}
    index = ArticleIndex(_fetch_from(features), canonical_rule, across_languages=across_languages)
    n_groups = max((group for _, _, group in rows), default=0)
    index.load(
        (
            (key, article_features, Assignment(key, group, group))
            for key, article_features, group in rows
        ),
        n_groups + 1,
        n_groups + 1,
    )
    return index.partition()


def _fetch_from(
    features: Mapping[int, Features],
) -> Callable[[Sequence[int]], Mapping[int, bytes]]:
    return lambda keys: {key: features[key].fingerprint for key in keys}
