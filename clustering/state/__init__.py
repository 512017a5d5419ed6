"""Live articles in memory: group and event membership, pending changes, inverted index."""
