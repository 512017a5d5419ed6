"""Random graphs with repeated edges, loops and numbers of any size."""

from __future__ import annotations

import random


def make_edges(n_nodes: int, n_edges: int, seed: int) -> list[tuple[int, int]]:
    chooser = random.Random(seed)
    nodes = [chooser.randrange(-(1 << 40), 1 << 40) for _ in range(n_nodes)]
    edges = [(chooser.choice(nodes), chooser.choice(nodes)) for _ in range(n_edges)]
    return [*edges, *edges[:3]]
