"""Everything that an article index holds, so that two states of it can be compared bit for bit.

Left out is only what can't change an answer: caches, how large the arrays are and where in the
pool a row lies, and the order of entries in dictionaries.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from clustering import ArticleIndex
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.events.neighbour_graph import NeighbourGraph
from clustering.events.term_store import TermStore
from clustering.state.inverted_index import InvertedIndex
from clustering.state.membership import Membership


def take_snapshot(index: ArticleIndex) -> dict[str, Any]:
    return {
        "membership": membership(index._membership),
        "duplicates": duplicates(index._duplicate_index),
        "events": events(index._event_index),
        "decisions": index.active_decisions.decisions,
        "changed_pins": set(index._state.changed_pins),
        "pending": (index._state.has_open_change, len(index._state._savepoints)),
    }


def membership(held: Membership) -> dict[str, Any]:
    values = {name: copy.deepcopy(value) for name, value in vars(held).items()}
    values["slot_of"] = dict(held.slot_of)
    values["_members"] = dict(held._members)
    values["_group"] = trimmed(held._group)
    return values


def duplicates(held: DuplicateIndex) -> dict[str, Any]:
    index = held._fingerprints
    return {
        "postings": postings(index._postings),
        "lengths": (index._lengths._first_slot, index._lengths._lengths.tolist()),
        "pending": sorted(index.pending_slots),
    }


def events(held: EventIndex) -> dict[str, Any]:
    representatives = held._representatives
    return {
        "threshold": held.event_threshold,
        "document_frequencies": held.document_frequencies.snapshot().to_bytes(),
        "postings": postings(held._candidates._inverted_index),
        "terms": terms(held._term_store),
        "removed": list(held._removed_slots),
        "slot_of": dict(representatives.slot_of),
        "group_of": trimmed(representatives.group_of),
        "indexed": trimmed(representatives._indexed),
        "unindexed": set(representatives.unindexed),
        "journal": dict(representatives._undo_log),
        "graph": graph(held._graph),
        "buffers": (held._candidates._score_buffer.any(),),
    }


def terms(held: TermStore) -> dict[str, Any]:
    return {
        "snapshot": held.idf_snapshot.to_bytes(),
        "version": (held._norms_version, held._norms_valid_until),
        "packed": dict(held._packed),
        "metadata": {
            name: held._metadata[name].tobytes().rstrip(b"\0")
            for name in held._metadata.dtype.names or ()
        },
        "journal": (len(held._added_slots), len(held._refreshed_rows)),
    }


def graph(held: NeighbourGraph) -> dict[str, Any]:
    nodes, links = held._adjacency.nodes().tolist(), held._links
    return {
        "threshold": held._links.event_threshold,
        "rows": {
            node: [column.tobytes() for column in held._adjacency.row(node)] for node in nodes
        },
        "norms": {node: (links._self_weight[node], links._squared_norm[node]) for node in nodes},
        "incoming": {group: set(finders) for group, finders in held._incoming.items()},
        "journal": (
            len(held._adjacency._undo_log),
            len(held._adjacency._saved_nodes),
            len(held._stored_rows),
            len(held._new_incoming),
        ),
        "buffers": (
            held._weight_buffer.any(),
            (held._position_buffer != -1).any(),
            links._is_updated.any(),
        ),
    }


def postings(held: InvertedIndex) -> tuple[Any, ...]:
    runs = [run.entries.tobytes() for run in held._run_set.runs]
    return copy.deepcopy(held._buffer), held._n_buffered, held._current_slice, runs


def trimmed(column: np.ndarray) -> list[Any]:
    """The values of an array, without zeros at the end: it may have grown."""
    used = np.flatnonzero(column)
    return column[: used[-1] + 1 if len(used) else 0].tolist()
