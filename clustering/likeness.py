"""Which groups are likely neighbours: a graph whose links need a quorum.

Two groups are *neighbours* from a low probability of "same event". They are *linked* if they are
probably one event and the company they keep is alike as well: the neighbours of the one, weighed
by how near they are, are much the neighbours of the other. So a single article that looks like
two stories does not chain them. Events are found inside the linked parts of the graph, which
depends on what is there and not on the order in which it came.

A group's row is found out when it is first asked for, and then kept up to date. What one judgement
changes can be taken back until it is kept.

References
----------
Xu, X. et al. (2007). SCAN: a structural clustering algorithm for networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEIGHBOUR: Final = 0.15
"""Probability from which two groups are neighbours."""
JOIN: Final = 0.42
"""Probability from which two groups may be linked, and mean probability that makes one event."""
QUORUM: Final = 0.7
"""How alike the company of linked groups is, as a cosine."""

Groups = NDArray[np.int64]
Numbers = NDArray[np.float64]
Find = Callable[[int], tuple[Groups, Numbers]]
"""Gives a group's neighbours with their probabilities."""


@dataclass(frozen=True, eq=False)
class Row:
    """One group's neighbours: parallel arrays.

    Attributes
    ----------
    groups : ndarray of int64
    probabilities : ndarray of float64
    common : ndarray of float64
        Products of nearness over the neighbours that both have, added up; NaN for a neighbour
        that was not asked for yet.
    linked : ndarray of bool
    """

    groups: Groups
    probabilities: Numbers
    common: Numbers
    linked: NDArray[np.bool_]

    @cached_property
    def nearness(self) -> Numbers:
        """What each neighbour weighs in the company a group keeps."""
        return self.probabilities**2

    @cached_property
    def links(self) -> list[int]:
        """The neighbours it is linked with."""
        links: list[int] = self.groups[self.linked].tolist()
        return links

    @cached_property
    def strangers(self) -> list[int]:
        """Neighbours it might be linked with that were not asked yet."""
        found = (self.probabilities >= JOIN) & np.isnan(self.common)
        strangers: list[int] = self.groups[found].tolist()
        return strangers

    def at(self, group: int) -> int | None:
        """The position of a neighbour; None if it is none."""
        found = np.flatnonzero(self.groups == group)
        return int(found[0]) if len(found) else None

    def extended(self, group: int, probability: float, common: float) -> Row:
        """The row with one more neighbour, not linked yet."""
        return Row(
            np.append(self.groups, group),
            np.append(self.probabilities, probability),
            np.append(self.common, common),
            np.append(self.linked, False),
        )

    def without(self, at: int) -> Row:
        """The row without the neighbour at a position."""
        left = np.arange(len(self.groups)) != at
        return Row(
            self.groups[left], self.probabilities[left], self.common[left], self.linked[left]
        )


_NOBODY: Final = Row(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_))


