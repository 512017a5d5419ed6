"""Near-duplicates: candidates by MinHash and sampled shingles, exact comparison, groups."""
