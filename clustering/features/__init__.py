"""Features of one article alone: normalised text, shingles, MinHash signature, terms, language."""
