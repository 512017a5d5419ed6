"""Sentence vectors: encoders, by package, by HTTP or an operator's own."""
