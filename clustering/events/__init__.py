"""Events: a graph of groups with pair probabilities, clustered by average linkage."""
