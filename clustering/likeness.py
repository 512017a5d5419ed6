"""Which groups are likely neighbours: a graph whose links need a quorum.

Two groups are *neighbours* from a low probability of "same event". They are *linked* if they are
probably one event and the company they keep is alike as well: the neighbours of the one, weighed
by how near they are, are much the neighbours of the other. So a single article that looks like
two stories does not chain them. Events are found inside the linked parts of the graph, which
depends on what is there and not on the order in which it came: nearness is counted in whole
millionths, roughly, so that sums are exact whatever the order of their terms.

A group's row is found out when it is first asked for, and then kept up to date. What one judgement
changes can be taken back until it is kept.

References
----------
Xu, X. et al. (2007). SCAN: a structural clustering algorithm for networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.adjacency import Adjacency, Entries, Positions

NEIGHBOUR: Final = 0.15
"""Probability from which two groups are neighbours."""
JOIN: Final = 0.42
"""The line, unless it is drawn elsewhere: probability from which two groups may be linked, and mean
probability that makes one event."""
QUORUM: Final = 0.7
"""How alike the company of linked groups is, as a cosine."""

SLIGHTLY: Final = 0.05
"""By so much a probability may be another before anything is judged again because of it."""

_STEPS: Final = float(1 << 20)
"""Nearness is a multiple of one part in so many: sums of thousands of products are exact."""

Groups = NDArray[np.int64]
Numbers = NDArray[np.float64]
Find = Callable[[int], tuple[Groups, Numbers]]
"""Gives a group's neighbours with their probabilities."""
Weigh = Callable[[int, Groups], Numbers]
"""Gives the probabilities between a group and others."""


class Row(NamedTuple):
    """One group's neighbours: parallel arrays.

    Attributes
    ----------
    groups : ndarray of int64
    probabilities : ndarray of float64
    """

    groups: Groups
    probabilities: Numbers


