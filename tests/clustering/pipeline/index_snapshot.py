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


def membership(index_membership: Membership) -> dict[str, Any]:
    values = {name: copy.deepcopy(value) for name, value in vars(index_membership).items()}
    values["slot_of"] = dict(index_membership.slot_of)
    values["_members"] = dict(index_membership._members)
    values["_group"] = trimmed(index_membership._group)
    return values


def duplicates(duplicate_index: DuplicateIndex) -> dict[str, Any]:
    fingerprints = duplicate_index._fingerprints
    return {
        "postings": postings(fingerprints._postings),
        "lengths": (fingerprints._lengths._first_slot, fingerprints._lengths._lengths.tolist()),
        "pending": sorted(fingerprints.pending_slots),
    }


def events(event_index: EventIndex) -> dict[str, Any]:
    representatives = event_index._representatives
    return {
        "threshold": event_index.event_threshold,
        "document_frequencies": event_index.document_frequencies.snapshot().to_bytes(),
        "postings": postings(event_index._candidates._inverted_index),
        "terms": terms(event_index._term_store),
        "removed": list(event_index._removed_slots),
        "slot_of": dict(representatives.slot_of),
        "group_of": trimmed(representatives.group_of),
        "indexed": trimmed(representatives._indexed),
        "unindexed": set(representatives.unindexed),
        "undo_log": dict(representatives._undo_log),
        "graph": graph(event_index._graph),
        "buffers": (event_index._candidates._score_buffer.any(),),
    }


def terms(term_store: TermStore) -> dict[str, Any]:
    return {
        "snapshot": term_store.idf_snapshot.to_bytes(),
        "version": (term_store._norms_version, term_store._norms_valid_until),
        "packed": dict(term_store._packed),
        "metadata": {
            name: term_store._metadata[name].tobytes().rstrip(b"\0")
            for name in term_store._metadata.dtype.names or ()
        },
        "undo_log": (len(term_store._added_slots), len(term_store._refreshed_rows)),
    }


def graph(neighbour_graph: NeighbourGraph) -> dict[str, Any]:
    nodes, links = neighbour_graph._adjacency.nodes().tolist(), neighbour_graph._links
    return {
        "threshold": neighbour_graph._links.event_threshold,
        "rows": {
            node: [column.tobytes() for column in neighbour_graph._adjacency.row(node)]
            for node in nodes
        },
        "norms": {node: (links._self_weight[node], links._squared_norm[node]) for node in nodes},
        "incoming": {group: set(finders) for group, finders in neighbour_graph._incoming.items()},
        "undo_log": (
            len(neighbour_graph._adjacency._undo_log),
            len(neighbour_graph._adjacency._saved_nodes),
            len(neighbour_graph._stored_rows),
            len(neighbour_graph._new_incoming),
        ),
        "buffers": (
            neighbour_graph._weight_buffer.any(),
            (neighbour_graph._position_buffer != -1).any(),
            links._is_updated.any(),
        ),
    }


def postings(inverted_index: InvertedIndex) -> tuple[Any, ...]:
    runs = [run.entries.tobytes() for run in inverted_index.run_set.runs]
    return (
        copy.deepcopy(inverted_index._buffer),
        inverted_index._n_buffered,
        inverted_index._current_slice,
        runs,
    )


def trimmed(column: np.ndarray) -> list[Any]:
    """The values of an array, without zeros at the end: it may have grown."""
    used = np.flatnonzero(column)
    return column[: used[-1] + 1 if len(used) else 0].tolist()