class Likeness:
    """The graph of likely neighbours.

    Parameters
    ----------
    find : callable

    Attributes
    ----------
    allowance : float
        How many more rows may be looked for along the links; what is not looked for is not linked.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._rows: dict[int, Row] = {}
        self._before: dict[int, Row | None] = {}
        self._new: set[int] = set()
        self.allowance = inf
        self._own = np.zeros(1024)
        self._length = np.zeros(1024)
        self._weights = np.zeros(1024)

    def __contains__(self, group: int) -> bool:
        """Whether a group's row is known without looking for it."""
        return group in self._rows

    def keep(self) -> None:
        """Let what has changed stand."""
        self._before.clear()
        self._new.clear()

    def take_back(self) -> None:
        """Undo what has changed since `keep`."""
        for group, row in self._before.items():
            if row is None:
                self._rows.pop(group, None)
            else:
                self._store(group, row)
        self._before.clear()
        self._new.clear()

    def row(self, group: int) -> Row:
        """A group's neighbours, looked for if they are not known."""
        if group not in self._rows:
            self.allowance -= 1
            self._learn(group, *self._find_all(group))
        return self._rows[group]

    def linked(self, group: int) -> list[int]:
        """The groups a group is linked with; its neighbours' rows are looked for."""
        for other in self.row(group).strangers:
            if self.allowance > 0:
                self.row(other)
        return self._rows[group].links

    def add(self, group: int) -> set[int]:
        """Take in a group that is new.

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        self._new.add(group)
        return self._learn(group, *self._find(group))

    def _find_all(self, group: int) -> tuple[Groups, Numbers]:
        """The neighbours of a group, and those that are too new to be found."""
        groups, probabilities = self._find(group)
        for new in self._new - {group}:
            row = self._rows.get(new, _NOBODY)
            at = row.at(group)
            if at is not None and new not in groups:
                groups = np.append(groups, new)
                probabilities = np.append(probabilities, row.probabilities[at])
        return groups, probabilities

    def _learn(self, group: int, groups: Groups, probabilities: Numbers) -> set[int]:
        if not len(groups):
            self._set(group, _NOBODY)
            return set()
        self._reserve(int(max(groups.max(), group)))
        known = [at for at, other in enumerate(groups.tolist()) if other in self._rows]
        weights = probabilities**2
        common = np.full(len(groups), np.nan)
        self._weights[groups] = weights
        for at in known:
            common[at] = self._meet(int(groups[at]), group, float(probabilities[at]))
        self._weights[groups] = 0
        self._set(group, Row(groups, probabilities, common, np.zeros(len(groups), np.bool_)))
        return self._link(group, *groups[known].tolist())

    def remove(self, group: int) -> set[int]:
        """Take a group out.

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        row = self.row(group)
        known = [other for other in row.groups.tolist() if other in self._rows]
        changed = set(row.groups[row.linked].tolist())
        self._weights[row.groups] = row.nearness
        for other in known:
            self._part(other, group)
        self._weights[row.groups] = 0
        self._set(group, None)
        return (changed | self._link(*known)) - {group}

    def _meet(self, group: int, newcomer: int, probability: float) -> float:
        """Note a newcomer in the row of a neighbour; return what the two have in common."""
        row = self._rows[group]
        beside = self._weights[row.groups]
        common = float(beside @ row.nearness)
        at = row.at(newcomer)
        if at is None:
            row = replace(row, common=row.common + probability**2 * beside)
            self._set(group, row.extended(newcomer, probability, common))
        else:
            noted = row.common.copy()
            noted[at] = common
            self._set(group, replace(row, common=noted))
        return common

    def _part(self, group: int, leaver: int) -> None:
        row = self._rows[group]
        at = row.at(leaver)
        if at is not None:
            weight = float(row.probabilities[at]) ** 2
            row = replace(row, common=row.common - weight * self._weights[row.groups])
            self._set(group, row.without(at))

    def _link(self, *groups: int) -> set[int]:
        """Say anew which neighbours of some groups are linked; return whose links have changed."""
        changed: set[int] = set()
        for group in groups:
            row = self._rows[group]
            linked = self._are_linked(group, row)
            flips = row.groups[linked != row.linked].tolist()
            if flips:
                self._set(group, replace(row, linked=linked))
                changed.update((group, *flips))
                for other in flips:
                    self._flip(other, group, linked=bool(linked[row.groups == other][0]))
        return changed

    def _flip(self, group: int, other: int, *, linked: bool) -> None:
        row = self._rows[group]
        flags = row.linked.copy()
        flags[row.groups == other] = linked
        self._set(group, replace(row, linked=flags))

    def _are_linked(self, group: int, row: Row) -> NDArray[np.bool_]:
        weights = row.nearness
        common = row.common + weights * (self._own[group] + self._own[row.groups])
        lengths = self._length[group] * self._length[row.groups]
        alike = common >= QUORUM * np.sqrt(lengths)
        linked: NDArray[np.bool_] = alike & (row.probabilities >= JOIN)
        return linked

    def _set(self, group: int, row: Row | None) -> None:
        self._before.setdefault(group, self._rows.get(group))
        if row is None:
            del self._rows[group]
        else:
            self._store(group, row)

    def _store(self, group: int, row: Row) -> None:
        """A group is to itself as near as its nearest neighbour."""
        self._rows[group] = row
        self._reserve(group)
        nearness = row.nearness
        self._own[group] = nearness.max(initial=0.0)
        self._length[group] = nearness @ nearness + self._own[group] ** 2

    def _reserve(self, group: int) -> None:
        while group >= len(self._own):
            self._own = np.concatenate([self._own, np.zeros_like(self._own)])
            self._length = np.concatenate([self._length, np.zeros_like(self._length)])
            self._weights = np.concatenate([self._weights, np.zeros_like(self._weights)])


def linked_parts(
    likeness: Likeness,
    seeds: Iterable[int],
    seen: set[int],
    most: int,
    tied: Callable[[int], Iterable[int]] = lambda _: (),
    barred: Callable[[int], bool] = lambda _: False,
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
    tied : callable
        Gives the groups that are in the part of a group whatever its links, and all at once, so
        that no part is cut between them.
    barred : callable
        Tells which groups are in no part.

    Returns
    -------
    list of list of int
        The linked parts that hold the seeds, each group once.
    """
    parts: list[list[int]] = []
    for seed in seeds:
        if seed in seen or len(seen) >= most or barred(seed):
            continue
        part = _with_tied([], [seed], seen, inf, tied)
        for group in part:
            beside = [it for it in likeness.linked(group) if it not in seen and not barred(it)]
            _with_tied(part, beside, seen, most, tied)
        parts.append(part)
    return parts


def _with_tied(
    part: list[int],
    groups: Iterable[int],
    seen: set[int],
    most: float,
    tied: Callable[[int], Iterable[int]],
) -> list[int]:
    """Take groups into a part while there is room, each with all that are tied to it."""
    for group in groups:
        if group not in seen and len(seen) < most:
            company = dict.fromkeys((group, *sorted(tied(group))))
            part += [it for it in company if it not in seen]
            seen.update(company)
    return part
