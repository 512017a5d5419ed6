"""Ids, dates, accounts, field errors and formatting: used by every layer, and importing none."""
