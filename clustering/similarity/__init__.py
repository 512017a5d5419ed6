"""TF-IDF vectors and the learned probability that two texts report the same event."""
