"""One module for each kind of admin page."""
