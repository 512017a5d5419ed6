"""Tables of the review: editors' decisions, uncertain pairs and event thresholds."""
