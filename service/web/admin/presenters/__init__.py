"""Presenters: prepare what the templates of the admin pages show."""
