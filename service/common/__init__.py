"""Small things that every layer uses: ids, dates, accounts, field errors."""
