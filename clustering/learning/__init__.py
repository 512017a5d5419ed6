"""Training, cross-validation and evaluation on labelled articles."""
