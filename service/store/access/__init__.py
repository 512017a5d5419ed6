"""Tokens, users and the audit log, which all processes of a store share."""