class Likeness:
    """The graph of likely neighbours.

    Of each neighbour is noted its probability, how near that makes it, whether the two are linked,
    and what they have in common: products of nearness over the neighbours that both have, added
    up; NaN for a neighbour that was not asked for yet.

    Parameters
    ----------
    find : callable
    join : float
        The line: probability from which two groups may be linked.

    Attributes
    ----------
    allowance : float
        How many more rows may be looked for along the links; what is not looked for is not linked.
    """

    def __init__(self, find: Find, join: float = JOIN) -> None:
        self.allowance = inf
        self._find = find
        self._join = join
        self._rows = Adjacency()
        self._mentioned: dict[int, set[int]] = {}
        self._learned: set[int] = set()
        # By group: the nearness of its nearest neighbour, which is its own to itself, and the
        # squared length of its company; the others are blank but while something is worked out.
        self._own = np.zeros(1024)
        self._length = np.zeros(1024)
        self._weight = np.zeros(1024)
        self._place = np.full(1024, -1, dtype=np.int32)

    def __contains__(self, group: int) -> bool:
        """Whether a group's row is known without looking for it."""
        return group in self._rows

    def draw_line(self, join: float) -> None:
        """Link the neighbours that are known from another probability on."""
        self._join = join
        self._link(self._rows.nodes())
        self.keep()

    def keep(self) -> None:
        """Let what has changed stand."""
        self._rows.keep()
        for group in self._learned:
            self._mentioned.pop(group, None)
        self._learned.clear()

    def take_back(self) -> None:
        """Undo what has changed since `keep`."""
        groups = self._rows.take_back()
        if len(groups):
            self._measure(groups, *self._rows.positions(groups))
        self._learned.clear()

    def row(self, group: int) -> Row:
        """A group's neighbours, looked for if they are not known."""
        self._look_for(group)
        entries = self._rows.row(group)
        return Row(entries.other.copy(), entries.probability.copy())

    def linked(self, groups: Sequence[int]) -> Groups:
        """The groups that some groups are linked with; their neighbours' rows are looked for."""
        some = self._looked_for(groups)
        if self._mentioned:
            self._look_for_strangers(some)
        at, _ = self._rows.positions(some)
        return np.unique(self._rows.entries.other[at[self._rows.entries.linked[at]]])

    def matrix(self, groups: Sequence[int]) -> Numbers:
        """Probabilities between some groups; who is no neighbour counts as 0.

        Returns
        -------
        ndarray of float64, shape (n_groups, n_groups)
        """
        some = self._looked_for(groups)
        self._place[some] = np.arange(len(some))
        at, owners = self._rows.positions(some)
        others = self._place[self._rows.entries.other[at]]
        inside = others >= 0
        matrix = np.eye(len(some))
        matrix[owners[inside], others[inside]] = self._rows.entries.probability[at[inside]]
        self._place[some] = -1
        return np.maximum(matrix, matrix.T)

    def add(self, group: int) -> set[int]:
        """Take in a group that is new.

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        return self._learn(group, self._find(group))

    def remove(self, group: int) -> set[int]:
        """Take a group out.

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        changed: set[int] = set()
        if group in self._rows:
            row = self._rows.row(group)
            beside, near = row.other.copy(), row.near.copy()
            changed.update(beside[row.linked].tolist())
            self._rows.drop(group)
        else:
            beside, near = self._who_noted(group)
        known = self._rows.known(beside)
        if known.any():
            self._part(group, beside[known], near[known])
        return changed | self._link(beside[known])

    def weigh_anew(self, groups: Iterable[int], weigh: Weigh) -> set[int]:
        """Judge again how near some groups are to their neighbours.

        Parameters
        ----------
        groups : iterable of int
            Those whose rows are not known are left out.
        weigh : callable

        Returns
        -------
        set of int
            Those of them that are nearer to somebody now, or less near, and all whose links have
            changed; without those that moved by no more than `SLIGHTLY`.
        """
        weighed = {group: self._weighed(group, weigh) for group in groups if group in self._rows}
        moved = {group: near for group, near in weighed.items() if near is not None}
        changed = {*moved}.union(*map(self.remove, moved))
        return changed.union(*(self._learn(group, near) for group, near in moved.items()))

    def _weighed(self, group: int, weigh: Weigh) -> tuple[Groups, Numbers] | None:
        """A group's neighbours as they are weighed now; None if that is nearly as before."""
        before = self.row(group)
        if not len(before.groups):
            return None
        found = weigh(group, before.groups)
        if np.abs(found - before.probabilities).max() <= SLIGHTLY:
            return None
        near = found >= NEIGHBOUR
        return before.groups[near], found[near]

    def _look_for_strangers(self, groups: Groups) -> None:
        """Learn of the neighbours that might be linked and were not asked yet."""
        at, _ = self._rows.positions(groups)
        entries = self._rows.entries
        probable = at[entries.probability[at] >= self._join]
        strangers = entries.other[probable[np.isnan(entries.common[probable])]]
        for stranger in np.unique(strangers).tolist():
            if self.allowance > 0:
                self._look_for(stranger)

    def _looked_for(self, groups: Sequence[int]) -> Groups:
        some = np.array(groups, dtype=np.int64)
        for group in some[~self._rows.known(some)].tolist():
            self._look_for(group)
        return some

    def _look_for(self, group: int) -> None:
        if group not in self._rows:
            self.allowance -= 1
            self._learn(group, self._find(group))

    def _learn(self, group: int, near: tuple[Groups, Numbers]) -> set[int]:
        """Note a group's row, and the group in those of its neighbours that are known."""
        found = self._found(group, *near)
        groups = found.other
        self._reserve(int(groups.max(initial=group)))
        known = self._rows.known(groups)
        for stranger in groups[~known].tolist():
            self._mentioned.setdefault(stranger, set()).add(group)
        if known.any():
            self._meet(group, found, known)
        self._rows.put(group, found)
        self._learned.add(group)
        return self._link(np.append(groups[known], group))

    def _found(self, group: int, groups: Groups, probabilities: Numbers) -> Entries:
        """The neighbours of a group: those that are found, and those that have found it."""
        known = dict(zip(groups.tolist(), probabilities.tolist(), strict=True))
        for other, entry in self._notes_of(group):
            known[other] = float(entry.probability[0])
        return _noted(np.array([*known], np.int64), np.array([*known.values()], np.float64))

    def _notes_of(self, group: int) -> Iterator[tuple[int, Entries]]:
        """What others have noted of a group that was not asked for yet."""
        for other in sorted(self._mentioned.get(group, ())):
            if other in self._rows:
                row = self._rows.row(other)
                if (row.other == group).any():
                    yield other, row.at(row.other == group)

    def _who_noted(self, group: int) -> tuple[Groups, Numbers]:
        noted = [(other, float(entry.near[0])) for other, entry in self._notes_of(group)]
        others, near = zip(*noted, strict=True) if noted else ((), ())
        self._reserve(max(others, default=group))
        return np.array(others, np.int64), np.array(near, np.float64)

    def _meet(self, group: int, found: Entries, known: NDArray[np.bool_]) -> None:
        """Note a newcomer in the rows of its neighbours, and what it has in common with them."""
        met = found.at(known)
        beside, near = met.other.copy(), met.near
        self._rows.touch(beside)
        at, owners = self._rows.positions(beside)
        entries = self._rows.entries
        others = entries.other[at]
        self._weight[found.other] = found.near
        shared = self._weight[others]
        self._weight[found.other] = 0
        common = np.bincount(owners, shared * entries.near[at], len(beside))
        noted = others == group
        has = np.zeros(len(beside), dtype=np.bool_)
        has[owners[noted]] = True
        # What two have in common counts the newcomer already where both had noted it.
        self._place[beside[has]] = 0
        news = ~(has[owners] & (self._place[others] == 0))
        self._place[beside[has]] = -1
        entries.common[at] += np.where(news, near[owners] * shared, 0.0)
        entries.common[at[noted]] = common[owners[noted]]
        found.common[known] = met.common[:] = common
        met.other[:] = group
        self._rows.append(beside[~has], met.at(~has))

    def _part(self, leaver: int, beside: Groups, near: Numbers) -> None:
        """Take a leaver out of the rows of its neighbours."""
        self._rows.touch(beside)
        at, owners = self._rows.positions(beside)
        entries = self._rows.entries
        others = entries.other[at]
        self._weight[beside] = near
        entries.common[at] -= near[owners] * self._weight[others]
        self._weight[beside] = 0
        noted = others == leaver
        self._rows.delete(beside[owners[noted]], at[noted])

    def _link(self, groups: Groups) -> set[int]:
        """Say anew which neighbours of some groups are linked; return whose links have changed."""
        self._rows.touch(groups)
        at, owners = self._rows.positions(groups)
        self._measure(groups, at, owners)
        entries = self._rows.entries
        linked = np.zeros(len(at), dtype=np.bool_)
        probable = np.flatnonzero(entries.probability[at] >= self._join)
        linked[probable] = self._are_alike(groups[owners[probable]], at[probable])
        flips = np.flatnonzero(linked != entries.linked[at])
        entries.linked[at[flips]] = linked[flips]
        ones, others = groups[owners[flips]], entries.other[at[flips]]
        self._flip(ones, others, linked[flips], among=groups)
        return {*ones.tolist(), *others.tolist()}

    def _flip(self, ones: Groups, others: Groups, linked: NDArray[np.bool_], among: Groups) -> None:
        """Let those who were not looked at see the link, or that it is gone, from their side."""
        self._place[among] = 0
        away = np.flatnonzero(self._place[others] < 0)
        self._place[among] = -1
        self._rows.touch(others[away])
        for at in away.tolist():
            row = self._rows.row(int(others[at]))
            row.linked[row.other == ones[at]] = linked[at]

    def _are_alike(self, ones: Groups, at: Positions) -> NDArray[np.bool_]:
        """Whether groups keep much the same company as their neighbours at some positions."""
        entries = self._rows.entries
        others = entries.other[at]
        common = entries.common[at] + entries.near[at] * (self._own[ones] + self._own[others])
        lengths = self._length[ones] * self._length[others]
        alike: NDArray[np.bool_] = common >= QUORUM * np.sqrt(lengths)
        return alike

    def _measure(self, groups: Groups, at: Positions, owners: Positions) -> None:
        """A group is to itself as near as its nearest neighbour."""
        near = self._rows.entries.near[at]
        own = np.zeros(len(groups))
        np.maximum.at(own, owners, near)
        self._own[groups] = own
        self._length[groups] = np.bincount(owners, near**2, len(groups)) + own**2

    def _reserve(self, group: int) -> None:
        while group >= len(self._own):
            self._own = np.concatenate([self._own, np.zeros_like(self._own)])
            self._length = np.concatenate([self._length, np.zeros_like(self._length)])
            self._weight = np.concatenate([self._weight, np.zeros_like(self._weight)])
            self._place = np.concatenate([self._place, np.full_like(self._place, -1)])


