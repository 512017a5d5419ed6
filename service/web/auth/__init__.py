"""Who may call what: bearer tokens, users, sessions."""
