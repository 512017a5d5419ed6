"""Joint regrouping: the members of one or more groups are clustered as if they had just arrived.

The result depends on the texts and on how common their shingles are elsewhere, not on the order of
arrival, nor on the groups that the texts were in.
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
from clustering.state.must_link_closure import GroupConstraints

MIN_LINKED_SHARE: Final = 1 / 3
"""A text belongs to a part if it is linked to more than this share of its members."""
MIN_SHARED_WEIGHT: Final = 1.0
"""Weight of the sampled shingles that an outside text must share with a member to be compared."""

MAX_COMPARED_MEMBERS: Final = 2
"""Members that an outside text is compared with."""

Partition = list[list[int]]
"""Texts that belong together, by their positions in the regrouping."""


@dataclass(frozen=True, slots=True)
class JointRegrouping:
    """Texts that are clustered together.

    Attributes
    ----------
    slots : sequence of int
        Their slots, the longest text first: cut-down copies are linked by the whole text.
    matrix : ComparisonMatrix
        The texts.
    outside_frequency : ndarray of int64, shape (n_keys,)
        Number of other groups that contain each sampled shingle of the matrix.
    in_unsampled_members : ndarray of bool, shape (n_keys,)
        Whether members of the same groups that are not in the matrix contain it.
    """

    slots: Sequence[int]
    matrix: ComparisonMatrix
    outside_frequency: NDArray[np.int64]
    in_unsampled_members: NDArray[np.bool_]

    def compute_weights(self, parts: Sequence[Sequence[int]]) -> Weights:
        """Compute the weights of the sampled shingles; each part counts as one group.

        Members that are not in the matrix count with the first part.
        """
        contained = np.stack([self.matrix.incidence[part].any(axis=0) for part in parts])
        contained[0] |= self.in_unsampled_members
        return shingle_weight(self.outside_frequency + contained.sum(axis=0))

    def singleton_parts(self) -> Partition:
        """Return each text as a part of its own, as if all had just arrived."""
        return [[position] for position in range(len(self.slots))]

    def find_parts(self, parts: Partition, constraints: GroupConstraints) -> Partition:
        """Divide the texts into groups.

        In the last round each text must be linked to more than a minimum share of its part, or be
        a part of its longest text: the tail of a story shares nothing with copies of its head.
        Otherwise the versions of an evolving story would form a chain.

        Parameters
        ----------
        parts : list of list of int
            The groups that the first round starts from.
        constraints : GroupConstraints

        Returns
        -------
        list of list of int
        """
        for min_linked_share in (0.0, 0.0, MIN_LINKED_SHARE):
            links = self.matrix.link_matrix(self.compute_weights(parts))
            quorum = _Quorum(links, self.matrix.is_part, min_linked_share)
            parts = _link_parts(quorum, constraints, self.slots)
        return parts

    def outside_candidates(
        self, key_positions: NDArray[np.int64], slots: NDArray[np.uint32], max_candidates: int
    ) -> list[tuple[int, int]]:
        """Find the outside texts that share most with one of the texts.

        Parameters
        ----------
        key_positions : ndarray of int64
            Positions of sampled shingles that outside texts contain.
        slots : ndarray of uint32
            The slots of these outside texts.
        max_candidates : int
            Different outside texts.

        Returns
        -------
        list of (int, int)
            Slots of outside texts, each with those of the texts with which it shares most.
        """
        outside, rows = np.unique(slots, return_inverse=True)
        weighted = np.zeros((len(outside), len(self.matrix.sampled_shingles)), dtype=np.float32)
        weighted[rows, key_positions] = self.compute_weights(self.singleton_parts())[key_positions]
        shared = weighted @ self.matrix.incidence.T.astype(np.float32)
        ranked = np.lexsort((outside, -shared.max(axis=1, initial=0)))[:max_candidates]
        return [
            (int(outside[row]), self.slots[member])
            for row in ranked.tolist()
            for member in np.argsort(-shared[row], kind="stable")[:MAX_COMPARED_MEMBERS].tolist()
            if shared[row, member] >= MIN_SHARED_WEIGHT
        ]


def keep_group_numbers(
    parts: Mapping[int, Sequence[int]], groups: Mapping[int, Collection[int]]
) -> dict[int, int]:
    """Choose the parts that keep the numbers of the groups that their members were in.

    A group that splits leaves its number to the part with most of its members. Groups that merge
    keep the lowest number among them.

    Parameters
    ----------
    parts : mapping of int to sequence of int
        Slots, by any name.
    groups : mapping of int to collection of int
        The slots that were in each group.

    Returns
    -------
    dict of int to int
        Group numbers by the names of parts. A part that is left out gets a new number.
    """
    name_of = {slot: name for name, part in parts.items() for slot in part}
    number_of: dict[int, int] = {}
    for group in sorted(groups):
        sizes = Counter(name_of[slot] for slot in groups[group])
        largest = max(sizes, key=lambda name: (sizes[name], -name))
        number_of.setdefault(largest, group)
    return number_of


@dataclass(frozen=True, slots=True)
class _Quorum:
    """How many members of a part a text must be linked to.

    Attributes
    ----------
    links, is_part : ndarray of bool, shape (n_texts, n_texts)
        As in `ComparisonMatrix`.
    min_linked_share : float
        Share of the members that must be exceeded.
    """

    links: BoolMatrix
    is_part: BoolMatrix
    min_linked_share: float

    def admits(self, member: int, part: Sequence[int]) -> bool:
        """Whether a text is linked to enough of a part, whose longest text comes first."""
        longest = part[0]
        if self.links[member, longest] and self.is_part[member, longest]:
            return True
        return bool(self.links[member][part].mean() > self.min_linked_share)


def _link_parts(quorum: _Quorum, constraints: GroupConstraints, slots: Sequence[int]) -> Partition:
    """Join each text with the parts in which it is linked to enough of the members.

    The texts of each part are in the order of the matrix, the longest first.
    """
    parts = constraints.must_link_positions(slots)
    for member in range(len(slots)):
        own_part = next((part for part in parts if member in part), [member])
        joined: Partition = []
        for part in parts:
            if part is not own_part and quorum.admits(member, part):
                together = [
                    slots[position] for position in (*own_part, *chain.from_iterable(joined))
                ]
                if constraints.can_join(together, [slots[position] for position in part]):
                    joined.append(part)
        parts = [part for part in parts if part is not own_part and part not in joined]
        parts.append(sorted([*chain.from_iterable(joined), *own_part]))
    return sorted((sorted(part) for part in parts), key=min)
