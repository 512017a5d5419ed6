"""A raw object or page turned into the fields of an article."""
