"""Admin pages: HTML views in `views`, and the data that their templates show in `presenters`."""
