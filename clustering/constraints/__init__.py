"""Must-link and cannot-link constraints from editors' decisions, and their contradictions."""
