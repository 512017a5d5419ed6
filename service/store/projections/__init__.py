"""Summary rows of articles, groups and events, derived from the log for lists and pages."""
