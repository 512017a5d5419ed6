"""Explanations: every number behind the verdict on two articles."""
