"""HTTP: the JSON API, the admin pages and the documentation."""
