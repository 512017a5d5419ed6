"""Authentication and authorization: bearer tokens, users and sessions."""
