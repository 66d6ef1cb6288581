"""HTTP: JSON in, the view of the caller's role out."""
