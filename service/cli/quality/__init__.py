"""Commands that train and evaluate the learned similarity."""
