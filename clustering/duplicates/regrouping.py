"""Members of one group or of several, judged together as if they had just met.

What comes of it depends on the texts and on what others carry, not on the order in which the texts
came, nor on the groups that they were in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.comparison import Weights, shingle_weight
from clustering.duplicates.comparison_matrix import BoolMatrix, ComparisonMatrix
from clustering.state.closure import GroupConstraints

MIN_LINKED_SHARE: Final = 1 / 3
"""Who is a reprint of no more of a group does not belong to it."""
MIN_SHARED_WEIGHT: Final = 1.0
"""Weight of the sampled shingles that a stranger shares with a member, to be compared with it."""

MAX_COMPARED_MEMBERS: Final = 2
"""Members that a stranger is compared with."""

Partition = list[list[int]]
"""Who belongs together, by their positions in the council."""


@dataclass(frozen=True, slots=True)
class JointRegrouping:
    """Texts to be judged together.

    Attributes
    ----------
    slots : sequence of int
        Whose they are, the fullest text first: parts of a text are linked by the whole.
    matrix : ComparisonMatrix
        The texts.
    outside_frequency : ndarray of int64, shape (n_keys,)
        Stories of others that carry each of the panel's keys.
    in_unsampled_members : ndarray of bool, shape (n_keys,)
        Whether members of the same groups do that are not in the panel.
    """

    slots: Sequence[int]
    matrix: ComparisonMatrix
    outside_frequency: NDArray[np.int64]
    in_unsampled_members: NDArray[np.bool_]

    def compute_weights(self, parts: Sequence[Sequence[int]]) -> Weights:
        """Weights of the panel's keys, with each part counted as one story.

        Members that are not in the panel count with the first part.
        """
        carried = np.stack([self.matrix.incidence[part].any(axis=0) for part in parts])
        carried[0] |= self.in_unsampled_members
        return shingle_weight(self.outside_frequency + carried.sum(axis=0))

    def singleton_parts(self) -> Partition:
        """Each text a story of its own, as if they had just met."""
        return [[at] for at in range(len(self.slots))]

    def find_parts(self, parts: Partition, constraints: GroupConstraints) -> Partition:
        """Say who belongs together.

        In the end each must be a reprint of more than a quorum of its part, or the versions of an
        evolving story would hold together as a chain.

        Parameters
        ----------
        parts : list of list of int
            What counts as one story at first.
        constraints : GroupConstraints

        Returns
        -------
        list of list of int
        """
        for quorum in (0.0, 0.0, MIN_LINKED_SHARE):
            links = self.matrix.link_matrix(self.compute_weights(parts))
            parts = _link_parts(links, quorum, constraints, self.slots)
        return parts

    def outside_candidates(
        self, key_positions: NDArray[np.int64], slots: NDArray[np.uint32], max_candidates: int
    ) -> list[tuple[int, int]]:
        """Those outside who share most with one inside.

        Parameters
        ----------
        key_positions : ndarray of int64
            Positions of keys that somebody outside carries.
        slots : ndarray of uint32
            Who carries them.
        max_candidates : int
            Different ones outside.

        Returns
        -------
        list of (int, int)
            Slots outside, each with those inside with which it shares most.
        """
        outside, where = np.unique(slots, return_inverse=True)
        carried = np.zeros((len(outside), len(self.matrix.sampled_shingles)), dtype=np.float32)
        carried[where, key_positions] = self.compute_weights(self.singleton_parts())[key_positions]
        shared = carried @ self.matrix.incidence.T.astype(np.float32)
        most_alike = np.lexsort((outside, -shared.max(axis=1, initial=0)))[:max_candidates]
        return [
            (int(outside[at]), self.slots[inside])
            for at in most_alike.tolist()
            for inside in np.argsort(-shared[at], kind="stable")[:MAX_COMPARED_MEMBERS].tolist()
            if shared[at, inside] >= MIN_SHARED_WEIGHT
        ]


def keep_group_numbers(
    parts: Mapping[int, Sequence[int]], groups: Mapping[int, Collection[int]]
) -> dict[int, int]:
    """Say which parts keep the numbers of the groups that their members were in.

    A group that falls apart leaves its number to its larger part; groups that become one go by the
    oldest number among them.

    Parameters
    ----------
    parts : mapping of int to sequence of int
        Slots, by any name.
    groups : mapping of int to collection of int
        The slots that were in each group.

    Returns
    -------
    dict of int to int
        For the names of parts the number; a part that is left out gets a new one.
    """
    name_of = {slot: name for name, part in parts.items() for slot in part}
    found: dict[int, int] = {}
    for group in sorted(groups):
        held = Counter(name_of[slot] for slot in groups[group])
        heir = max(held, key=lambda name: (held[name], -name))
        found.setdefault(heir, group)
    return found


def _link_parts(
    links: BoolMatrix, min_linked_share: float, constraints: GroupConstraints, slots: Sequence[int]
) -> Partition:
    """Parts of a panel: who is linked to more than a quorum of one, or of several, joins them.

    Each with its fullest member first, as the panel has them.
    """
    parts = constraints.must_link_positions(slots)
    for member, linked in enumerate(links):
        own = next((part for part in parts if member in part), [member])
        joined: Partition = []
        for part in parts:
            if part is not own and linked[part].mean() > min_linked_share:
                beside = [slots[at] for at in (*own, *chain.from_iterable(joined))]
                if constraints.can_join(beside, [slots[at] for at in part]):
                    joined.append(part)
        parts = [part for part in parts if part is not own and part not in joined]
        parts.append([*chain.from_iterable(joined), *own])
    return sorted((sorted(part) for part in parts), key=min)
