"""The change log: write it, and rebuild the index from it."""
