"""Views of the admin pages, one module for each kind of page."""