def _noted(groups: Groups, probabilities: Numbers) -> Entries:
    """Entries of neighbours of which nothing else is known."""
    found = Entries.blank(len(groups))
    found.other[:], found.probability[:] = groups, probabilities
    found.near[:] = np.rint(probabilities**2 * _STEPS) / _STEPS
    found.common[:] = np.nan
    return found


def linked_parts(
    likeness: Likeness,
    seeds: Iterable[int],
    seen: set[int],
    most: int,
    tied: Callable[[int], Iterable[int]] | None = None,
    barred: Callable[[int], bool] | None = None,
) -> list[list[int]]:
    """Walk along the links from some groups.

    Parameters
    ----------
    likeness : Likeness
    seeds : iterable of int
    seen : set of int
        Groups that are in a part already; those found are put in.
    most : int
        Groups that `seen` may hold at the end; a part that would hold more is cut.
    tied : callable, optional
        Gives the groups that are in the part of a group whatever its links, and all at once, so
        that no part is cut between them.
    barred : callable, optional
        Tells which groups are in no part.

    Returns
    -------
    list of list of int
        The linked parts that hold the seeds, each group once.
    """
    parts: list[list[int]] = []
    for seed in seeds:
        if seed in seen or len(seen) >= most or (barred is not None and barred(seed)):
            continue
        part = _take_in([], [seed], seen, inf, tied)
        edge = 0
        while edge < len(part):
            beside = likeness.linked(part[edge:]).tolist()
            edge = len(part)
            near = [it for it in beside if it not in seen and (barred is None or not barred(it))]
            _take_in(part, near, seen, most, tied)
        parts.append(part)
    return parts


def _take_in(
    part: list[int],
    groups: Sequence[int],
    seen: set[int],
    most: float,
    tied: Callable[[int], Iterable[int]] | None,
) -> list[int]:
    """Take groups that are not seen into a part while there is room, each with all tied to it."""
    if tied is None and len(seen) + len(groups) <= most:
        part += groups
        seen.update(groups)
        return part
    for group in groups:
        if group not in seen and len(seen) < most:
            company = dict.fromkeys((group, *sorted(tied(group) if tied else ())))
            part += [it for it in company if it not in seen]
            seen.update(company)
    return part
