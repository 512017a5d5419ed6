"""Summary rows of articles, groups and events, derived from the assignments for lists and pages."""
