"""Rule books: read, run, check."""
