"""SQL is the truth: tables, the store that writes them, and units of work by subject."""
